import type { DayInputs, Days, IndexedLedgerFile } from '../../../shared/azure/days/days.ts';
import type { LedgerFiles } from '../../../shared/azure/days/ledger-files.ts';
import type { Logger } from '../../../shared/azure/log.ts';
import type { BusinessDate } from '../../../shared/ids.ts';
import type { Clock } from '../../../shared/time.ts';
import { neighboursOf } from './neighbour-dates.ts';
import type { ReconcileMessage } from './reconcile.ts';
import { endsEverywhereMs, type StoreLookup } from './store-lookup.ts';

export interface PlanParts {
  readonly days: Days;
  readonly ledgerFiles: LedgerFiles;
  readonly stores: () => Promise<StoreLookup>;
  readonly enqueue: (message: ReconcileMessage) => Promise<void>;
  /** One shard's stores bound the memory of one reconciliation. */
  readonly storesPerShard: number;
  readonly clock: Clock;
}

/** Plans what is due, or one date by hand, whether or not it has changed or ended. */
export type Plan = (log: Logger, byHand?: BusinessDate) => Promise<BusinessDate[]>;

/**
 * Finds the business dates to reconcile. A date is due when it has ended in each of its stores and something of it is
 * newer than its last report: events (late ones reopen a date) or ledger files. Dates with open documents are due
 * again when a neighbouring date has news, since the other side may have been posted there.
 */
export function createPlan(parts: PlanParts): Plan {
  return async (log, byHand) => {
    const { days } = parts;
    const stores = await parts.stores();
    await indexLedgerFiles(parts, log);
    const due = new Set<BusinessDate>();
    for (const { businessDate, etag } of await days.dirtyDates()) {
      const inputs = await days.inputsOf(businessDate);
      const outcome = await days.outcomeOf(businessDate);
      if (outcome?.inputs === inputs.fingerprint) {
        await days.clearDirty(businessDate, etag);
        continue;
      }
      if (!hasEnded(businessDate, inputs, stores, parts.clock())) continue;
      due.add(businessDate);
      for (const neighbour of neighboursOf(businessDate)) {
        if ((await days.outcomeOf(neighbour))?.asksNeighbours === true) due.add(neighbour);
      }
    }
    if (byHand !== undefined) due.add(byHand);
    const planned = [...due].sort();
    for (const businessDate of planned) {
      const inputs = await days.inputsOf(businessDate);
      const shards = shardsFor(inputs, stores, parts.storesPerShard);
      for (let shard = 0; shard < shards; shard += 1)
        await parts.enqueue({ businessDate, shard, shards, inputs: inputs.fingerprint });
    }
    log.info('planned', { days: planned.length, first: planned[0], last: planned.at(-1) });
    return planned;
  };
}

function storesOf(inputs: DayInputs, stores: StoreLookup): Set<string> {
  const found = new Set<string>();
  for (const blob of inputs.blobs) for (const store of blob.stores ?? stores.all) found.add(store);
  for (const file of inputs.ledgerFiles) {
    if (!file.dimensions) for (const store of stores.all) found.add(store);
    else for (const dimension of file.dimensions) found.add(stores.ofDimension(dimension).storeId);
  }
  return found;
}

function hasEnded(
  businessDate: BusinessDate,
  inputs: DayInputs,
  stores: StoreLookup,
  nowMs: number,
): boolean {
  for (const store of storesOf(inputs, stores)) {
    if (nowMs < (stores.dayEndMs(store, businessDate) ?? endsEverywhereMs(businessDate))) return false;
  }
  return true;
}

function shardsFor(inputs: DayInputs, stores: StoreLookup, storesPerShard: number): number {
  return Math.max(1, Math.ceil(storesOf(inputs, stores).size / storesPerShard));
}

/** Notes for each new, changed or deleted ledger file which dates it touches, before and now. */
async function indexLedgerFiles({ days, ledgerFiles }: PlanParts, log: Logger): Promise<void> {
  const known = new Map((await days.indexedLedgerFiles()).map((file) => [file.name, file]));
  const listed = await ledgerFiles.list();
  const names = new Set(listed.map(({ name }) => name));
  for (const { name, dates } of known.values()) {
    if (names.has(name)) continue;
    await forgetDates(days, name, dates);
    await days.removeIndexedLedgerFile(name);
    log.info('ledger file is gone', { name });
  }
  for (const { name, etag, modifiedAt } of listed) {
    const before = known.get(name);
    if (before?.etag === etag) continue;
    const { dimensions, file } = await readFile(ledgerFiles, name, etag);
    for (const [date, stores] of dimensions)
      await days.addLedgerFile(date, { name, etag, dimensions: [...stores].sort() });
    const gone = (before?.dates ?? []).filter((date) => !dimensions.has(date));
    await forgetDates(days, name, gone);
    await days.markDirty([...dimensions.keys()]);
    // Last, so that a kill before this has the file indexed again.
    await days.putIndexedLedgerFile({ ...file, modifiedAt });
    log[file.badRows > 0 ? 'warn' : 'info']('ledger file', {
      name,
      rows: file.rows,
      badRows: file.badRows,
      firstError: file.firstErrors[0],
    });
  }
}

/** The dates lose a file, and so are due again. */
async function forgetDates(days: Days, name: string, dates: readonly string[]): Promise<void> {
  for (const date of dates) await days.removeLedgerFile(date, name);
  await days.markDirty(dates);
}

const KEPT_ERRORS = 20;

async function readFile(
  ledgerFiles: LedgerFiles,
  name: string,
  etag: string,
): Promise<{ dimensions: Map<string, Set<string>>; file: IndexedLedgerFile }> {
  const dimensions = new Map<string, Set<string>>();
  const firstErrors: string[] = [];
  let rows = 0;
  let badRows = 0;
  for await (const row of ledgerFiles.rows(name)) {
    if (row.ok) {
      rows += 1;
      const { accountingDate, storeDimension } = row.entry;
      const stores = dimensions.get(accountingDate);
      if (stores) stores.add(storeDimension);
      else dimensions.set(accountingDate, new Set([storeDimension]));
    } else {
      badRows += 1;
      const { line, column, reason } = row.error;
      if (firstErrors.length < KEPT_ERRORS) firstErrors.push(`line ${line}, ${column}: ${reason}`);
    }
  }
  return {
    dimensions,
    file: { name, etag, dates: [...dimensions.keys()].sort(), rows, badRows, firstErrors },
  };
}
