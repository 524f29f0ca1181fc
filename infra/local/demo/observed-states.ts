import { createHash } from 'node:crypto';
import { stockShape, tillShape } from '../../../functions/stream/folds.ts';
import { tableClient } from '../../../shared/azure/clients.ts';
import { TABLES } from '../../../shared/azure/names.ts';
import type { BookShape } from '../../../shared/azure/state/store-rows.ts';
import { storesWithState, storeStates } from '../../../shared/azure/state/store-state.ts';
import type { StoreState, Tally } from '../../../shared/one-effect/store-state.ts';
import type { StorageConnection } from '../../../shared/settings.ts';
import { sumOf } from '../../../shared/tills/shift.ts';
import { shiftsIn, type TillRecord } from '../../../shared/tills/till-book.ts';
import { forEachBounded } from '../../../shared/bounded.ts';

/** Stock and tills of every store, as stored by the stream functions. */
export interface ObservedStates {
  /** The outcome of the events that each of the two has read. */
  tally(group: 'stock' | 'tills'): Tally;
  /** Undefined if the product has no position. */
  onHandMilli(storeId: string, productId: string): number | undefined;
  /** Current transactions over the store's shifts of a business date. */
  transactions(storeId: string, date: string): number;
  /** Each store's stored state, by `<group> <store>`. */
  readonly fingerprints: ReadonlyMap<string, string>;
}

const STORES_AT_ONCE = 4;

export async function readStates(storage: StorageConnection): Promise<ObservedStates> {
  const [stock, tills] = await Promise.all([
    readBooks(storage, 'stock', stockShape),
    readBooks(storage, 'tills', tillShape),
  ]);
  const tallies = { stock: stock.tally, tills: tills.tally };
  return {
    fingerprints: new Map([...stock.fingerprints, ...tills.fingerprints]),
    tally: (group) => tallies[group],
    onHandMilli: (storeId, productId) => stock.records.get(storeId)?.get(productId)?.onHandMilli,
    transactions: (storeId, date) => transactionsOn(tills.records.get(storeId)?.values() ?? [], date),
  };
}

/** Current transactions over the shifts of a business date. */
export function transactionsOn(records: Iterable<TillRecord>, date: string): number {
  let sum = 0;
  for (const shift of shiftsIn(records)) if (shift.businessDate === date) sum += sumOf(shift, 'transactions');
  return sum;
}

async function readBooks<Item, Effect, Header>(
  storage: StorageConnection,
  group: 'stock' | 'tills',
  shape: BookShape<Item, Effect, Header>,
) {
  const table = tableClient(storage, TABLES[group]);
  const states = storeStates(table, shape);
  const storeIds: string[] = [];
  for await (const storeId of storesWithState(table)) storeIds.push(storeId);
  const tally: Tally = { folded: 0, duplicates: 0, conflicts: 0, tooOld: 0, alerts: 0 };
  const records = new Map<string, ReadonlyMap<string, Item>>();
  const fingerprints = new Map<string, string>();
  await forEachBounded(storeIds, STORES_AT_ONCE, async (storeId) => {
    const { book } = await states.load(storeId);
    tally.folded += book.tally.folded;
    tally.duplicates += book.tally.duplicates;
    tally.conflicts += book.tally.conflicts;
    tally.tooOld += book.tally.tooOld;
    tally.alerts += book.tally.alerts;
    records.set(storeId, book.records);
    fingerprints.set(`${group} ${storeId}`, fingerprintOf(book, shape));
  });
  return { tally, records, fingerprints };
}

/** A store's records and event count in their stored form, as one short text. */
export function fingerprintOf<Item, Effect, Header>(
  book: StoreState<Item, Effect, Header>,
  shape: BookShape<Item, Effect, Header>,
): string {
  const records = [...book.records]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, item]) => [key, shape.encode(item)]);
  const { folded, duplicates } = book.tally;
  return createHash('sha256')
    .update(JSON.stringify([records, folded, duplicates]))
    .digest('hex');
}
