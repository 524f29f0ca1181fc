import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LakeDatabase } from '../../../shared/azure/duckdb/lake-database.ts';
import type { LedgerTables } from '../../../shared/azure/duckdb/set-work.ts';
import type { BusinessDate, StoreId } from '../../../shared/ids.ts';
import type { CompactedStore } from '../../../shared/lake/compacted-store.ts';
import type { Manifest } from '../../../shared/lake/manifest.ts';
import type { LedgerRowError } from '../../../shared/ledger/ledger-row.ts';
import type { LedgerSource } from '../../../shared/ledger/ledger-source.ts';
import { filesOf, mayBeOf, MAX_ROW_ERRORS, type LedgerScope } from '../matching/read-ledger.ts';
import { compactionDigest, type Lake } from './lake.ts';

/** A date's part of the lake on this machine. */
export interface CompactedDate {
  readonly businessDate: BusinessDate;
  readonly stores: ReadonlyMap<StoreId, CompactedStore>;
  readonly files: Readonly<Record<'documents' | 'receipts' | 'notInForce', readonly string[]>>;
}

/** The manifest of a date, if it covers just what there is of the date now. */
export async function currentManifest(
  { compacted }: Lake,
  businessDate: BusinessDate,
  inputs: Parameters<typeof compactionDigest>[0],
  masterData: string,
): Promise<Manifest | undefined> {
  const { manifest } = await compacted.manifest(businessDate);
  return manifest?.digest === compactionDigest(inputs, masterData) ? manifest : undefined;
}

/** Downloads what concerns the stores of a shard. @throws TransientError */
export async function fetchDate(
  { compacted }: Lake,
  manifest: Manifest,
  isOurs: (storeId: string) => boolean,
  scratch: string,
): Promise<CompactedDate> {
  const businessDate = manifest.businessDate as BusinessDate;
  const to = join(scratch, businessDate);
  await mkdir(to, { recursive: true });
  const files: Record<'documents' | 'receipts' | 'notInForce', string[]> = {
    documents: [],
    receipts: [],
    notInForce: [],
  };
  const stores = new Map<StoreId, CompactedStore>();
  for (const part of manifest.parts) {
    if (!part.stores.some(isOurs)) continue;
    for (const table of ['documents', 'receipts', 'notInForce'] as const) {
      const name = part.files[table];
      if (name === undefined) continue;
      await compacted.download(manifest.folder, name, to);
      files[table].push(join(to, name));
    }
    for (const store of await compacted.stores(manifest.folder, part.storeFile))
      if (isOurs(store.storeId)) stores.set(store.storeId, store);
  }
  return { businessDate, stores, files };
}

export interface LedgerOfDates {
  /** Of files of the date, in the order of their names. */
  readonly own: readonly LedgerTables[];
  /** Of all files of the date and its neighbours. */
  readonly all: readonly LedgerTables[];
  /** Rows that may be of the date and could not be read. */
  readonly errors: readonly LedgerRowError[];
  readonly errorsOmitted: number;
}

/**
 * The ledger files that concern a shard, as tables.
 * @returns undefined where a file has more damaged rows than are kept by file: then its rows have to be read themselves.
 * @throws PermanentError where a file cannot be read, TransientError
 */
export async function fetchLedger(
  { ledger }: Lake,
  ledgerFiles: LedgerSource,
  scope: LedgerScope,
  db: LakeDatabase,
  scratch: string,
): Promise<LedgerOfDates | undefined> {
  const { businessDate, inputs } = scope.state;
  const ofDate = new Set(inputs.ledgerFiles.map(({ name }) => name));
  const own: LedgerTables[] = [];
  const all: LedgerTables[] = [];
  const errors: LedgerRowError[] = [];
  let errorsOmitted = 0;
  for (const file of filesOf(scope)) {
    const found = await ledger.tables(file, () => ledgerFiles.rows(file.name), db, scratch);
    if (found.errorsOmitted > 0) return undefined;
    all.push(found.tables);
    if (ofDate.has(file.name)) own.push(found.tables);
    for (const error of found.errors) {
      if (!mayBeOf(error, businessDate, ofDate.has(file.name))) continue;
      if (errors.length < MAX_ROW_ERRORS) errors.push(error);
      else errorsOmitted += 1;
    }
  }
  return { own, all, errors, errorsOmitted };
}
