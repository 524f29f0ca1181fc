import type { BusinessDate, StoreId } from '../ids.ts';
import { postingsOfDrawer, postingsOfTransaction } from '../ledger/expected-postings.ts';
import type { PostingProfile } from '../ledger/posting-profile.ts';
import {
  EMPTY_SHIFT,
  postingsOfShiftClose,
  withDrawer,
  withOpening,
  withTaken,
  type ShiftCash,
} from '../ledger/shift-cash.ts';
import type { Currency } from '../money.ts';
import { countRankOf, isNewerCount, takenIn } from '../pos/drawer-cash.ts';
import type { DrawerEvent, PosEvent, ShiftEvent, TenderType, TransactionEvent } from '../pos/event.ts';
import { isInForce, transactionKey, versionRank } from '../pos/transaction-versions.ts';
import { epochMsOf } from '../time.ts';
import { amountsOf, sumOf, type Amounts } from './cell.ts';
import { findingsOf, type QualityFinding } from './quality-findings.ts';

/** One document of the POS side: a transaction, a drawer movement or a shift's count, with its expected postings. */
export interface PosDocument {
  /** What the ledger refers to: the transactionId, or the eventId of a drawer movement or shift. */
  readonly documentId: string;
  readonly eventIds: readonly string[];
  readonly tillId: string;
  readonly shiftId: string | undefined;
  /** Its till was offline, and it reached us after its business date had ended: the ledger may be as late. */
  readonly late: boolean;
  readonly amounts: Amounts;
}

export interface StoreDay {
  readonly storeId: StoreId;
  readonly documents: readonly PosDocument[];
  readonly findings: readonly QualityFinding[];
}

export interface DayBookOptions {
  readonly businessDate: BusinessDate;
  readonly profile: PostingProfile;
  /** When the business date ended in the store, in epoch milliseconds; undefined for a store that we do not know. */
  readonly dayEndMsOf: (storeId: StoreId) => number | undefined;
}

/** What is kept of a transaction: enough for its postings and its shift, and no more. */
interface KeptTransaction {
  readonly rank: number;
  readonly eventId: string;
  readonly receivedAt: string;
  readonly transactionId: string;
  readonly tillId: string;
  readonly shiftId: string | undefined;
  readonly late: boolean;
  readonly currency: Currency;
  /** Empty where the transaction is not posted: voided, suspended, training. */
  readonly amounts: Amounts;
  readonly imbalanceMinor: number;
  readonly taken: readonly (readonly [TenderType, number])[];
  readonly unknownCodes: readonly string[];
  readonly unknownTenders: readonly string[];
}

interface StoreBook {
  /** By transaction: of the highest rank the first event of each till. */
  readonly transactions: Map<string, readonly KeptTransaction[]>;
  /** Drawer movements and shifts by eventId. */
  readonly drawers: Map<string, DrawerEvent>;
  readonly shifts: Map<string, ShiftEvent>;
  readonly otherUnknownCodes: Map<string, string[]>;
  events: Set<string> | undefined;
}

/** One for all, as a day has a million transactions without any. */
const NONE: readonly never[] = [];
const NO_AMOUNTS: Amounts = new Map();

/**
 * Gathers one business date of some stores, event by event in any order. However often an event is given it counts
 * once, and of a transaction's versions the highest one counts, so that the outcome depends on the set of events only.
 */
export class DayBook {
  readonly #options: DayBookOptions;
  readonly #stores = new Map<StoreId, StoreBook>();
  #lastReceivedAt = '';

  constructor(options: DayBookOptions) {
    this.#options = options;
  }

  /** The newest `receivedAt`: the time up to which the data is complete, free of any clock. */
  get dataAsOf(): string {
    return this.#lastReceivedAt;
  }

