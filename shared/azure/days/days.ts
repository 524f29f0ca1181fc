import type { BusinessDate, StoreId } from '../../ids.ts';
import type { Currency } from '../../money.ts';
import type { HubGeneration } from '../hub/hub-generation.ts';

/**
 * The table `days`: what has arrived for which business date, what of it is reconciled, and how far landing is. Every
 * write is idempotent, so a kill between any two of them loses nothing.
 *
 * | Partition | Row | Holds |
 * |---|---|---|
 * | business date | `blob <partition> <generation> <first>` | a raw blob with events of the date, and of which stores |
 * | date of arrival | `quarantined <partition> <generation> <first>` | a raw blob with events of no plausible business date |
 * | business date | `gap <partition> <generation> <first>` | events that the hub dropped about then, before they were landed |
 * | business date | `unfetched <digest>` | what a vendor holds of the date and could not be fetched |
 * | business date | `ledger <digest>` | a ledger file with entries of the date |
 * | `~reconciled` | business date | the outcome, and its inputs |
 * | `~dirty` | business date | something has arrived since the last reconciliation |
 * | `~ledger` | digest of a name | a ledger file as it was last indexed |
 * | `~landing` | hub partition | the next sequence number to land |
 */
export interface DayBlob {
  readonly partition: string;
  /** Empty for a blob from before there were any. */
  readonly generation: HubGeneration;
  readonly firstSequenceNumber: number;
  readonly name: string;
  readonly events: number;
  /** Stores with events of the date in this blob; undefined where they are too many to list. */
  readonly stores: readonly string[] | undefined;
  /** What landing counted; undefined where a version that did not count wrote the row, or there are too many stores. */
  readonly control: readonly LandedCount[] | undefined;
}

/** Transaction events of a store in one currency as landing met them, repeats included. */
export interface LandedCount {
  readonly storeId: StoreId;
  readonly currency: Currency;
  readonly transactions: number;
  /** A bigint as text. */
  readonly grossMinor: string;
}

/** Events that left the hub before they were landed: they may have been of any store and of any date. */
export interface LandingGap {
  readonly partition: string;
  readonly generation: HubGeneration;
  /** Both included. */
  readonly firstSequenceNumber: number;
  readonly lastSequenceNumber: number;
}

/** Something that a vendor holds of a date and that we could not get: it is in no total. */
export interface Unfetched {
  /** Names it within its date, the same in every run. */
  readonly key: string;
  /** The stores that it may be of; empty where that is not known. */
  readonly stores: readonly StoreId[];
  /** Such as `square order abc`. */
  readonly subject: string;
  readonly reason: string;
}

export interface DayLedgerFile {
  readonly name: string;
  readonly etag: string;
  /** Store dimensions of its rows of the date; undefined where they are too many to list. */
  readonly dimensions: readonly string[] | undefined;
  /** When the file was last written, or empty. */
  readonly modifiedAt: string;
  /** Rows that may be of this date and could not be read. */
  readonly badRows: number;
  /** What indexing counted of the date; undefined where a version that did not count wrote the row. */
  readonly control: readonly LedgerCount[] | undefined;
}

/** The readable rows of one file, date and currency; sums are bigints as text. */
export interface LedgerCount {
  /** The file as its rows name it: a package holds several. */
  readonly file: string;
  readonly currency: Currency;
  readonly rows: number;
  readonly debitMinor: string;
  readonly creditMinor: string;
}

/** All inputs of a date's reconciliation. */
export interface DayInputs {
  readonly blobs: readonly DayBlob[];
  /** Blobs with events that arrived on this date and are of no plausible business date. */
  readonly quarantined: readonly DayBlob[];
  readonly ledgerFiles: readonly DayLedgerFile[];
  readonly gaps: readonly LandingGap[];
  readonly unfetched: readonly Unfetched[];
  /** Changes whenever something was added. */
  readonly fingerprint: string;
  /** Changes whenever a ledger file was added, changed or removed. */
  readonly ledgerFingerprint: string;
}

