import type { BusinessDate, StoreId } from '../ids.ts';
import type { PostingProfile } from '../ledger/posting-profile.ts';
import type { Currency } from '../money.ts';
import type { PosEvent } from '../pos/event.ts';
import { bookControls, count, newTally, type Tally } from './book-control.ts';
import type { BookControl } from './control-totals.ts';
import { documentsOf, type PosDocument } from './day-documents.ts';
import { giftCardMovements } from './gift-cards.ts';
import { otherReadingOf, withReading, type OtherReading } from './other-reading.ts';
import { findingsOf, type QualityFinding } from './quality-findings.ts';
import { isEarlier, isSameReading, readingOf, type Reading } from './reading.ts';
import { cardPaymentOf, type CardPayment } from './settlement/card-payment.ts';
import { readingsIn, resolveDay } from './shared-event-ids.ts';

export interface StoreDay {
  readonly storeId: StoreId;
  readonly documents: readonly PosDocument[];
  readonly findings: readonly QualityFinding[];
  /** Numbers that the POS knows but does not expect in the ledger, with the reason, such as `voided`. */
  readonly notInForce: ReadonlyMap<string, string>;
  readonly controls: readonly BookControl[];
  /** What happened to gift cards, by currency; undefined where nothing did. */
  /** Of the transactions that count; undefined where the book was not asked to keep them. */
  readonly cardPayments?: readonly CardPayment[] | undefined;
  readonly giftCards?: ReturnType<typeof giftCardMovements> | undefined;
}

export const emptyDay = (storeId: StoreId): StoreDay => ({
  storeId,
  documents: [],
  findings: [],
  notInForce: new Map(),
  controls: [],
});

export interface DayBookOptions {
  readonly businessDate: BusinessDate;
  readonly profile: PostingProfile;
  /** When the business date ended in the store, in epoch milliseconds; undefined for a store that we do not know. */
  readonly dayEndMsOf: (storeId: StoreId) => number | undefined;
  /** Keeps what was paid by card, which only a comparison with acquirers needs. */
  readonly withCardPayments?: boolean;
}

interface StoreBook {
  /** Every distinct content of each event id; most have one. */
  readonly transactions: Map<string, Reading | readonly Reading[]>;
  readonly others: Map<string, readonly OtherReading[]>;
  readonly delivered: Map<Currency, Tally>;
}

/**
 * Gathers one business date of some stores, event by event in any order. However often an event is given it counts
 * once, and of a transaction's versions the highest one counts (`resolveIdentity` has the rule), so the outcome
 * depends on the set of events only.
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
    if (event.kind !== 'transaction') {
      book.others.set(
        event.eventId,
        withReading(book.others.get(event.eventId) ?? [], otherReadingOf(event)),
      );
      return;
    }
    const reading = readingOf(event, this.#options.profile, this.#options.dayEndMsOf(event.storeId));
    const payment = this.#options.withCardPayments === true ? cardPaymentOf(event) : undefined;
    addReading(book.transactions, payment ? { ...reading, cardPayment: payment } : reading);
    const delivered = book.delivered.get(event.currency) ?? newTally();
    book.delivered.set(event.currency, delivered);
    count(delivered, reading.grossMinor);
  }

  #bookOf(storeId: StoreId): StoreBook {
    let book = this.#stores.get(storeId);
    if (!book) {
      book = { transactions: new Map(), others: new Map(), delivered: new Map() };
      this.#stores.set(storeId, book);
    }
    return book;
  }

  /** The stores' days, sorted, as reconciliation takes them. */
  close(): StoreDay[] {
    return [...this.#stores]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([storeId, book]) => this.#dayOf(storeId, book));
  }

  #dayOf(storeId: StoreId, book: StoreBook): StoreDay {
    const {
      transactions: resolved,
      others,
      otherConflicts,
      sharedIds,
    } = resolveDay(book.transactions, book.others);
    const transactions = [...resolved.counted].sort(inOrder);
    const withMoney = others.flatMap(({ event }) => (event ? [event] : []));
    const documents = documentsOf(transactions, withMoney, this.#options.profile);
    const known = this.#options.dayEndMsOf(storeId) !== undefined;
    const findings = findingsOf({
      transactions,
      conflicts: resolved.conflicts,
      otherConflicts,
      sharedIds,
      others,
      superseded: resolved.superseded,
      // Only a store that master data lacks is reported with its events.
      eventsOfUnknownStore: known
        ? undefined
        : [...new Set([...book.transactions.keys(), ...book.others.keys()])],
    });
    const controls = bookControls(storeId, book.delivered, readingsById(book), resolved, documents);
    const notInForce = notInForceOf(documents, transactions);
    return {
      storeId,
      documents,
      findings,
      notInForce,
      controls,
      giftCards: giftCardMovements(transactions),
      ...(this.#options.withCardPayments === true && { cardPayments: cardPaymentsOf(transactions) }),
    };
  }
}

/** What a till voided or gave up was not kept by card either. */
function cardPaymentsOf(counted: readonly Reading[]): CardPayment[] {
  return counted.flatMap(({ cardPayment, taken }) => (cardPayment && taken.length > 0 ? [cardPayment] : []));
}

function* readingsById(book: StoreBook): Generator<readonly Reading[]> {
  for (const readings of book.transactions.values()) yield readingsIn(readings);
}

function addReading(events: StoreBook['transactions'], reading: Reading): void {
  const held = events.get(reading.eventId);
  if (held === undefined) {
    events.set(reading.eventId, reading);
    return;
  }
  const readings = readingsIn(held);
  const same = readings.find((other) => isSameReading(other, reading));
  if (same && isEarlier(same, reading) && (same.decided || !reading.decided)) return;
  // The copy that a decision sends has the content of the one that was held: it counts once, and by decision.
  const first = same && isEarlier(same, reading) ? same : reading;
  const kept = { ...first, decided: reading.decided || same?.decided === true };
  const distinct = [...readings.filter((other) => other !== same), kept];
  events.set(reading.eventId, distinct.length === 1 ? kept : distinct);
}

/** The order of arrival must not show in the outcome. */
function inOrder(left: Reading, right: Reading): number {
  if (left.transactionId !== right.transactionId) return left.transactionId < right.transactionId ? -1 : 1;
  if (left.tillId !== right.tillId) return left.tillId < right.tillId ? -1 : 1;
  return left.eventId < right.eventId ? -1 : 1;
}

/** @param counted in order. Of several reasons for one number, a real transaction's comes before a training receipt's. */
function notInForceOf(documents: readonly PosDocument[], counted: readonly Reading[]): Map<string, string> {
  const posted = new Set(documents.map((document) => document.documentId));
  const reasons = new Map<string, string>();
  for (const training of [false, true]) {
    for (const reading of counted) {
      const { transactionId } = reading;
      if (reading.training !== training || posted.has(transactionId) || reasons.has(transactionId)) continue;
      reasons.set(transactionId, training ? 'training' : reading.status);
    }
  }
  return reasons;
}
