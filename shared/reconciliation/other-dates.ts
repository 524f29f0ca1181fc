import type { BusinessDate, StoreId } from '../ids.ts';
import type { LedgerEntry } from '../ledger/posting.ts';
import { uniquePostings } from '../ledger/posting-overlaps.ts';
import type { PosEvent } from '../pos/event.ts';
import { differenceOf, isSame, NO_AMOUNTS, sumOf, type Amounts } from './cell.ts';
import { DayBook, type DayBookOptions } from './day-book.ts';
import { groupBy } from './group-by.ts';
import type { WindowDates, WindowDay } from './window-dates.ts';
import { groupEntries, type FoundElsewhere, type OpenItem } from './open-item.ts';

/** A document of a neighbouring business date. */
export interface OtherDocument {
  readonly businessDate: BusinessDate;
  readonly amounts: Amounts;
  /** Why the ledger should not have it, such as `voided`; undefined where it should. */
  readonly notInForce: string | undefined;
}

/** What neighbouring dates hold under a number. Both are asked for open documents only. */
export interface Elsewhere {
  /** Entries of other dates with this document number in this store. */
  entriesOf(storeId: StoreId, documentId: string): readonly LedgerEntry[];
  /** The POS documents of other dates with this number, at most one a date. */
  documentsOf(storeId: StoreId, documentId: string): readonly OtherDocument[];
  /** All of the neighbouring dates, for a store in which something without a number is open. */
  windowOf?(storeId: StoreId): readonly WindowDay[];
}

const keyOf = (storeId: string, documentId: string): string => JSON.stringify([storeId, documentId]);

/**
 * Collects from neighbouring dates what may be the other side of an open document. The caller reads events and entries,
 * and offers all of them: only those under an asked number are kept.
 */
export class OtherDates implements Elsewhere {
  readonly #options: DayBookOptions;
  readonly #asked = new Set<string>();
  readonly #books = new Map<BusinessDate, DayBook>();
  readonly #entries = new Map<string, LedgerEntry[]>();
  readonly #given = new Map<string, OtherDocument[]>();
  #documents: Map<string, OtherDocument[]> | undefined;
  #window: WindowDates | undefined;

  /** @param options of the date that is reconciled; `dayEndMsOf` is not used. */
  constructor(options: DayBookOptions) {
    this.#options = options;
  }

  ask(storeId: StoreId, documentId: string): void {
    this.#asked.add(keyOf(storeId, documentId));
  }

  get isAsked(): boolean {
    return this.#asked.size > 0;
  }

