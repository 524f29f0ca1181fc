import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ContainerClient } from '@azure/storage-blob';
import type { LedgerRow, LedgerRowError } from '../../ledger/ledger-row.ts';
import type { LakeDatabase } from '../duckdb/lake-database.ts';
import { writeLedgerParquet } from '../duckdb/ledger-parquet.ts';
import type { LedgerTables } from '../duckdb/set-work.ts';
import { asOurError, isNotFound } from '../sdk-errors.ts';
import { downloadFile } from './compacted-days.ts';

/** A ledger file as set work reads it. */
interface LedgerFileTables {
  readonly tables: LedgerTables;
  readonly errors: readonly LedgerRowError[];
  readonly errorsOmitted: number;
}

/** Ledger files as Parquet, in folders `ledger/<file>/<etag>` of the container `lake`: each is parsed once a change. */
export interface LedgerTableStore {
  /** @param rows reads the file, where nobody has done so yet. */
  tables(
    file: { readonly name: string; readonly etag: string },
    rows: () => AsyncIterable<LedgerRow>,
    db: LakeDatabase,
    folder: string,
  ): Promise<LedgerFileTables>;
}

/** Written with its format's number; it is written last, so that where it is there everything is. */
const INDEX_FILE = 'index-1.json';
/** A file with more damaged rows is read as a whole by those who need it. */
const MAX_ERRORS = 20_000;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

interface Index extends Pick<LedgerFileTables, 'errors' | 'errorsOmitted'> {
  /** How many files of rows, and of numbers, there are. */
  readonly pieces: number;
}

/** Where the tables of a file stand below a folder. */
function tablesIn(folder: string, pieces: number): LedgerTables {
  const numbered = (name: string): string[] =>
    Array.from({ length: pieces }, (_, piece) => join(folder, `${name}-${piece}.parquet`));
  return { rows: numbered('rows'), numbers: numbered('numbers'), cells: join(folder, 'cells.parquet') };
}

const filesOf = ({ rows, numbers, cells }: LedgerTables): string[] => [...rows, ...numbers, cells];

export function ledgerTableStore(container: ContainerClient): LedgerTableStore {
  const indexOf = async (prefix: string): Promise<Index | undefined> => {
    try {
      const content = await container.getBlobClient(`${prefix}/${INDEX_FILE}`).downloadToBuffer();
      return JSON.parse(content.toString('utf8')) as Index;
    } catch (thrown) {
      if (isNotFound(thrown)) return undefined;
      throw asOurError(thrown, `Reading ${prefix}`);
    }
  };
  return {
    async tables({ name, etag }, rows, db, folder) {
      const prefix = `ledger/${digest(name)}/${digest(etag)}`;
      const own = join(folder, digest(name));
      await mkdir(own, { recursive: true });
      const known = await indexOf(prefix);
      if (known) {
        const tables = tablesIn(own, known.pieces);
        for (const file of filesOf(tables))
          await downloadFile(container, `${prefix}/${basename(file)}`, file);
        return { ...known, tables };
      }
      const { tables, errors, errorsOmitted } = await writeLedgerParquet(db, rows(), own, MAX_ERRORS);
      try {
        for (const file of filesOf(tables))
          await container.getBlockBlobClient(`${prefix}/${basename(file)}`).uploadFile(file);
        const index: Index = { errors, errorsOmitted, pieces: tables.rows.length };
        const text = JSON.stringify(index);
        await container.getBlockBlobClient(`${prefix}/${INDEX_FILE}`).upload(text, Buffer.byteLength(text));
        // What the file was before it changed: whoever still reads it comes again.
        for await (const blob of container.listBlobsFlat({ prefix: `ledger/${digest(name)}/` }))
          if (!blob.name.startsWith(`${prefix}/`)) await container.getBlobClient(blob.name).deleteIfExists();
      } catch (thrown) {
        throw asOurError(thrown, `Writing ${prefix}`);
      }
      return { errors, errorsOmitted, tables };
    },
  };
}
