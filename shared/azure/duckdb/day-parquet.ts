import { join } from 'node:path';
import type { CompactedStore } from '../../lake/compacted-store.ts';
import type { CompactionSink } from '../../lake/compact-stores.ts';
import {
  CARD_PAYMENTS,
  DOCUMENTS,
  NOT_IN_FORCE,
  RECEIPTS,
  type Columns,
  type Row,
} from '../../lake/tables.ts';
import { quoted, type LakeDatabase } from './lake-database.ts';
import { PARQUET } from './ledger-parquet.ts';
import type { TableWriter } from './table-writer.ts';

const DAY_TABLES = {
  documents: DOCUMENTS,
  receipts: RECEIPTS,
  notInForce: NOT_IN_FORCE,
  cardPayments: CARD_PAYMENTS,
} as const satisfies Readonly<Record<string, Columns>>;
export type DayTable = keyof typeof DAY_TABLES;

/** One file of each table that has rows, and what is kept beside them. */
export interface DayPart {
  readonly files: Readonly<Partial<Record<DayTable, string>>>;
  readonly stores: readonly CompactedStore[];
}

/** Gathers what compaction derives, and writes it as Parquet whenever it has enough for a file. */
export class DayParquetWriter implements CompactionSink {
  readonly #db: LakeDatabase;
  readonly #folder: string;
  #writers: Record<DayTable, TableWriter> | undefined;
  #stores: CompactedStore[] = [];
  #parts = 0;

  constructor(db: LakeDatabase, folder: string) {
    this.#db = db;
    this.#folder = folder;
  }

  /** To be awaited before anything is added to the next part. */
  async begin(): Promise<void> {
    if (this.#writers) return;
    this.#writers = {
      documents: await this.#db.writer('documents', DAY_TABLES.documents),
      receipts: await this.#db.writer('receipts', DAY_TABLES.receipts),
      notInForce: await this.#db.writer('notInForce', DAY_TABLES.notInForce),
      cardPayments: await this.#db.writer('cardPayments', DAY_TABLES.cardPayments),
    };
  }

  document = (row: Row): void => this.#writers?.documents.add(row);
  receipt = (row: Row): void => this.#writers?.receipts.add(row);
  notInForce = (row: Row): void => this.#writers?.notInForce.add(row);
  cardPayment = (row: Row): void => this.#writers?.cardPayments.add(row);
  store = (store: CompactedStore): void => void this.#stores.push(store);

  /** Rows since the last part. */
  get rows(): number {
    return this.#writers?.receipts.rows ?? 0;
  }

  /** Writes what there is as a part; undefined where there is nothing. */
  async end(): Promise<DayPart | undefined> {
    const writers = this.#writers;
    if (!writers || this.#stores.length === 0) return undefined;
    this.#writers = undefined;
    this.#parts += 1;
    const files: Partial<Record<DayTable, string>> = {};
    for (const table of Object.keys(DAY_TABLES) as DayTable[]) {
      writers[table].close();
      if (writers[table].rows > 0) {
        const file = join(this.#folder, `${table}-${this.#parts}.parquet`);
        await this.#db.run(`copy ${table} to ${quoted(file)} ${PARQUET}`);
        files[table] = file;
      }
      await this.#db.run(`drop table ${table}`);
    }
    const stores = this.#stores;
    this.#stores = [];
    return { files, stores };
  }
}
