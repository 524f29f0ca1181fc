import type { BusinessDate, StoreId } from '../ids.ts';
import { uniquePostings } from '../ledger/posting-overlaps.ts';
import type { LedgerEntry } from '../ledger/posting.ts';
import type { PosEvent } from '../pos/event.ts';
import { DayBook, type DayBookOptions } from './day-book.ts';
import type { PosDocument } from './day-documents.ts';

/** Both sides of one neighbouring date of a store. */
export interface WindowDay {
  readonly businessDate: BusinessDate;
  readonly documents: readonly PosDocument[];
  readonly entries: readonly LedgerEntry[];
}

/** Events and entries of neighbouring dates that are held for a search by amount and date. */
const MAX_HELD = 300_000;

/** Neighbouring dates of the stores in which something without a number is open: all of their documents and entries. */
export class WindowDates {
  readonly #options: DayBookOptions;
  readonly #stores: ReadonlySet<StoreId>;
  readonly #books = new Map<BusinessDate, DayBook>();
  readonly #entries = new Map<StoreId, LedgerEntry[]>();
  #held = 0;
  #days: Map<StoreId, WindowDay[]> | undefined;

  constructor(options: DayBookOptions, stores: ReadonlySet<StoreId>) {
    this.#options = options;
    this.#stores = stores;
  }

  /** There is more than can be held: nothing is searched, as a part might name the wrong one. */
  get isFull(): boolean {
    return this.#held > MAX_HELD;
  }

  addEvent(event: PosEvent): void {
    const { businessDate, storeId } = event;
    if (businessDate === this.#options.businessDate || !this.#takes(storeId)) return;
    const book = this.#books.get(businessDate) ?? new DayBook({ ...this.#options, businessDate });
    this.#books.set(businessDate, book);
    book.add(event);
  }

  addEntry(storeId: StoreId, entry: LedgerEntry): void {
    if (entry.accountingDate === this.#options.businessDate || !this.#takes(storeId)) return;
    const entries = this.#entries.get(storeId);
    if (entries) entries.push(entry);
    else this.#entries.set(storeId, [entry]);
  }

  #takes(storeId: StoreId): boolean {
    if (!this.#stores.has(storeId) || this.isFull) return false;
    this.#held += 1;
    this.#days = undefined;
    return true;
  }

  of(storeId: StoreId): readonly WindowDay[] {
    if (this.isFull) return [];
    this.#days ??= this.#closed();
    return this.#days.get(storeId) ?? [];
  }

  #closed(): Map<StoreId, WindowDay[]> {
    const days = new Map<StoreId, Map<BusinessDate, WindowDay>>();
    const put = (storeId: StoreId, businessDate: BusinessDate, more: Partial<WindowDay>): void => {
      const ofStore = days.get(storeId) ?? new Map<BusinessDate, WindowDay>();
      days.set(storeId, ofStore);
      const before = ofStore.get(businessDate) ?? { businessDate, documents: [], entries: [] };
      ofStore.set(businessDate, { ...before, ...more });
    };
    for (const [businessDate, book] of this.#books)
      for (const { storeId, documents } of book.close()) put(storeId, businessDate, { documents });
    for (const [storeId, all] of this.#entries) {
      const { counted } = uniquePostings(all);
      for (const date of new Set(counted.map(({ accountingDate }) => accountingDate)))
        put(storeId, date, { entries: counted.filter(({ accountingDate }) => accountingDate === date) });
    }
    return new Map(
      [...days].map(([storeId, ofStore]) => [
        storeId,
        [...ofStore.values()].sort((left, right) => (left.businessDate < right.businessDate ? -1 : 1)),
      ]),
    );
  }
}
