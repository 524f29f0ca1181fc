import type { BusinessDate } from '../../../ids.ts';
import type { Instant } from '../../../time.ts';

/**
 * The postings of one accounting date as Dynamics 365 gave them, kept by Tillstream. Reports rest on these: every
 * shard of a day reads the same rows, a report can be made again, and a run that fails leaves the last good rows in place.
 */
export interface SnapshotInfo {
  readonly date: BusinessDate;
  /** Of the rows: it changes when any field of any row does. */
  readonly digest: string;
  readonly rows: number;
  /** The number of rows and the newest record, as a cheap question gives them. */
  readonly signature: string;
  /** When all rows were last read. */
  readonly checkedAtMs: number;
  /** When the rows last changed. */
  readonly modifiedAt: Instant;
}

/** Where snapshots are kept. */
export interface LedgerSnapshots {
  /** @throws TransientError */
  list(): Promise<SnapshotInfo[]>;
  /** The lines of a snapshot, a part at a time; nothing when it is gone. @throws TransientError */
  lines(date: BusinessDate): AsyncIterable<readonly string[]>;
  /** Starts to write. What is not committed is never seen. */
  begin(date: BusinessDate): SnapshotWriter;
  /** Notes that the rows were read again and are the same. @throws TransientError */
  touch(info: SnapshotInfo): Promise<void>;
}

interface SnapshotWriter {
  /** @throws TransientError */
  add(lines: readonly string[]): Promise<void>;
  /** Replaces the snapshot of the date. @throws TransientError */
  commit(info: SnapshotInfo): Promise<void>;
}

/** One posting of a snapshot: texts as OData gave them, empty where there is none. */
export interface SnapshotRow {
  readonly recId: string;
  readonly journalNumber: string;
  readonly voucher: string;
  readonly accountingDate: string;
  readonly documentNumber: string;
  readonly ledgerAccount: string;
  readonly storeDimension: string;
  /** JSON of names and values, where the collection has it. */
  readonly dimensionValues: string;
  readonly currency: string;
  readonly amount: string;
  readonly isCredit: string;
  readonly isCorrection: string;
}