  add(event: PosEvent): void {
    if (event.receivedAt > this.#lastReceivedAt) this.#lastReceivedAt = event.receivedAt;
    const book = this.#bookOf(event.storeId);
    // Only a store that master data lacks is reported with its events, so that only then they are counted.
    book.events?.add(event.eventId);
    switch (event.kind) {
      case 'transaction':
        this.#addTransaction(book, event);
        break;
      case 'drawer':
        addFirst(book.drawers, event);
        break;
      case 'shift':
        addFirst(book.shifts, event);
        break;
      case 'stock':
      case 'price':
        for (const item of event.items) {
          if (item.productId === undefined) noteId(book.otherUnknownCodes, item.productCode, event.eventId);
        }
        break;
    }
  }

  #bookOf(storeId: StoreId): StoreBook {
    let book = this.#stores.get(storeId);
    if (!book) {
      const known = this.#options.dayEndMsOf(storeId) !== undefined;
      book = {
        transactions: new Map(),
        drawers: new Map(),
        shifts: new Map(),
        otherUnknownCodes: new Map(),
        events: known ? undefined : new Set(),
      };
      this.#stores.set(storeId, book);
    }
    return book;
  }

  /**
   * The highest version counts. Two tills without a connection may give two sales the same number: of equal versions
   * each till's first counts, so that neither sale is lost.
   */
  #addTransaction(book: StoreBook, event: TransactionEvent): void {
    const key = transactionKey(event);
    const kept = book.transactions.get(key) ?? NONE;
    const rank = versionRank(event);
    const highest = kept[0]?.rank ?? -1;
    if (rank < highest) return;
    if (rank > highest) {
      book.transactions.set(key, [this.#kept(event, rank)]);
      return;
    }
    const ofTill = kept.find((other) => other.tillId === event.tillId);
    if (ofTill && isEarlier(ofTill, event)) return;
    book.transactions.set(key, [...kept.filter((other) => other !== ofTill), this.#kept(event, rank)]);
  }

  #kept(event: TransactionEvent, rank: number): KeptTransaction {
    const posted = isInForce(event);
    const { postings, imbalanceMinor } = posted
      ? postingsOfTransaction(event, this.#options.profile)
      : { postings: NONE, imbalanceMinor: 0 };
    const dayEndMs = this.#options.dayEndMsOf(event.storeId);
    return {
      rank,
      eventId: event.eventId,
      receivedAt: event.receivedAt,
      transactionId: event.transactionId,
      tillId: event.tillId,
      shiftId: event.shiftId,
      late: event.offline && dayEndMs !== undefined && epochMsOf(event.receivedAt) >= dayEndMs,
      currency: event.currency,
      amounts: postings.length === 0 ? NO_AMOUNTS : amountsOf(postings, event.currency),
      imbalanceMinor,
      taken: posted ? takenIn(event) : NONE,
      unknownCodes: event.quality?.includes('unknown-product')
        ? event.lines.filter((line) => line.productId === undefined).map((line) => line.productCode)
        : NONE,
      unknownTenders: event.quality?.includes('unknown-tender')
        ? event.tenders.filter((tender) => tender.type === 'other').map((tender) => tender.label ?? 'other')
        : NONE,
    };
  }

  /** The stores' days, sorted, as reconciliation takes them. */
  close(): StoreDay[] {
    return [...this.#stores]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([storeId, book]) => {
        const transactions = inOrder(book.transactions);
        return {
          storeId,
          documents: this.#documentsOf(book, transactions),
          findings: findingsOf(transactions, book.otherUnknownCodes, book.events),
        };
      });
  }

  #documentsOf(book: StoreBook, transactions: readonly KeptTransaction[]): PosDocument[] {
    const documents = new Map<string, PosDocument>();
    const shifts = new Map<string, ShiftCash>();
    const inShift = (of: OfShift, change: (shift: ShiftCash) => ShiftCash): void => {
      if (of.shiftId === undefined) return;
      const key = shiftKey(of);
      shifts.set(key, change(shifts.get(key) ?? EMPTY_SHIFT));
    };
    for (const kept of transactions) {
      put(documents, kept.transactionId, kept, kept.amounts, kept.late);
      for (const [tender, amountMinor] of kept.taken)
        inShift(kept, (shift) => withTaken(shift, tender, amountMinor));
    }
    for (const drawer of inKeyOrder(book.drawers)) {
      if (!drawer.training) {
        const postings = postingsOfDrawer(drawer, this.#options.profile);
        put(documents, drawer.eventId, drawer, amountsOf(postings, drawer.currency), false);
      }
      inShift(drawer, (shift) => withDrawer(shift, drawer));
    }
    for (const opening of newestOfShifts(book.shifts, 'opened'))
      inShift(opening, (shift) => withOpening(shift, opening));
    for (const closing of newestOfShifts(book.shifts, 'closed')) {
      const shift = shifts.get(shiftKey(closing)) ?? EMPTY_SHIFT;
      const postings = postingsOfShiftClose(closing, shift, this.#options.profile);
      put(documents, closing.eventId, closing, amountsOf(postings, closing.currency), false);
    }
    return [...documents.values()].sort((left, right) => (left.documentId < right.documentId ? -1 : 1));
  }
}

interface OfShift {
  readonly tillId: string;
  readonly shiftId?: string | undefined;
  readonly currency: Currency;
}

/** Cash is counted by currency, as a drawer may hold two. */
const shiftKey = ({ tillId, shiftId, currency }: OfShift): string =>
  `${tillId}\n${shiftId ?? ''}\n${currency}`;

/** A shift is opened and counted once: of several events the newest counts, and one without a count hides none. */
function newestOfShifts(events: StoreBook['shifts'], action: ShiftEvent['action']): ShiftEvent[] {
  const newest = new Map<string, ShiftEvent>();
  for (const event of inKeyOrder(events)) {
    if (event.action !== action || event.training) continue;
    if (action === 'closed' && (event.counts ?? []).length === 0) continue;
    const key = shiftKey(event);
    const other = newest.get(key);
    if (!other || isNewerCount(countRankOf(event), countRankOf(other))) newest.set(key, event);
  }
  return [...newest.values()];
}

/** Of one event that came twice the first counts, also where the second says something else. */
function addFirst<E extends PosEvent>(events: Map<string, E>, event: E): void {
  const held = events.get(event.eventId);
  if (!held || event.receivedAt < held.receivedAt) events.set(event.eventId, event);
}

/** The order of arrival must not show in the outcome. */
function inKeyOrder<T>(map: ReadonlyMap<string, T>): T[] {
  return [...map].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, value]) => value);
}

