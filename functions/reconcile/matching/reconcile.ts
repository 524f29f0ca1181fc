import { z } from 'zod';
import type { DayOutcome } from '../../../shared/azure/days/days.ts';
import type { Exceptions } from '../../../shared/azure/days/exceptions.ts';
import type { Logger } from '../../../shared/azure/log.ts';
import {
  REPORT_CSV,
  REPORT_JSON,
  type ReportFiles,
  type Reports,
} from '../../../shared/azure/days/reports.ts';
import { PermanentError, TransientError } from '../../../shared/errors.ts';
import { businessDateSchema, type BusinessDate } from '../../../shared/ids.ts';
import type { PostingProfile } from '../../../shared/ledger/posting-profile.ts';
import { mergeShards, type DayReport } from '../../../shared/reconciliation/day-report.ts';
import type { ShardResult } from '../../../shared/reconciliation/reconcile-shard.ts';
import { reportCsv } from '../../../shared/reports/report-csv.ts';
import { reconcileShard, type LoadParts } from './load-shard.ts';
import type { StoreLookup } from './store-lookup.ts';

const reconcileMessageSchema = z.strictObject({
  businessDate: businessDateSchema,
  shard: z.int().min(0),
  shards: z.int().min(1).max(10_000),
  /** Fingerprint of the data when it was planned. */
  inputs: z.string().max(100),
});
export type ReconcileMessage = z.infer<typeof reconcileMessageSchema>;

export interface ReconcileParts extends LoadParts {
  readonly reports: Reports;
  readonly exceptions: Exceptions;
  readonly stores: () => Promise<StoreLookup>;
  readonly profile: () => Promise<PostingProfile>;
  readonly enqueue: (message: ReconcileMessage) => Promise<void>;
}

export type Reconcile = (message: unknown, log: Logger) => Promise<void>;

/**
 * Reconciles one shard of a business date, and puts the day's report together when it was the last one. Everything is
 * computed from stored data and written whole, so that a run may be killed anywhere and run again (promises P7, P8).
 * @throws PermanentError `proof-violated` after the report was written and marked: a fault in Tillstream itself, which
 * must never pass in silence; `bad-message`.
 */
export function createReconcile(parts: ReconcileParts): Reconcile {
  return async (message, log) => {
    const parsed = reconcileMessageSchema.safeParse(message);
    if (!parsed.success)
      throw new PermanentError('bad-message', 'A message of the queue reconcile is not in its form', {
        cause: parsed.error,
      });
    const shard = parsed.data;
    const inputs = await parts.days.inputsOf(shard.businessDate);
    const [stores, profile] = await Promise.all([parts.stores(), parts.profile()]);
    const result = await reconcileShard(parts, shard, inputs, stores, profile);
    await parts.reports.putShard(shard, inputs.fingerprint, result);
    const all = await allShards(parts, shard, inputs.fingerprint, result);
    log.info('shard reconciled', {
      businessDate: shard.businessDate,
      shard: shard.shard,
      shards: shard.shards,
      events: result.events,
      exceptions: result.exceptions.length,
      complete: all !== undefined,
    });
    if (all) await publish(parts, shard.businessDate, inputs.fingerprint, all, log);
  };
}

/**
 * Every shard's result, or undefined while one is missing or rests on other data: a report never mixes two states of a
 * day. Where data has come since planning, the shards that ran before it are planned again.
 */
async function allShards(
  parts: ReconcileParts,
  planned: ReconcileMessage,
  inputs: string,
  own: ShardResult,
): Promise<ShardResult[] | undefined> {
  const results: ShardResult[] = [];
  let isComplete = true;
  for (let shard = 0; shard < planned.shards; shard += 1) {
    const found =
      shard === planned.shard ? { inputs, result: own } : await parts.reports.shard({ ...planned, shard });
    if (found?.inputs === inputs) {
      results.push(found.result);
      continue;
    }
    isComplete = false;
    if (found?.inputs === planned.inputs) await parts.enqueue({ ...planned, shard, inputs });
  }
  return isComplete ? results : undefined;
}

const MAX_RACES = 5;

async function publish(
  parts: ReconcileParts,
  businessDate: BusinessDate,
  inputs: string,
  shards: readonly ShardResult[],
  log: Logger,
): Promise<void> {
  const report = mergeShards(businessDate, shards);
  const files = filesOf(report);
  for (let race = 0; ; race += 1) {
    const etag = await parts.reports.etagOf(businessDate);
    // Asked after the ETag: a report of newer inputs is either seen here or changes the ETag.
    if ((await parts.days.inputsOf(businessDate)).fingerprint !== inputs) {
      log.info('newer data has come; its own run writes the report', { businessDate });
      return;
    }
    if (await parts.reports.put(businessDate, files, etag)) break;
    if (race >= MAX_RACES) throw new TransientError('lost-races', `Report ${businessDate} keeps changing`);
  }
  await parts.exceptions.replace(businessDate, report.exceptions);
  await parts.days.putOutcome(outcomeOf(report, inputs));
  log.info('day reconciled', {
    businessDate,
    exceptions: report.exceptions.length,
    proofHolds: report.proof.holds,
  });
  if (!report.proof.holds)
    throw new PermanentError(
      'proof-violated',
      `The books of ${businessDate} do not prove themselves: ${report.proof.violations.slice(0, 3).join('; ')}`,
    );
}

function filesOf(report: DayReport): ReportFiles {
  return {
    [REPORT_JSON]: { content: `${JSON.stringify(report, undefined, 1)}\n`, contentType: 'application/json' },
    [REPORT_CSV]: { content: reportCsv(report), contentType: 'text/csv; charset=utf-8' },
  };
}

const MAY_BE_ELSEWHERE: ReadonlySet<string> = new Set([
  'missing-in-ledger',
  'missing-in-pos',
  'wrong-date',
  'duplicate-posting',
]);

function outcomeOf(report: DayReport, inputs: string): DayOutcome {
  const { businessDate, dataAsOf, counts } = report;
  return {
    businessDate,
    inputs,
    proofHolds: report.proof.holds,
    exceptions: report.exceptions.length,
    stores: counts.stores,
    documents: counts.documents,
    balances: JSON.stringify(report.balances),
    dataAsOf,
    asksNeighbours: report.exceptions.some((exception) => MAY_BE_ELSEWHERE.has(exception.category)),
  };
}
