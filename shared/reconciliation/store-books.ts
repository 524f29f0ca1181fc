import { messageOf } from '../errors.ts';
import { ReceiptBook, type DayReceipts } from '../forecast/receipts.ts';
import type { DynamicsSetup } from '../forecast/setup.ts';
import type { StoreId } from '../ids.ts';
import type { PosEvent } from '../pos/event.ts';
import { DayBook, type DayBookOptions, type StoreDay } from './day-book.ts';
import { groupBy } from './group-by.ts';

/** Hears of a store whose books would be wrong, as one of its events could not be taken. */
export type OnFailedStore = (storeId: StoreId, thrown: unknown) => void;

/** One book per store: an event that a book cannot take spoils no other store. */
export class StoreBooks {
  readonly #books = new Map<StoreId, { readonly book: DayBook; readonly eventIds: Set<string> }>();
  readonly #options: DayBookOptions;
  readonly #receipts: ReceiptBook;
  readonly #onFailed: OnFailedStore;

  /** @param notesPayments keeps what was paid of each receipt, for a comparison with headquarters. */
  constructor(options: DayBookOptions, setup: DynamicsSetup, onFailed: OnFailedStore, notesPayments = false) {
    this.#options = options;
    this.#receipts = new ReceiptBook(options.businessDate, setup, notesPayments);
    this.#onFailed = onFailed;
  }

  add(event: PosEvent): void {
    let held = this.#books.get(event.storeId);
    if (!held) {
      held = { book: new DayBook(this.#options), eventIds: new Set() };
      this.#books.set(event.storeId, held);
    }
    try {
      held.eventIds.add(event.eventId);
      held.book.add(event);
      this.#receipts.add(event);
    } catch (thrown) {
      const reason = `Event ${event.eventId}: ${messageOf(thrown)}`;
      this.#onFailed(event.storeId, new Error(reason, { cause: thrown }));
    }
  }

  close(): Map<StoreId, StoreDay> {
    const days = new Map<StoreId, StoreDay>();
    for (const [storeId, { book }] of this.#books) {
      try {
        for (const day of book.close()) days.set(day.storeId, day);
      } catch (thrown) {
        this.#onFailed(storeId, thrown);
      }
    }
    return days;
  }

  receipts(): Map<StoreId, DayReceipts> {
    return byStore(this.#receipts.close());
  }

  get storeIds(): StoreId[] {
    return [...this.#books.keys()];
  }

  /** Distinct events of a store. */
  eventsOf(storeId: StoreId): number {
    return this.#books.get(storeId)?.eventIds.size ?? 0;
  }

  /** The newest `receivedAt` of a store, or empty. */
  dataAsOf(storeId: StoreId): string {
    return this.#books.get(storeId)?.book.dataAsOf ?? '';
  }
}

function byStore({
  receipts,
  missingNumbers,
  zReports,
  withdrawn,
  ...rest
}: DayReceipts): Map<StoreId, DayReceipts> {
  const numbers = groupBy(missingNumbers, ({ storeId }) => storeId);
  const ofStores = groupBy(receipts, ({ storeId }) => storeId);
  const days = new Map<StoreId, DayReceipts>();
  const reports = groupBy(zReports, ({ storeId }) => storeId);
  const takenBack = groupBy(withdrawn, ({ receipt }) => receipt.storeId);
  for (const storeId of new Set([ofStores, numbers, reports, takenBack].flatMap((map) => [...map.keys()])))
    days.set(storeId, {
      ...rest,
      receipts: ofStores.get(storeId) ?? [],
      missingNumbers: numbers.get(storeId) ?? [],
      zReports: reports.get(storeId) ?? [],
      withdrawn: takenBack.get(storeId) ?? [],
    });
  return days;
}
