import type * as DuckDbModule from '@duckdb/node-api';
import { messageOf, TransientError } from '../../errors.ts';
import type { ColumnType } from '../../lake/tables.ts';

export type DuckDb = Pick<typeof DuckDbModule, 'DuckDBInstance' | 'DuckDBDataChunk' | ColumnType>;

let loaded: Promise<DuckDb> | undefined;

/**
 * Loads DuckDB when it is first needed: its library has 60 MB, and most functions never use it.
 * @throws TransientError `duckdb-unavailable` where there is none for this platform.
 */
export function loadDuckDb(): Promise<DuckDb> {
  loaded ??= import('@duckdb/node-api').catch((cause: unknown) => {
    loaded = undefined;
    throw new TransientError('duckdb-unavailable', `DuckDB cannot be loaded: ${messageOf(cause)}`, {
      cause,
    });
  });
  return loaded;
}
