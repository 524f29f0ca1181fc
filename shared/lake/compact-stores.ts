import { messageOf } from '../errors.ts';
import { NO_RECEIPTS, type DayReceipts } from '../forecast/receipts.ts';
import type { DynamicsSetup } from '../forecast/setup.ts';
import type { StoreId } from '../ids.ts';
import { toTotal } from '../money.ts';
import type { PosEvent } from '../pos/event.ts';
import { ofAccountKey, type AccountKey } from '../reconciliation/cell.ts';
import type { CountedReceipts } from '../reconciliation/completeness.ts';
import type { DayBookOptions, StoreDay } from '../reconciliation/day-book.ts';
import { StoreBooks } from '../reconciliation/store-books.ts';
import type { CompactedCell, CompactedStore } from './compacted-store.ts';
import { addDocument, type ControlSums } from './control-sums.ts';
import { documentRow } from './document-row.ts';
import { lakeText } from './lake-text.ts';
import { receiptRow } from './receipt-row.ts';
import type { Row } from './tables.ts';

/** Takes the rows of compaction as they come. */
export interface CompactionSink {
  document(row: Row): void;
  receipt(row: Row): void;
  notInForce(row: Row): void;
  cardPayment(row: Row): void;
  store(store: CompactedStore): void;
}

/**
 * Derives what reconciliation needs of a business date from the events of some stores. The plain reconciliation uses the
 * very same books, so both know the same documents.
 */
export class StoreCompactor {
  readonly #books: StoreBooks;
  readonly #failures = new Map<StoreId, string>();

  constructor(options: DayBookOptions, setup: DynamicsSetup) {
    this.#books = new StoreBooks({ ...options, withCardPayments: true }, setup, (storeId, thrown) => {
      if (!this.#failures.has(storeId)) this.#failures.set(storeId, messageOf(thrown));
    });
  }

  add(event: PosEvent): void {
    this.#books.add(event);
  }

  /** Gives everything to the sink, store by store in order. */
  close(sink: CompactionSink): void {
    const days = this.#books.close();
    const receipts = this.#books.receipts();
    for (const storeId of this.#books.storeIds.sort()) {
      const day = days.get(storeId);
      const failure = this.#failures.get(storeId);
      const own = receipts.get(storeId);
      const counts = {
        storeId,
        failure,
        events: this.#books.eventsOf(storeId),
        dataAsOf: this.#books.dataAsOf(storeId),
      };
      if (failure !== undefined || !day) sink.store({ ...NOTHING, ...counts });
      else sink.store({ ...closeStore(day, own, sink), ...counts });
    }
  }
}

const NOTHING = {
  documents: 0,
  cells: [],
  findings: [],
  controls: [],
  giftCards: undefined,
  goodReceipts: [],
  receipts: 0,
  missingNumbers: [],
  numberedTills: 0,
  zReports: [],
  withdrawn: [],
};

function closeStore(
  day: StoreDay,
  { receipts, missingNumbers, numberedTills, zReports, withdrawn }: DayReceipts = NO_RECEIPTS,
  sink: CompactionSink,
): Omit<CompactedStore, 'failure' | 'events' | 'dataAsOf'> {
  const { storeId, documents, findings, controls, giftCards, cardPayments = [] } = day;
  for (const document of documents) sink.document(documentRow(storeId, document));
  for (const [index, receipt] of receipts.entries()) sink.receipt(receiptRow(receipt, index));
  for (const [documentId, reason] of day.notInForce)
    sink.notInForce([lakeText(storeId), lakeText(documentId), reason]);
  for (const payment of cardPayments) sink.cardPayment([lakeText(storeId), JSON.stringify(payment)]);
  return {
    storeId,
    documents: documents.length,
    cells: cellsOf(day),
    findings,
    controls,
    giftCards,
    goodReceipts: goodOf(receipts),
    receipts: receipts.length,
    missingNumbers,
    numberedTills,
    zReports,
    withdrawn,
  };
}

function cellsOf({ documents }: StoreDay): CompactedCell[] {
  const totals = new Map<AccountKey, bigint>();
  const control: ControlSums = new Map();
  for (const document of documents) {
    addDocument(control, document);
    for (const [key, amountMinor] of document.amounts)
      totals.set(key, (totals.get(key) ?? 0n) + BigInt(amountMinor));
  }
  return [...totals].map(([key, posMinor]) => ({
    ...ofAccountKey(key),
    posMinor,
    controlSum: control.get(key) ?? 0n,
  }));
}

function goodOf(receipts: DayReceipts['receipts']): CountedReceipts[] {
  const sums = new Map<string, { of: CountedReceipts; receipts: number; gross: bigint }>();
  for (const { storeId, tillId, shiftId, currency, grossMinor, refusals } of receipts) {
    if (refusals.length > 0) continue;
    const key = JSON.stringify([tillId, shiftId, currency]);
    const sum = sums.get(key) ?? {
      of: { storeId, tillId, shiftId, currency, receipts: 0, grossMinor: 0 },
      receipts: 0,
      gross: 0n,
    };
    sums.set(key, sum);
    sum.receipts += 1;
    sum.gross += BigInt(grossMinor);
  }
  return [...sums.values()].map(({ of, receipts: count, gross }) => ({
    ...of,
    receipts: count,
    grossMinor: toTotal(gross),
  }));
}
