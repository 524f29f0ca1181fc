import { storeId } from '../../shared/ids.ts';
import { ReceiptBook, type DayReceipts } from '../../shared/forecast/receipts.ts';
import type { DynamicsSetup } from '../../shared/forecast/setup.ts';
import { accountRoles } from '../../shared/ledger/account-roles.ts';
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
    setup,
  }: {
    shards: readonly (readonly string[])[];
    known?: (store: string) => boolean;
    elsewhere?: Elsewhere;
    /** Of every store. */
    unread?: UnreadRows;
    control?: ControlTotals;
    /** How Dynamics is set up; without it no forecast is made. */
    setup?: DynamicsSetup;
  },
): DayReport {
  return mergeShards(
    DATE,
    shards.map((stores) => shardOf(stores, events, entries, known, elsewhere, unread, setup)),
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
  setup: DynamicsSetup | undefined,
): ShardResult {
  const book = new DayBook({
    businessDate: DATE,
    profile: PROFILE,
    dayEndMsOf: (store) => (known(store) ? DAY_END_MS : undefined),
  });
  for (const event of events) if (stores.includes(event.storeId)) book.add(event);
  const accounts = accountRoles(PROFILE);
  const receiptsOf = (store: string): DayReceipts | undefined => {
    if (!setup) return undefined;
    const receipts = new ReceiptBook(DATE, setup);
    for (const event of events) if (event.storeId === store) receipts.add(event);
    return receipts.close();
  };
  const days = new Map(book.close().map((day) => [String(day.storeId), day]));
  const inputs = stores.map((store) => ({
    day: days.get(store) ?? emptyDay(storeId(store)),
    entries: entries.filter((entry) => entry.storeDimension === store),
    known: known(store),
    unread,
    accounts,
    receipts: receiptsOf(store),
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
