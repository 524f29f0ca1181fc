import { postingsOfDrawer } from '../ledger/expected-postings.ts';
import type { PostingProfile } from '../ledger/posting-profile.ts';
import {
  EMPTY_SHIFT,
  postingsOfShiftClose,
  withDrawer,
  withOpening,
  withTaken,
  type ShiftCash,
} from '../ledger/shift-cash.ts';
import { addSums, type Currency, type MinorSum } from '../money.ts';
import { countRankOf, isNewerCount } from '../pos/drawer-cash.ts';
import type { DrawerEvent, ShiftEvent } from '../pos/event.ts';
import { addAmount, amountsOf, sumOf, type AccountKey, type Amounts } from './cell.ts';
import type { Reading } from './reading.ts';
import { isAboutMoney, type TillDoubt } from './till-doubts.ts';

/** One document of the POS side: a transaction, a drawer movement or a shift's count, with its expected postings. */
export interface PosDocument {
  /** What the ledger refers to: the transactionId, or the eventId of a drawer movement or shift. */
  readonly documentId: string;
  readonly eventIds: readonly string[];
  readonly tillId: string;
  readonly shiftId: string | undefined;
  /** A drawer movement or a count: it has no number of its own that a ledger could name. */
  readonly isDrawer: boolean;
  /** Its till was offline, and it reached us after its business date had ended: the ledger may be as late. */
  readonly late: boolean;
  readonly amounts: Amounts;
  /** Lines of its receipts; undefined for a drawer movement. */
  readonly lines?: number;
  /** Debits less credits by currency, where the till itself does not balance. */
  readonly imbalance?: ReadonlyMap<Currency, MinorSum>;
  /** Cells that hold a means of payment that the source did not tell. */
  readonly uncertain?: readonly AccountKey[];
  /** Why its amounts may be wrong, by what the till itself says. */
  readonly doubts?: readonly TillDoubt[];
  /** Where several sales have this number: each of them. The ledger can only name them together. */
  readonly sales?: readonly Sale[];
}

/** One of several sales that share a number. */
export interface Sale {
  readonly tillId: string;
  readonly eventId: string;
  readonly amounts: Amounts;
}

/**
 * The documents of a store's day, sorted by id.
 * @param transactions those that count.
 * @param drawerEvents each event id once.
 */
export function documentsOf(
  transactions: readonly Reading[],
  drawerEvents: readonly (DrawerEvent | ShiftEvent)[],
  profile: PostingProfile,
): PosDocument[] {
  const documents = new Map<string, PosDocument>();
  const cash = new Map<string, ShiftCash>();
  const inShift = (of: OfShift, change: (shift: ShiftCash) => ShiftCash): void => {
    if (of.shiftId === undefined) return;
    const key = drawerKey(of);
    cash.set(key, change(cash.get(key) ?? EMPTY_SHIFT));
  };
  for (const reading of transactions) {
    putTransaction(documents, reading);
    for (const [tender, amountMinor] of reading.taken)
      inShift(reading, (shift) => withTaken(shift, tender, amountMinor));
  }
  const drawers = drawerEvents.filter((event): event is DrawerEvent => event.kind === 'drawer');
  const shifts = drawerEvents.filter((event): event is ShiftEvent => event.kind === 'shift');
  for (const drawer of drawers) {
    if (!drawer.training)
      putDrawer(documents, drawer, amountsOf(postingsOfDrawer(drawer, profile), drawer.currency));
    inShift(drawer, (shift) => withDrawer(shift, drawer));
  }
  for (const opening of newestOfShifts(shifts, 'opened'))
    inShift(opening, (shift) => withOpening(shift, opening));
  for (const closing of newestOfShifts(shifts, 'closed')) {
    const postings = postingsOfShiftClose(closing, cash.get(drawerKey(closing)) ?? EMPTY_SHIFT, profile);
    putDrawer(documents, closing, amountsOf(postings, closing.currency));
  }
  return [...documents.values()].sort((left, right) => (left.documentId < right.documentId ? -1 : 1));
}

interface OfShift {
  readonly tillId: string;
  readonly shiftId?: string | undefined;
  readonly currency: Currency;
}

/** Cash is counted by currency, as a drawer may hold two. */
const drawerKey = ({ tillId, shiftId, currency }: OfShift): string =>
  JSON.stringify([tillId, shiftId ?? '', currency]);

/** A shift is opened and counted once: of several events the newest counts, and one without a count hides none. */
function newestOfShifts(events: readonly ShiftEvent[], action: ShiftEvent['action']): ShiftEvent[] {
  const newest = new Map<string, ShiftEvent>();
  for (const event of events) {
    if (event.action !== action || event.training) continue;
    if (action === 'closed' && (event.counts ?? []).length === 0) continue;
    const key = drawerKey(event);
    const other = newest.get(key);
    if (!other || isNewerCount(countRankOf(event), countRankOf(other))) newest.set(key, event);
  }
  return [...newest.values()];
}

function putTransaction(documents: Map<string, PosDocument>, reading: Reading): void {
  const { transactionId: documentId, eventId, tillId, shiftId, late, amounts } = reading;
  if (amounts.size === 0) return;
  const before = documents.get(documentId);
  const imbalance = imbalanceWith(before?.imbalance, reading);
  const doubts = {
    ...(imbalance && { imbalance }),
    ...(reading.uncertain.length > 0 && { uncertain: [...(before?.uncertain ?? []), ...reading.uncertain] }),
    ...(reading.doubts.some(isAboutMoney) && {
      doubts: [...(before?.doubts ?? []), ...reading.doubts.filter(isAboutMoney)],
    }),
  };
  if (!before) {
    const isDrawer = false;
    documents.set(documentId, {
      documentId,
      eventIds: [eventId],
      tillId,
      shiftId,
      isDrawer,
      late,
      amounts,
      lines: reading.lines,
      ...doubts,
    });
    return;
  }
  const first = { tillId: before.tillId, eventId: before.eventIds[0] ?? '', amounts: before.amounts };
  documents.set(documentId, {
    ...before,
    ...doubts,
    eventIds: [...before.eventIds, eventId].sort(),
    late: before.late || late,
    amounts: sumOf([amounts, before.amounts]),
    lines: (before.lines ?? 0) + reading.lines,
    sales: [...(before.sales ?? [first]), { tillId, eventId, amounts }],
  });
}

function imbalanceWith(
  before: PosDocument['imbalance'],
  { currency, imbalanceMinor }: Reading,
): PosDocument['imbalance'] {
  if (imbalanceMinor === 0) return before;
  const sum = addSums(before?.get(currency) ?? 0, imbalanceMinor);
  return new Map([...(before ?? []), [currency, sum]]);
}

/** An event id is unique, but a source may give a transaction the same text as its number. */
function putDrawer(
  documents: Map<string, PosDocument>,
  event: DrawerEvent | ShiftEvent,
  amounts: ReadonlyMap<AccountKey, MinorSum>,
): void {
  if (amounts.size === 0) return;
  const { eventId, tillId, shiftId } = event;
  const before = documents.get(eventId);
  const sum = new Map(before?.amounts ?? []);
  for (const [key, amountMinor] of amounts) addAmount(sum, key, amountMinor);
  documents.set(eventId, {
    documentId: eventId,
    eventIds: [...(before?.eventIds ?? []), eventId],
    tillId,
    shiftId,
    isDrawer: before?.isDrawer ?? true,
    late: false,
    amounts: sum,
  });
}
