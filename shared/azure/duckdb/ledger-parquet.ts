import { join } from 'node:path';
import type { LedgerRow, LedgerRowError } from '../../ledger/ledger-row.ts';
import { ledgerRow } from '../../lake/ledger-row.ts';
import { LEDGER_ROWS } from '../../lake/tables.ts';
import { quoted, type LakeDatabase } from './lake-database.ts';
import { LEDGER_SQL, type LedgerTables } from './set-work.ts';

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

/** A ledger file as Parquet in `folder`, read once and row by row. @throws what the source throws */
export async function writeLedgerParquet(
  db: LakeDatabase,
  source: AsyncIterable<LedgerRow>,
  folder: string,
  maxErrors: number,
): Promise<LedgerParquet> {
  const writer = await db.writer('ledger_rows', LEDGER_ROWS);
  const errors: LedgerRowError[] = [];
  let errorsOmitted = 0;
  try {
    for await (const row of source) {
      if (row.ok) writer.add(ledgerRow(row.entry, writer.rows));
      else if (errors.length < maxErrors) errors.push(row.error);
      else errorsOmitted += 1;
    }
  } finally {
    writer.close();
  }
  const tables = {
    rows: join(folder, 'rows.parquet'),
    numbers: join(folder, 'numbers.parquet'),
    cells: join(folder, 'cells.parquet'),
  };
  const order = 'order by accounting_date, store_dimension, document_number, place';
  await db.run(`copy (select * from ledger_rows ${order}) to ${quoted(tables.rows)} ${PARQUET}`);
  const derive = (query: string, file: string): Promise<void> =>
    db.run(`copy (${query}) to ${quoted(file)} ${PARQUET}`);
  await derive(LEDGER_SQL.numbers('ledger_rows'), tables.numbers);
  await derive(LEDGER_SQL.cells('ledger_rows'), tables.cells);
  await db.run('drop table ledger_rows');
  return { tables, rows: writer.rows, errors, errorsOmitted };
}