  addEntry(storeId: StoreId, entry: LedgerEntry): void {
    const key = keyOf(storeId, entry.documentNumber);
    if (entry.accountingDate === this.#options.businessDate || !this.#asked.has(key)) return;
    const entries = this.#entries.get(key);
    if (entries) entries.push(entry);
    else this.#entries.set(key, [entry]);
  }

  addEvent(event: PosEvent): void {
    const { businessDate, storeId } = event;
    const id = event.kind === 'transaction' ? event.transactionId : event.eventId;
    if (businessDate === this.#options.businessDate || !this.#asked.has(keyOf(storeId, id))) return;
    let book = this.#books.get(businessDate);
    if (!book) {
      book = new DayBook({ ...this.#options, businessDate });
      this.#books.set(businessDate, book);
    }
    book.add(event);
    this.#documents = undefined;
  }

  /** Looks by amount and date as well. */
  searchIn(window: WindowDates): void {
    this.#window = window;
  }

  windowOf(storeId: StoreId): readonly WindowDay[] {
    return this.#window?.of(storeId) ?? [];
  }

  /** A document of a date whose books were closed elsewhere. */
  addDocument(storeId: StoreId, documentId: string, document: OtherDocument): void {
    const key = keyOf(storeId, documentId);
    this.#given.set(key, [...(this.#given.get(key) ?? []), document]);
    this.#documents = undefined;
  }

  entriesOf(storeId: StoreId, documentId: string): readonly LedgerEntry[] {
    return uniquePostings(this.#entries.get(keyOf(storeId, documentId)) ?? []).counted;
  }

  documentsOf(storeId: StoreId, documentId: string): readonly OtherDocument[] {
    this.#documents ??= this.#closed();
    return this.#documents.get(keyOf(storeId, documentId)) ?? [];
  }

  #closed(): Map<string, OtherDocument[]> {
    const found = new Map(this.#given);
    const put = (key: string, document: OtherDocument): unknown =>
      found.set(key, [...(found.get(key) ?? []), document]);
    for (const [businessDate, book] of [...this.#books].sort(([left], [right]) => (left < right ? -1 : 1))) {
      for (const { storeId, documents, notInForce } of book.close()) {
        for (const { documentId, amounts } of documents)
          put(keyOf(storeId, documentId), { businessDate, amounts, notInForce: undefined });
        for (const [documentId, reason] of notInForce)
          put(keyOf(storeId, documentId), { businessDate, amounts: NO_AMOUNTS, notInForce: reason });
      }
    }
    for (const documents of found.values())
      documents.sort((left, right) => (left.businessDate < right.businessDate ? -1 : 1));
    return found;
  }
}

/**
 * Where the other side of an item is, if neighbouring dates have it. Only the same amounts of a valid document make
 * a difference that settles by itself.
 */
export function findElsewhere(item: OpenItem, elsewhere: Elsewhere): FoundElsewhere | undefined {
  const [document] = item.documents;
  if (item.claim.kind === 'not-posted' && document) return postedElsewhere(item, document.amounts, elsewhere);
  if (item.claim.kind === 'not-sold' && 'documentNumber' in item.claim)
    return soldElsewhere(item, item.claim.documentNumber, elsewhere);
  return undefined;
}

interface OnDate {
  readonly businessDate: BusinessDate;
  readonly entries: readonly LedgerEntry[];
  /** What the ledger has on that date beyond a document of that date's own. */
  readonly rest: Amounts;
}

/** The ledger has the document on other dates. */
function postedElsewhere(item: OpenItem, amounts: Amounts, elsewhere: Elsewhere): FoundElsewhere | undefined {
  const { storeId, subject } = item;
  const own = new Map(
    elsewhere.documentsOf(storeId, subject).map((document) => [document.businessDate, document]),
  );
  const groups = groupEntries(elsewhere.entriesOf(storeId, subject), (entry) => entry.accountingDate);
  const onDates = groups.flatMap(({ reference, entries, amounts: posted }): OnDate[] => {
    const businessDate = reference as BusinessDate;
    const document = own.get(businessDate);
    const rest = differenceOf(posted, document?.amounts ?? NO_AMOUNTS);
    // A number that comes again every day: that date's posting is its own document's.
    const isOwn = document !== undefined && document.notInForce === undefined;
    return rest.size === 0 || (isOwn && !isSame(rest, amounts)) ? [] : [{ businessDate, entries, rest }];
  });
  if (onDates.length === 0) return undefined;
  const isWhole = isSame(sumOf(onDates.map(({ rest }) => rest)), amounts);
  return {
    verdict: isWhole ? 'moved' : 'wrong',
    businessDates: onDates.map(({ businessDate }) => businessDate),
    entries: onDates.flatMap(({ entries }) => entries),
  };
}

/** The POS has a document of the number on other dates. */
function soldElsewhere(item: OpenItem, number: string, elsewhere: Elsewhere): FoundElsewhere | undefined {
  const documents = elsewhere.documentsOf(item.storeId, number);
  const posted = groupBy(elsewhere.entriesOf(item.storeId, number), (entry) => entry.accountingDate);
  const found = documents.flatMap((document): FoundElsewhere[] => {
    const entries = posted.get(document.businessDate) ?? [];
    const verdict = verdictOf(document, sumOfEntries(item.entries), sumOfEntries(entries));
    const base = { businessDates: [document.businessDate], entries };
    if (verdict === undefined) return [];
    return [
      { ...base, verdict, ...(document.notInForce === undefined ? {} : { reason: document.notInForce }) },
    ];
  });
  for (const verdict of ['moved', 'repeated', 'wrong', 'not-in-force'] as const) {
    const [first, ...others] = found.filter((one) => one.verdict === verdict);
    // Two dates that fit equally well leave it open.
    if (first) return others.length === 0 ? first : undefined;
  }
  return undefined;
}

const sumOfEntries = (entries: readonly LedgerEntry[]): Amounts =>
  groupEntries(entries, () => '')[0]?.amounts ?? NO_AMOUNTS;

function verdictOf(
  { amounts, notInForce }: OtherDocument,
  here: Amounts,
  there: Amounts,
): FoundElsewhere['verdict'] | undefined {
  if (notInForce !== undefined) return 'not-in-force';
  if (isSame(there, amounts)) return isSame(here, amounts) ? 'repeated' : undefined;
  return isSame(sumOf([here, there]), amounts) ? 'moved' : 'wrong';
}
