import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { messageOf, TransientError } from '../../errors.ts';
import type { Columns, Row } from '../../lake/tables.ts';
import { loadDuckDb, type DuckDb } from './load-duckdb.ts';
import { TableWriter } from './table-writer.ts';

export interface LakeDatabaseOptions {
  /** Of this database alone: files of its work, removed with it. */
  readonly folder: string;
  /** What DuckDB may hold, in MiB; beyond it work goes to disk. */
  readonly memoryMib: number;
  readonly threads: number;
}

/**
 * DuckDB within bounds, for the set work on the lake's files. Nothing in it lasts: what lasts is written as Parquet.
 * Its extensions are built in; it never loads one, from wherever.
 */
export class LakeDatabase {
  readonly #duckDb: DuckDb;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #folder: string;

  private constructor(
    duckDb: DuckDb,
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    folder: string,
  ) {
    this.#duckDb = duckDb;
    this.#instance = instance;
    this.#connection = connection;
    this.#folder = folder;
  }

  /** @throws TransientError `duckdb-unavailable` where its library cannot be loaded. */
  static async open({ folder, memoryMib, threads }: LakeDatabaseOptions): Promise<LakeDatabase> {
    const duckDb = await loadDuckDb();
    await mkdir(folder, { recursive: true });
    const instance = await duckDb.DuckDBInstance.create(':memory:', {
      memory_limit: `${memoryMib}MiB`,
      threads: String(threads),
      temp_directory: join(folder, 'spill'),
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    return new LakeDatabase(duckDb, instance, await instance.connect(), folder);
  }

  async run(sql: string): Promise<void> {
    await guarded(sql, () => this.#connection.run(sql));
  }

  /** Creates a table, to be filled row by row. */
  async writer(name: string, columns: Columns): Promise<TableWriter> {
    const list = Object.entries(columns).map(([column, type]) => `${column} ${type}`);
    await this.run(`create or replace table ${name} (${list.join(', ')})`);
    const appender = await this.#connection.createAppender(name);
    return new TableWriter(this.#duckDb, appender, Object.values(columns));
  }

  /** The rows of a query, a part at a time, as they come. */
  async *rows(sql: string): AsyncGenerator<Row[]> {
    const result = await guarded(sql, () => this.#connection.stream(sql));
    while (true) {
      const chunk = await guarded(sql, () => result.fetchChunk());
      if (!chunk || chunk.rowCount === 0) return;
      yield chunk.getRows() as Row[];
    }
  }

  /** For queries of few rows. */
  async all(sql: string): Promise<Row[]> {
    const all: Row[] = [];
    for await (const rows of this.rows(sql)) for (const row of rows) all.push(row);
    return all;
  }

  async close(): Promise<void> {
    this.#connection.closeSync();
    this.#instance.closeSync();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** What DuckDB cannot do for want of memory or disk now, it may do later, or elsewhere. */
async function guarded<T>(sql: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const what = sql.trim().replace(/\s+/g, ' ').slice(0, 80);
    throw new TransientError('duckdb', `DuckDB, at ${what}: ${messageOf(cause)}`, { cause });
  }
}

/** A text as SQL has it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Parquet files as a table of a query; one without rows where there are none. */
export function parquet(files: readonly string[], columns: Columns): string {
  if (files.length > 0) return `read_parquet([${files.map(quoted).join(', ')}])`;
  const list = Object.entries(columns).map(([column, type]) => `null::${type} as ${column}`);
  return `(select ${list.join(', ')} where false)`;
}
