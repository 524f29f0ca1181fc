import { z } from 'zod';
import type { Logger } from '../../../shared/log.ts';
import { PermanentError, TransientError } from '../../../shared/errors.ts';
import { businessDateSchema, type StoreId } from '../../../shared/ids.ts';
import type { DynamicsSetup } from '../../../shared/forecast/setup.ts';
import type { PostingProfile } from '../../../shared/ledger/posting-profile.ts';
import type { ShardResult } from '../../../shared/reconciliation/reconcile-shard.ts';
import { laterFormatReason } from '../../../shared/stored-format.ts';
import type { Clock } from '../../../shared/time.ts';
import type { Lake } from '../compaction/lake.ts';
import { reconcileCompactedShard } from '../compaction/load-compacted-shard.ts';
import { dayState, digestOf, isOfShard, shardFingerprint, storesOf, type DayState } from './day-state.ts';
import { reconcileShard, type LoadParts } from './load-shard.ts';
import { publish, type PublishParts } from './publish.ts';
import type { StoreLookup } from './store-lookup.ts';

/** Written without its number while it is the first. Fields may be added to it. */
const MESSAGE_FORMAT = 1;

const reconcileMessageSchema = z.object({
  businessDate: businessDateSchema,
  shard: z.int().min(0),
  shards: z.int().min(1).max(10_000),
  /** Fingerprint of the data when it was planned; `#n` follows where news had the shard planned again, n times. */
  inputs: z.string().max(100),
});
export type ReconcileMessage = z.infer<typeof reconcileMessageSchema>;

export interface ReconcileParts extends LoadParts, PublishParts {
  readonly stores: () => Promise<StoreLookup>;
  readonly profile: () => Promise<PostingProfile>;
  readonly setup: () => Promise<DynamicsSetup>;
  readonly enqueue: (message: ReconcileMessage) => Promise<void>;
  readonly clock: Clock;
  /** Dates that are compacted are read from it; all are read raw where there is none. */
  readonly lake?: Lake | undefined;
}

export type Reconcile = (message: unknown, log: Logger) => Promise<void>;

/**
 * Reconciles one shard of a business date, and puts the day's report together when it was the last one. Everything is
 * calculated from stored data and written as a whole, so a run may be killed anywhere and run again (promises P7, P8).
 * @throws PermanentError `proof-violated` after the report was written and marked: a fault in Tillstream itself, which
 * must never pass in silence; `bad-message`.
 */
export function createReconcile(parts: ReconcileParts): Reconcile {
  return async (message, log) => {
    const planned = parseMessage(message);
    const run = await openRun(parts, planned);
    const { state, stores, profile, setup } = run;
    const result =
      (await fromLake(parts, run, log)) ??
      (await reconcileShard(parts, planned, state, stores, profile, setup));
    await finish(parts, run, result, log);
  };
}

/** By set work on what is compacted; where that cannot be done, the raw lines are read, and the log says why. */
async function fromLake(parts: ReconcileParts, run: Run, log: Logger): Promise<ShardResult | undefined> {
  const { planned, state } = run;
  const place = { businessDate: planned.businessDate, shard: planned.shard, shards: planned.shards };
  if (!parts.lake) return undefined;
  try {
    const result = await reconcileCompactedShard(parts, parts.lake, planned, state, run);
    if (!result)
      log.info(
        'the shard is read raw: its date is not compacted as it is now, or a comparison needs every record',
        place,
      );
    return result;
  } catch (thrown) {
    const isOfLake = thrown instanceof TransientError && LAKE_FAULTS.includes(thrown.code);
    if (!(thrown instanceof PermanentError) && !isOfLake) throw thrown;
    log.error('Set work failed; the date is read raw', place, thrown);
    return undefined;
  }
}

const LAKE_FAULTS = ['duckdb', 'duckdb-unavailable', 'lake-file-gone'];

/** What one shard is reconciled with. */
interface Run {
  readonly planned: ReconcileMessage;
  readonly state: DayState;
  readonly stores: StoreLookup;
  readonly profile: PostingProfile;
  readonly setup: DynamicsSetup;
  /** Changes with the master data. */
  readonly masterData: string;
}

async function openRun(parts: ReconcileParts, planned: ReconcileMessage): Promise<Run> {
  const [stores, profile, setup] = await Promise.all([parts.stores(), parts.profile(), parts.setup()]);
  const state = await dayState(parts.days, stores, planned.businessDate, parts.clock());
  const masterData = digestOf([stores.version, JSON.stringify(profile), JSON.stringify(setup)]);
  return { planned, state, stores, profile, setup, masterData };
}

