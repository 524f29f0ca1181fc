import type { BusinessDate, StoreId } from '../../../shared/ids.ts';
import { accountRoles } from '../../../shared/ledger/account-roles.ts';
import type { LedgerRowError } from '../../../shared/ledger/ledger-row.ts';
import type { PostingProfile } from '../../../shared/ledger/posting-profile.ts';
import { forecastOf } from '../../../shared/forecast/forecast.ts';
import type { DynamicsSetup } from '../../../shared/forecast/setup.ts';
import { emptyDay, type DayBookOptions } from '../../../shared/reconciliation/day-book.ts';
import { giftCardsOf } from '../../../shared/reconciliation/gift-cards.ts';
import { OtherDates } from '../../../shared/reconciliation/other-dates.ts';
import {
  reconcileStores,
  type Reconciled,
  type ShardResult,
  type StoreInput,
} from '../../../shared/reconciliation/reconcile-shard.ts';
import { StoreBooks, type OnFailedStore } from '../../../shared/reconciliation/store-books.ts';
import type { UnreadRows } from '../../../shared/reconciliation/unread-rows.ts';
import { isFirst, isOfShard, isToldBy, storesOf, type DayState } from './day-state.ts';
import { LeftOut } from './left-out.ts';
import {
  forEachEvent,
  forEachEventSearched,
  NOT_SEARCHED,
  quarantinedEvents,
  type EventParts,
} from './read-events.ts';
import {
  documentKey,
  forEachEntry,
  readLedger,
  type LedgerOfShard,
  type LedgerParts,
  type LedgerScope,
} from './read-ledger.ts';
import { readSettlementFiles, type SettlementParts } from './read-settlement-files.ts';
import { isReadThere, NOTHING_THERE, readHeadquarters, type HeadquartersParts } from './read-headquarters.ts';
import { searchWindow } from './search-window.ts';
import { ShardSettlementBook } from './shard-settlement.ts';
import type { StoreLookup } from './store-lookup.ts';

export interface LoadParts extends EventParts, LedgerParts, SettlementParts, HeadquartersParts {}

export interface Shard {
  readonly businessDate: BusinessDate;
  readonly shard: number;
  readonly shards: number;
}

/**
 * Reads and reconciles the stores of one shard. Raw lines are streamed, and of each transaction only its postings are
 * kept, so the shard bounds the memory, not the chain. A store whose data cannot be read, or fails, is
 * left out of the result, which says so (promise P9).
 */
export async function reconcileShard(
  parts: LoadParts,
  { businessDate, shard, shards }: Shard,
  state: DayState,
  stores: StoreLookup,
  profile: PostingProfile,
  setup: DynamicsSetup,
): Promise<ShardResult> {
  const isOurs = isOfShard(shard, shards);
  const scope: LedgerScope = { state, shard, stores, isOurs };
  const leftOut = new LeftOut();
  const settlement = await readSettlementFiles(parts, state);
  const options: DayBookOptions = {
    businessDate,
    profile,
    dayEndMsOf: (storeId) => stores.dayEndMs(storeId, businessDate),
    withCardPayments: settlement !== undefined,
  };
  const cards = settlement && new ShardSettlementBook(options, profile, settlement);
  const onFailed: OnFailedStore = (storeId, thrown) => leftOut.store(storeId, thrown);
  const books = new StoreBooks(options, setup, onFailed, isReadThere(parts, state));
  await forEachEvent(
    parts,
    state.inputs.blobs,
    businessDate,
    isOurs,
    (of, name, reason) => leftOut.part('raw-blob', of, name, reason),
    (event) => books.add(event),
  );
  await quarantinedEvents(parts, state.inputs.quarantined, businessDate, isOurs, leftOut);
  const storeDays = books.close();
  const receipts = books.receipts();
  const documentIds = new Set<string>();
  for (const day of storeDays.values())
    for (const { documentId } of day.documents) documentIds.add(documentKey(day.storeId, documentId));
  const ledger = await readLedger(parts, scope, documentIds, leftOut);
  const headquarters = await readHeadquarters(parts, scope, leftOut);
  const storeIds = allOf(storeDays, ledger.entries, headquarters ?? new Map());
  const accounts = accountRoles(profile);
  const otherDates = new OtherDates(options);
  askFor(otherDates, ledger, documentIds);
  await readOtherDates(parts, scope, otherDates, cards, leftOut);
  const inputs = storeIds.map((storeId): StoreInput => ({
    day: storeDays.get(storeId) ?? emptyDay(storeId),
    entries: ledger.entries.get(storeId) ?? [],
    overlaps: ledger.overlaps.get(storeId) ?? [],
    known: stores.dayEndMs(storeId, businessDate) !== undefined,
    unread: unreadOf(ledger, storeId, stores),
    receipts: receipts.get(storeId),
    headquarters: headquarters && (headquarters.get(storeId) ?? NOTHING_THERE),
    accounts,
  }));
  const all = { inputs, otherDates, leftOut };
  const { counted, reconciled } = await reconcileWithWindow(parts, scope, options, all);
  noteMissing(scope, leftOut);
  return {
    businessDate,
    ...reconciled,
    forecast: forecastOf(counted, setup),
    giftCards: giftCardsOf(counted, profile),
    ...(cards && { settlement: cards.close(counted, isFirst(shard)) }),
    events: eventsIn(books, leftOut),
    ledgerEntries: counted.reduce((sum, { entries }) => sum + entries.length, 0),
    ledgerRowErrors: ledger.errors,
    ledgerRowErrorsOmitted: isFirst(shard) ? ledger.errorsOmitted : 0,
    ledgerFiles: state.inputs.ledgerFiles.map((file) => file.name).sort(),
    dataAsOf: newestOf(books.storeIds.map((storeId) => books.dataAsOf(storeId))),
    uncovered: leftOut.uncovered([...storesOf(state.inputs, stores)].filter(isOurs).sort() as StoreId[]),
  };
}

