import { join } from 'node:path';
import type { LedgerRow, LedgerRowError } from '../../ledger/ledger-row.ts';
import type { LedgerEntry } from '../../ledger/posting.ts';
import { ledgerRow } from '../../lake/ledger-row.ts';
import { LEDGER_ROWS } from '../../lake/tables.ts';
import { quoted, type LakeDatabase } from './lake-database.ts';
import { LEDGER_SQL, type LedgerTables } from './set-work.ts';
import type { TableWriter } from './table-writer.ts';

/** How Parquet is written: large row groups, as readers of the lake want them. */
export const PARQUET = '(format parquet, compression zstd, row_group_size 262144)';

export interface LedgerParquet {
  readonly tables: LedgerTables;
  readonly rows: number;
  /** In their order. */
  readonly errors: readonly LedgerRowError[];
  /** Errors beyond those that are kept. */
  readonly errorsOmitted: number;
}

/** Rows that are held at a time: more would not fit into the memory of DuckDB. */
const ROWS_AT_ONCE = 300_000;

/** A ledger file as Parquet in `folder`, read once and row by row. @throws what the source throws */
export async function writeLedgerParquet(
  db: LakeDatabase,
  source: AsyncIterable<LedgerRow>,
  folder: string,
  maxErrors: number,
): Promise<LedgerParquet> {
  const pieces = new RowPieces(db, folder);
  const errors: LedgerRowError[] = [];
  let errorsOmitted = 0;
  await pieces.begin();
  try {
    for await (const row of source) {
      if (row.ok) {
        pieces.add(row.entry);
        if (pieces.isFull) await pieces.next();
      } else if (errors.length < maxErrors) errors.push(row.error);
      else errorsOmitted += 1;
    }
  } catch (thrown) {
    pieces.abandon();
    throw thrown;
  }
  const rows = await pieces.end();
  const all = `read_parquet([${rows.map(quoted).join(', ')}])`;
  const cells = join(folder, 'cells.parquet');
  await db.run(`copy (${LEDGER_SQL.cells(all)}) to ${quoted(cells)} ${PARQUET}`);
  const numbers: string[] = [];
  for (const [part] of rows.entries()) {
    const file = join(folder, `numbers-${part}.parquet`);
    const ofPart = `(select * from ${all} where hash(document_number) % ${rows.length} = ${part})`;
    await db.run(`copy (${LEDGER_SQL.numbers(ofPart)}) to ${quoted(file)} ${PARQUET}`);
    numbers.push(file);
  }
  return { tables: { rows, numbers, cells }, rows: pieces.rows, errors, errorsOmitted };
}

/** Writes rows to one file after the other, each within what is held at a time. */
class RowPieces {
  readonly #db: LakeDatabase;
  readonly #folder: string;
  readonly #files: string[] = [];
  #writer: TableWriter | undefined;
  rows = 0;

  constructor(db: LakeDatabase, folder: string) {
    this.#db = db;
    this.#folder = folder;
  }

  async begin(): Promise<void> {
    this.#writer = await this.#db.writer('ledger_rows', LEDGER_ROWS);
  }

  add(entry: LedgerEntry): void {
    this.#writer?.add(ledgerRow(entry, this.rows));
    this.rows += 1;
  }

  get isFull(): boolean {
    return (this.#writer?.rows ?? 0) >= ROWS_AT_ONCE;
  }

  async next(): Promise<void> {
    await this.end();
    await this.begin();
  }

  abandon(): void {
    this.#writer?.close();
  }

  /** @returns all files; at least one, which may be empty. */
  async end(): Promise<readonly string[]> {
    this.#writer?.close();
    const file = join(this.#folder, `rows-${this.#files.length}.parquet`);
    const order = 'order by accounting_date, store_dimension, document_number, place';
    await this.#db.run(`copy (select * from ledger_rows ${order}) to ${quoted(file)} ${PARQUET}`);
    await this.#db.run('drop table ledger_rows');
    this.#files.push(file);
    return this.#files;
  }
}