export interface DayOutcome {
  readonly businessDate: BusinessDate;
  readonly inputs: string;
  readonly proofHolds: boolean;
  readonly exceptions: number;
  readonly stores: number;
  readonly documents: number;
  /** Totals by currency as JSON, for the list of days. */
  readonly balances: string;
  readonly dataAsOf: string;
  /** Open documents may be posted on a neighbouring date, so new data there affects this date. */
  readonly asksNeighbours: boolean;
  /** The neighbouring dates' data that it is based on; empty if written by a version without this field. */
  readonly around: string;
  /** How many parts of the day the report does not hold. */
  readonly uncovered: number;
  /** Movements of gift cards by currency as JSON; empty if written by a version without this field. */
  readonly giftCards: string;
}

export interface IndexedLedgerFile {
  readonly name: string;
  readonly etag: string;
  /** When it was uploaded, as an instant; undefined where an earlier version indexed it. */
  readonly modifiedAt?: string | undefined;
  readonly dates: readonly string[];
  readonly rows: number;
  readonly badRows: number;
  /** The first errors, as `line N, column: reason`. */
  readonly firstErrors: readonly string[];
}

export interface LandingMark {
  readonly partition: string;
  /** Which hub it is about; undefined where a version before there were generations wrote it last. */
  readonly generation: HubGeneration | undefined;
  readonly nextSequenceNumber: number;
  /** The hub's last sequence number when this was written; lag is what lies between. */
  readonly lastEnqueued: number;
  /** When the table took it, in epoch milliseconds; undefined for a mark that does not exist yet. */
  readonly writtenAtMs: number | undefined;
  /** The ETag that a later write must name; undefined for a mark that does not exist yet. */
  readonly etag: string | undefined;
}

/** A mark as a run writes it. */
export type MovedMark = Omit<LandingMark, 'generation' | 'writtenAtMs'> & {
  readonly generation: HubGeneration;
};

export interface Days {
  landingMark(partition: string): Promise<LandingMark | undefined>;
  landingMarks(): Promise<LandingMark[]>;
  /** @returns its new ETag; undefined when another run has moved it since it was read. */
  moveLandingMark(mark: MovedMark): Promise<string | undefined>;
  addBlob(businessDate: string, blob: DayBlob): Promise<void>;
  /** Notes, under the UTC date of their arrival, events whose business date is not plausible. */
  addQuarantined(arrivalDate: string, blob: DayBlob): Promise<void>;
  addGap(businessDate: string, gap: LandingGap): Promise<void>;
  addUnfetched(businessDate: string, unfetched: Unfetched): Promise<void>;
  /** It has come, or was decided about. */
  removeUnfetched(businessDate: string, key: string): Promise<void>;
  addLedgerFile(businessDate: string, file: DayLedgerFile): Promise<void>;
  removeLedgerFile(businessDate: string, name: string): Promise<void>;
  markDirty(businessDates: readonly string[]): Promise<void>;
  dirtyDates(): Promise<{ businessDate: BusinessDate; etag: string }[]>;
  /** Clears the mark unless something has arrived since it was read. */
  clearDirty(businessDate: string, etag: string): Promise<void>;
  inputsOf(businessDate: string): Promise<DayInputs>;
  /** The ledger files of a date alone, which are few where its blobs may be many. */
  ledgerInputsOf(businessDate: string): Promise<Pick<DayInputs, 'ledgerFiles' | 'ledgerFingerprint'>>;
  outcomeOf(businessDate: string): Promise<DayOutcome | undefined>;
  putOutcome(outcome: DayOutcome): Promise<void>;
  outcomes(): Promise<DayOutcome[]>;
  indexedLedgerFiles(): Promise<IndexedLedgerFile[]>;
  putIndexedLedgerFile(file: IndexedLedgerFile): Promise<void>;
  removeIndexedLedgerFile(name: string): Promise<void>;
}
