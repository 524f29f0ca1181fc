import type { Alert } from '../../../shared/alerts/alert.ts';
import type { DayOutcome, Days } from '../../../shared/azure/days/days.ts';
import type { Exceptions } from '../../../shared/azure/days/exceptions.ts';
import {
  REPORT_CSV,
  REPORT_JSON,
  type ReportFiles,
  type Reports,
} from '../../../shared/azure/days/reports.ts';
import type { Logger } from '../../../shared/log.ts';
import { PermanentError, TransientError } from '../../../shared/errors.ts';
import { mergeShards, rowsNotReadOf, type DayReport } from '../../../shared/reconciliation/day-report.ts';
import type { ShardResult } from '../../../shared/reconciliation/reconcile-shard.ts';
import { missingFromTotals } from '../../../shared/reconciliation/uncovered.ts';
import { reportCsv } from '../../../shared/reports/report-csv.ts';
import type { Clock } from '../../../shared/time.ts';
import { followReport, type FollowParts } from '../workflow/follow-day.ts';
import { storeInputs } from '../workflow/store-inputs.ts';
import { countedAtSource } from './counted-at-source.ts';
import { nightMessage } from './night-message.ts';
import { dayState, shardFingerprint, type DayState } from './day-state.ts';
import type { StoreLookup } from './store-lookup.ts';

export interface PublishParts extends FollowParts {
  readonly days: Days;
  readonly reports: Reports;
  readonly exceptions: Exceptions;
  readonly clock: Clock;
  /** Sends a message to finance, by the channels of alerts. */
  readonly tell: (message: Alert) => Promise<void>;
}

/** The shards' input data, and the number of shards. */
interface Published {
  readonly planned: { readonly shards: number };
  readonly state: DayState;
  readonly stores: StoreLookup;
  readonly masterData: string;
}

const MAX_RACES = 5;

/**
 * Writes the report of a date, unless newer data has come meanwhile: then the date is due again, and its own run
 * writes the report. @throws PermanentError `proof-violated`
 */
export async function publish(
  parts: PublishParts,
  run: Published,
  shards: readonly ShardResult[],
  log: Logger,
): Promise<void> {
  const { businessDate } = run.state;
  const counted = countedAtSource(
    run.state.inputs,
    shards.flatMap((shard) => shard.uncovered ?? []),
  );
  const report = mergeShards(businessDate, shards, counted);
  const files = filesOf(report);
  let reportId: string | undefined;
  for (let race = 0; reportId === undefined; race += 1) {
    if (race > MAX_RACES) throw new TransientError('lost-races', `Report ${businessDate} keeps changing`);
    const etag = await parts.reports.etagOf(businessDate);
    // Asked after the ETag: a report of newer inputs is either seen here or changes the ETag.
    if (await isOvertaken(parts, run)) {
      log.info('newer data has arrived; its own run writes the report', { businessDate });
      return;
    }
    reportId = await parts.reports.put(businessDate, files, etag);
  }
  await parts.exceptions.replace(businessDate, report.exceptions);
  // Before the outcome: without it the date stays due, so the next run does what a kill left out.
  await followReport(parts, report, reportId, (storeId) =>
    storeInputs(run.state.inputs, storeId, run.stores),
  );
  // Before the outcome, as above; a repeat has the same id, and is delivered once.
  await parts.tell(nightMessage(report));
  await parts.days.putOutcome(outcomeOf(report, run.state));
  log.info('day reconciled', {
    businessDate,
    exceptions: report.exceptions.length,
    proofHolds: report.proof.holds,
  });
  for (const { kind, subject, reason } of report.uncovered ?? [])
    log.error('A part of the day is not in its report', { businessDate, kind, subject, reason });
  if (!report.proof.holds)
    throw new PermanentError(
      'proof-violated',
      `The books of ${businessDate} do not prove themselves: ${report.proof.violations.slice(0, 3).join('; ')}`,
    );
}

async function isOvertaken(
  { days, clock }: PublishParts,
  { planned: { shards }, state, stores, masterData }: Published,
): Promise<boolean> {
  const now = await dayState(days, stores, state.businessDate, clock());
  if (now.inputs.fingerprint === state.inputs.fingerprint && now.around === state.around) return false;
  for (let shard = 0; shard < shards; shard += 1) {
    const place = { shard, shards };
    if (
      shardFingerprint(now, place, stores, masterData) !== shardFingerprint(state, place, stores, masterData)
    )
      return true;
  }
  return false;
}

function filesOf(report: DayReport): ReportFiles {
  return {
    [REPORT_JSON]: { content: `${JSON.stringify(report, undefined, 1)}\n`, contentType: 'application/json' },
    [REPORT_CSV]: { content: reportCsv(report), contentType: 'text/csv; charset=utf-8' },
  };
}

/** The list of exceptions stays in the report: a row of a table is small. */
const giftCardText = ({ giftCards = [] }: DayReport): string =>
  JSON.stringify(giftCards.map((day) => ({ ...day, exceptionIds: [] })));

function outcomeOf(report: DayReport, { inputs, around }: DayState): DayOutcome {
  const { businessDate, counts } = report;
  return {
    businessDate,
    inputs: inputs.fingerprint,
    around,
    proofHolds: report.proof.holds,
    exceptions: report.exceptions.length,
    // Rows that nobody could read are one part more.
    uncovered: missingFromTotals(report.uncovered).length + (rowsNotReadOf(report) > 0 ? 1 : 0),
    stores: counts.stores,
    documents: counts.documents,
    balances: JSON.stringify(report.balances),
    // The report itself has no time of the ledger files: they are copied, and a rebuild must come out equal.
    dataAsOf: [report.dataAsOf, ...inputs.ledgerFiles.map((file) => file.modifiedAt)].sort().at(-1) ?? '',
    giftCards: giftCardText(report),
    asksNeighbours:
      report.settlement !== undefined || report.exceptions.some(({ parts }) => parts.length > 0),
  };
}