function inOrder(transactions: StoreBook['transactions']): KeptTransaction[] {
  return inKeyOrder(transactions).flatMap((kept) =>
    kept.length === 1 ? kept : [...kept].sort((left, right) => (left.tillId < right.tillId ? -1 : 1)),
  );
}

function isEarlier(
  one: { receivedAt: string; eventId: string },
  other: { receivedAt: string; eventId: string },
): boolean {
  return one.receivedAt === other.receivedAt
    ? one.eventId <= other.eventId
    : one.receivedAt < other.receivedAt;
}

/** Documents with one number are one document: the ledger can not tell them apart either. */
function put(
  documents: Map<string, PosDocument>,
  documentId: string,
  { eventId, tillId, shiftId }: { eventId: string; tillId: string; shiftId?: string | undefined },
  amounts: Amounts,
  late: boolean,
): void {
  if (amounts.size === 0) return;
  const before = documents.get(documentId);
  if (!before) {
    documents.set(documentId, { documentId, eventIds: [eventId], tillId, shiftId, late, amounts });
    return;
  }
  documents.set(documentId, {
    ...before,
    eventIds: [...before.eventIds, eventId].sort(),
    late: before.late || late,
    amounts: sumOf([amounts, before.amounts]),
  });
}

function noteId(map: Map<string, string[]>, code: string, eventId: string): void {
  const known = map.get(code);
  if (!known) map.set(code, [eventId]);
  else if (!known.includes(eventId)) known.push(eventId);
}