/** The stores of any of these, sorted. */
const allOf = (...some: readonly ReadonlyMap<StoreId, unknown>[]): StoreId[] =>
  [...new Set(some.flatMap((stores) => [...stores.keys()]))].sort();

const eventsIn = (books: StoreBooks, leftOut: LeftOut): number =>
  books.storeIds.reduce((sum, id) => sum + (leftOut.has(id) ? 0 : books.eventsOf(id)), 0);

const newestOf = (instants: readonly string[]): string => [...instants].sort().at(-1) ?? '';

/** Rows that were not read of one store, and those that may be of any. */
export function unreadOf(
  { errors, errorsOmitted }: { readonly errors: readonly LedgerRowError[]; readonly errorsOmitted: number },
  storeId: StoreId,
  stores: StoreLookup,
): UnreadRows {
  const own = errors.filter(
    ({ storeDimension }) =>
      storeDimension !== undefined && stores.ofDimension(storeDimension).storeId === storeId,
  );
  const unplaced = errors.filter(({ storeDimension }) => storeDimension === undefined);
  return {
    rows: own.length,
    unplacedRows: unplaced.length + errorsOmitted,
    firstErrors: own.length > 0 ? own : unplaced,
  };
}

/** Once more where neighbouring dates may hold, without a number, what is open: the pass by amount and date. */
async function reconcileWithWindow(
  parts: LoadParts,
  scope: LedgerScope,
  options: DayBookOptions,
  all: {
    readonly inputs: readonly StoreInput[];
    readonly otherDates: OtherDates;
    readonly leftOut: LeftOut;
  },
): Promise<ReturnType<typeof withoutFailing>> {
  const { inputs, otherDates, leftOut } = all;
  const reconcile = () =>
    withoutFailing(inputs, (some) => reconcileStores(options.businessDate, some, otherDates), leftOut);
  const first = reconcile();
  const found = { inputs: first.counted, exceptions: first.reconciled.exceptions };
  const window = await searchWindow(parts, scope, options, found, leftOut);
  if (!window) return first;
  otherDates.searchIn(window);
  return reconcile();
}

/** Reconciles the stores that can be. One that throws is found by itself, and left out. */
function withoutFailing(
  inputs: readonly StoreInput[],
  reconcile: (stores: readonly StoreInput[]) => Reconciled,
  leftOut: LeftOut,
): { counted: readonly StoreInput[]; reconciled: Reconciled } {
  let counted = inputs.filter(({ day }) => !leftOut.has(day.storeId));
  try {
    return { counted, reconciled: reconcile(counted) };
  } catch {
    counted = counted.filter((input) => {
      try {
        reconcile([input]);
        return true;
      } catch (thrown) {
        leftOut.store(input.day.storeId, thrown);
        return false;
      }
    });
    return { counted, reconciled: reconcile(counted) };
  }
}

/** What is missing of the date, whatever was read. */
export function noteMissing({ state, shard, isOurs }: LedgerScope, leftOut: LeftOut): void {
  if (isFirst(shard)) noteHubGaps(state, leftOut);
  for (const one of state.inputs.unfetched)
    if (isToldBy(shard, one, isOurs)) leftOut.unfetched(one.stores.filter(isOurs), one.subject, one.reason);
}

function noteHubGaps({ inputs }: DayState, leftOut: LeftOut): void {
  for (const { partition, generation, firstSequenceNumber: from, lastSequenceNumber: to } of inputs.gaps)
    leftOut.gap(
      `partition ${partition}, ${from} to ${to}`,
      `Event Hubs dropped ${to - from + 1} events before they were landed (hub ${generation === '' ? 'of an earlier version' : generation}). ` +
        'Stores and dates are not known: ask the sources to send the days around this one again',
      to - from + 1,
    );
}

/** Other dates are asked for what one side alone has on this date. */
function askFor(otherDates: OtherDates, ledger: LedgerOfShard, documentIds: ReadonlySet<string>): void {
  const named = new Set<string>();
  for (const [storeId, entries] of ledger.entries) {
    for (const { documentNumber } of entries) {
      const key = documentKey(storeId, documentNumber);
      named.add(key);
      if (documentNumber !== '' && !documentIds.has(key)) otherDates.ask(storeId, documentNumber);
    }
  }
  for (const [key, { storeId, documentId }] of ledger.elsewhere)
    if (!named.has(key)) otherDates.ask(storeId, documentId);
}

async function readOtherDates(
  parts: LoadParts,
  scope: LedgerScope,
  otherDates: OtherDates,
  cards: ShardSettlementBook | undefined,
  leftOut: LeftOut,
): Promise<void> {
  if (!otherDates.isAsked && !cards) return;
  const { state, stores, isOurs } = scope;
  for (const neighbour of state.neighbours) {
    await forEachEventSearched(parts, neighbour, isOurs, leftOut, NOT_SEARCHED, (event) => {
      otherDates.addEvent(event);
      cards?.addEvent(event);
    });
  }
  const neighbours = new Set(state.neighbours.map(({ businessDate }) => businessDate));
  await forEachEntry(parts, scope, (entry) => {
    if (!neighbours.has(entry.accountingDate)) return;
    const { storeId } = stores.ofDimension(entry.storeDimension);
    otherDates.addEntry(storeId, entry);
    if (isOurs(storeId)) cards?.addEntry(entry);
  });
}
