import type { DayOutcome } from '../../../shared/azure/days/days.ts';
import type { Logger } from '../../../shared/log.ts';
import { forEachBounded } from '../../../shared/bounded.ts';
import { PermanentError, TransientError } from '../../../shared/errors.ts';
import type { BusinessDate } from '../../../shared/ids.ts';
import type { Clock } from '../../../shared/time.ts';
import type { CompactMessage } from '../compaction/compact-message.ts';
import { aroundOf, hasEnded, mayHaveEnded, neighbourState, storesOf } from './day-state.ts';
import { indexLedgerFiles, type IndexParts } from './index-ledger.ts';
import { neighboursOf } from './neighbour-dates.ts';
import type { ReconcileMessage } from './reconcile.ts';
import type { StoreLookup } from './store-lookup.ts';

export interface PlanParts extends IndexParts {
  readonly stores: () => Promise<StoreLookup>;
  readonly enqueue: (message: ReconcileMessage) => Promise<void>;
  /** Has a date compacted first, after which its shards are reconciled; undefined where nothing is compacted. */
  readonly enqueueCompaction?: ((message: CompactMessage) => Promise<void>) | undefined;
  /** One shard's stores bound the memory of one reconciliation. */
  readonly storesPerShard: number;
  readonly clock: Clock;
}

/** Plans what is due, or one date by hand, whether or not it has changed or ended. */
export type Plan = (log: Logger, byHand?: BusinessDate) => Promise<BusinessDate[]>;

/** What one run looks at and plans at most; the rest has its turn in the next one. The newest dates come first. */
const MAX_EXAMINED = 2_000;
const MAX_PLANNED = 500;
const ENQUEUED_AT_ONCE = 8;

/**
 * Finds the business dates to reconcile. A date is due when it has ended in each of its stores and something of it is
 * newer than its last report: events (late ones reopen a date) or ledger files. Dates with open documents are due
 * again when a neighbouring date has news, since the other side may have been posted there.
 *
 * A date loses its mark only when its own report and those of its neighbours rest on what is there now. So a run may
 * be killed at any point: the next one finds the same dates due.
 */
export function createPlan(parts: PlanParts): Plan {
  return async (log, byHand) => {
    const { days } = parts;
    const stores = await parts.stores();
    const unread = await indexLedgerFiles(parts, log);
    if (byHand !== undefined) await days.markDirty([byHand]);
    const look = lookAt(parts, stores);
    const due = new Set<BusinessDate>(byHand === undefined ? [] : [byHand]);
    const nowMs = parts.clock();
    const dirty = (await days.dirtyDates())
      .filter(({ businessDate }) => mayHaveEnded(businessDate, nowMs))
      .sort((left, right) => (left.businessDate < right.businessDate ? 1 : -1));
    let examined = 0;
    for (const { businessDate, etag } of dirty) {
      if (examined >= MAX_EXAMINED || due.size >= MAX_PLANNED) break;
      examined += 1;
      try {
        if (!(await look.data(businessDate)).hasEnded) continue;
        const stale = await staleDates(look, businessDate);
        for (const date of stale) due.add(date);
        if (stale.length === 0) await days.clearDirty(businessDate, etag);
      } catch (thrown) {
        // A damaged row costs its own date, which stays marked.
        if (!(thrown instanceof PermanentError)) throw thrown;
        log.error('A date cannot be planned', { businessDate }, thrown);
      }
    }
    const planned = [...due].sort();
    for (const businessDate of planned) {
      const { inputs, shards } = await look.data(businessDate);
      if (parts.enqueueCompaction) {
        await parts.enqueueCompaction({ businessDate, shards, inputs });
        continue;
      }
      await forEachBounded(
        Array.from({ length: shards }, (_, shard) => shard),
        ENQUEUED_AT_ONCE,
        (shard) => parts.enqueue({ businessDate, shard, shards, inputs }),
      );
    }
    log.info('planned', {
      days: planned.length,
      first: planned[0],
      last: planned.at(-1),
      left: dirty.length - examined,
    });
    // The rest is planned all the same; the failure must be seen.
    if (unread > 0)
      throw new TransientError('ledger-file', `${unread} ledger files could not be read: see the log`);
    return planned;
  };
}

/** The date and its neighbours, as far as their reports rest on older data. */
async function staleDates(look: Look, businessDate: BusinessDate): Promise<BusinessDate[]> {
  const stale: BusinessDate[] = [];
  const outcome = await look.outcome(businessDate);
  if (!outcome || !(await isCurrent(look, outcome))) stale.push(businessDate);
  for (const date of neighboursOf(businessDate)) {
    const beside = await look.outcome(date);
    if (beside?.asksNeighbours === true && !(await isCurrent(look, beside))) stale.push(date);
  }
  return stale;
}

async function isCurrent(look: Look, outcome: DayOutcome): Promise<boolean> {
  const { businessDate, inputs, asksNeighbours, around } = outcome;
  if ((await look.data(businessDate)).inputs !== inputs) return false;
  return !asksNeighbours || (await look.around(businessDate)) === around;
}

interface DateData {
  readonly inputs: string;
  readonly hasEnded: boolean;
  readonly shards: number;
}

/** What a run has read of dates, each once: dates that follow each other share their neighbours. */
interface Look {
  data(businessDate: BusinessDate): Promise<DateData>;
  outcome(businessDate: BusinessDate): Promise<DayOutcome | undefined>;
  around(businessDate: BusinessDate): Promise<string>;
}

function lookAt({ days, storesPerShard, clock }: PlanParts, stores: StoreLookup): Look {
  const nowMs = clock();
  const data = once(async (date: BusinessDate): Promise<DateData> => {
    const inputs = await days.inputsOf(date);
    return {
      inputs: inputs.fingerprint,
      hasEnded: hasEnded(date, inputs, stores, nowMs),
      shards: Math.max(1, Math.ceil(storesOf(inputs, stores).size / storesPerShard)),
    };
  });
  const beside = once(
    async (date: BusinessDate) => (await neighbourState(days, stores, date, nowMs)).fingerprint,
  );
  return {
    data,
    outcome: once((date: BusinessDate) => days.outcomeOf(date)),
    async around(businessDate) {
      const neighbours = [];
      for (const date of neighboursOf(businessDate))
        neighbours.push({ businessDate: date, fingerprint: await beside(date) });
      return aroundOf(neighbours);
    },
  };
}

function once<K, V>(read: (key: K) => Promise<V>): (key: K) => Promise<V> {
  const held = new Map<K, Promise<V>>();
  return (key) => {
    const value = held.get(key) ?? read(key);
    held.set(key, value);
    return value;
  };
}
