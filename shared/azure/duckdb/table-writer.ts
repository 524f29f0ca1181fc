import type { DuckDBAppender, DuckDBType } from '@duckdb/node-api';
import type { ColumnType, Row, Value } from '../../lake/tables.ts';
import type { DuckDb } from './load-duckdb.ts';

/** As many rows as one chunk of DuckDB holds. */
const CHUNK_ROWS = 2_048;

/** Fills a table of DuckDB, column by column and a chunk at a time, which is how DuckDB keeps it. */
export class TableWriter {
  readonly #duckDb: DuckDb;
  readonly #appender: DuckDBAppender;
  readonly #types: readonly DuckDBType[];
  #columns: Value[][];
  #rows = 0;

  constructor(duckDb: DuckDb, appender: DuckDBAppender, columns: readonly ColumnType[]) {
    this.#duckDb = duckDb;
    this.#appender = appender;
    this.#types = columns.map((type) => duckDb[type]);
    this.#columns = columns.map(() => []);
  }

  get rows(): number {
    return this.#rows;
  }

  add(row: Row): void {
    for (let column = 0; column < row.length; column += 1)
      (this.#columns[column] as Value[]).push(row[column] as Value);
    this.#rows += 1;
    if (this.#rows % CHUNK_ROWS === 0) this.#append();
  }

  /** Everything that was added is in the table now. */
  close(): void {
    this.#append();
    this.#appender.closeSync();
  }

  #append(): void {
    if (this.#columns[0]?.length === 0) return;
    const chunk = this.#duckDb.DuckDBDataChunk.create(this.#types);
    chunk.setColumns(this.#columns);
    this.#appender.appendDataChunk(chunk);
    this.#columns = this.#types.map(() => []);
  }
}
