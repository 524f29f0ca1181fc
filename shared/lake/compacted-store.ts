import type { DayReceipts } from '../forecast/receipts.ts';
import type { StoreId } from '../ids.ts';
import type { CountedReceipts } from '../reconciliation/completeness.ts';
import type { StoreDay } from '../reconciliation/day-book.ts';
import { fromLakeJson, lakeJson } from './lake-json.ts';

/** Sums of one account and currency over a store's documents. */
export interface CompactedCell {
  readonly account: string;
  readonly currency: string;
  readonly posMinor: bigint;
  /** See `control-sums.ts`. */
  readonly controlSum: bigint;
}

/** What compaction keeps of a store's business date beside its documents and receipts. */
export interface CompactedStore {
  readonly storeId: StoreId;
  /** Why the store has no books, where one of its events could not be taken. */
  readonly failure: string | undefined;
  readonly documents: number;
  /** Distinct events. */
  readonly events: number;
  /** The newest `receivedAt`, or empty. */
  readonly dataAsOf: string;
  readonly cells: readonly CompactedCell[];
  readonly findings: StoreDay['findings'];
  readonly controls: StoreDay['controls'];
  readonly giftCards: StoreDay['giftCards'];
  /** Receipts for which no refusal is foreseen. */
  readonly goodReceipts: readonly CountedReceipts[];
  readonly receipts: number;
  readonly missingNumbers: DayReceipts['missingNumbers'];
  readonly numberedTills: number;
  readonly zReports: DayReceipts['zReports'];
  readonly withdrawn: DayReceipts['withdrawn'];
}

export const compactedStoreLine = (store: CompactedStore): string => `${lakeJson(store)}\n`;
export const compactedStoreOf = (line: string): CompactedStore => fromLakeJson(line) as CompactedStore;
