import { storeId } from '../../shared/ids.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { DayBook, emptyDay } from '../../shared/reconciliation/day-book.ts';
import { mergeShards, type DayReport } from '../../shared/reconciliation/day-report.ts';
import type { ControlTotals } from '../../shared/reconciliation/control-totals.ts';
import { giftCardsOf } from '../../shared/reconciliation/gift-cards.ts';
import type { Elsewhere } from '../../shared/reconciliation/other-dates.ts';
import type { UnreadRows } from '../../shared/reconciliation/unread-rows.ts';
import { reconcileStores, type ShardResult } from '../../shared/reconciliation/reconcile-shard.ts';
import { DATE, PROFILE } from './ledger-fixtures.ts';

export const NOWHERE: Elsewhere = { entriesOf: () => [], documentsOf: () => [] };
const DAY_END_MS = Date.parse('2026-03-03T04:00:00.000Z');

/** Reconciles a day in memory, each of `shards` (lists of stores) on its own. */
export function reconcileDay(
  events: readonly PosEvent[],
  entries: readonly LedgerEntry[],
  {
    shards,
    known = () => true,
    elsewhere = NOWHERE,
    unread,
    control,
  }: {
    shards: readonly (readonly string[])[];
    known?: (store: string) => boolean;
    elsewhere?: Elsewhere;
    /** Of every store. */
    unread?: UnreadRows;
    control?: ControlTotals;
  },
): DayReport {
  return mergeShards(
    DATE,
    shards.map((stores) => shardOf(stores, events, entries, known, elsewhere, unread)),
    control,
  );
}

function shardOf(
  stores: readonly string[],
  events: readonly PosEvent[],
  entries: readonly LedgerEntry[],
  known: (store: string) => boolean,
  elsewhere: Elsewhere,
  unread: UnreadRows | undefined,
): ShardResult {
  const book = new DayBook({
    businessDate: DATE,
    profile: PROFILE,
    dayEndMsOf: (store) => (known(store) ? DAY_END_MS : undefined),
  });
  for (const event of events) if (stores.includes(event.storeId)) book.add(event);
  const days = new Map(book.close().map((day) => [String(day.storeId), day]));
  const inputs = stores.map((store) => ({
    day: days.get(store) ?? emptyDay(storeId(store)),
    entries: entries.filter((entry) => entry.storeDimension === store),
    known: known(store),
    unread,
  }));
  return {
    businessDate: DATE,
    ...reconcileStores(DATE, inputs, elsewhere),
    giftCards: giftCardsOf(inputs, PROFILE),
    events: events.length,
    ledgerEntries: entries.length,
    ledgerRowErrors: [],
    ledgerFiles: ['ledger.csv'],
    dataAsOf: book.dataAsOf,
  };
}