async function finish(parts: ReconcileParts, run: Run, result: ShardResult, log: Logger): Promise<void> {
  const { planned, state, stores, masterData } = run;
  const inputs = shardFingerprint(state, planned, stores, masterData);
  await parts.reports.putShard(planned, { inputs, planned: planned.inputs, result });
  const all = await allShards(parts, run, { inputs, result });
  log.info('shard reconciled', {
    businessDate: planned.businessDate,
    shard: planned.shard,
    shards: planned.shards,
    events: result.events,
    exceptions: result.exceptions.length,
    uncovered: result.uncovered?.length ?? 0,
    complete: all !== undefined,
  });
  if (all) await publish(parts, run, all, log);
}

/** How often news may have a shard planned again before the date is left to the next plan, which finds it due. */
const MAX_ROUNDS = 5;

/**
 * Every shard's result, or undefined while one is missing or based on other data: a report never mixes two states of a
 * day. Where data has come after a shard was reconciled, and all others have been too, that shard is planned again.
 */
async function allShards(
  parts: ReconcileParts,
  { planned, state, stores, masterData }: Run,
  own: { readonly inputs: string; readonly result: ShardResult },
): Promise<ShardResult[] | undefined> {
  const results: ShardResult[] = [];
  const stale: number[] = [];
  const { base, round } = roundOf(planned.inputs);
  for (let shard = 0; shard < planned.shards; shard += 1) {
    const place = { ...planned, shard };
    const found =
      shard === planned.shard ? { ...own, planned: planned.inputs } : await parts.reports.shard(place);
    if (found?.inputs === shardFingerprint(state, place, stores, masterData)) results.push(found.result);
    // Its own message still waits, and will see to the rest.
    else if (found?.planned === undefined || roundOf(found.planned).base !== base) return undefined;
    else stale.push(shard);
  }
  if (stale.length === 0) return results;
  if (round < MAX_ROUNDS)
    for (const shard of stale) await parts.enqueue({ ...planned, shard, inputs: `${base}#${round + 1}` });
  return undefined;
}

function roundOf(planned: string): { base: string; round: number } {
  const [base = '', round = '0'] = planned.split('#');
  return { base, round: Number(round) };
}

/**
 * What becomes of a shard whose message the queue has given up: the report of the date comes out without its stores,
 * and says so. What can be read of them is read once more, with every part that fails left out by itself.
 * @param again true where this was tried before, and may be what ends the process.
 */
export function createGiveUp(parts: ReconcileParts) {
  return async (message: unknown, reason: string, again: boolean, log: Logger): Promise<void> => {
    const planned = parseMessage(message);
    const run = await openRun(parts, planned);
    const { state, stores, profile, setup, masterData } = run;
    const stored = await parts.reports.shard(planned);
    // It was reconciled; what failed came after it, and is for the dead letter to say.
    if (stored?.inputs === shardFingerprint(state, planned, stores, masterData)) return;
    let result = withoutShard(run, reason);
    if (!again) {
      try {
        result = await reconcileShard({ ...parts, isTolerant: true }, planned, state, stores, profile, setup);
      } catch (thrown) {
        log.error('A shard is missing from its report', { businessDate: planned.businessDate }, thrown);
      }
    }
    await finish(parts, run, result, log);
  };
}

function withoutShard({ planned, state, stores }: Run, reason: string): ShardResult {
  const { businessDate, shard, shards } = planned;
  const ours = [...storesOf(state.inputs, stores)].filter(isOfShard(shard, shards)).sort() as StoreId[];
  return {
    businessDate,
    cells: [],
    exceptions: [],
    claimViolations: [],
    control: { books: [], files: [] },
    documents: 0,
    events: 0,
    ledgerEntries: 0,
    ledgerRowErrors: [],
    ledgerFiles: [],
    passes: { cellsByTotal: 0, byReference: 0, byStatement: 0 },
    dataAsOf: '',
    uncovered: [{ kind: 'shard', storeIds: ours, subject: `shard ${shard + 1} of ${shards}`, reason }],
  };
}

function parseMessage(message: unknown): ReconcileMessage {
  const later = laterFormatReason(message, MESSAGE_FORMAT);
  if (later !== undefined) throw new PermanentError('bad-message', later);
  const parsed = reconcileMessageSchema.safeParse(message);
  if (parsed.success) return parsed.data;
  throw new PermanentError('bad-message', 'A message in the reconcile queue has an invalid format', {
    cause: parsed.error,
  });
}
