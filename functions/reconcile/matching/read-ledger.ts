import type { DayLedgerFile } from '../../../shared/azure/days/days.ts';
import { messageOf, PermanentError } from '../../../shared/errors.ts';
import type { BusinessDate, StoreId } from '../../../shared/ids.ts';
import type { LedgerRow, LedgerRowError } from '../../../shared/ledger/ledger-row.ts';
import type { LedgerSource } from '../../../shared/ledger/ledger-source.ts';
import type { LedgerEntry } from '../../../shared/ledger/posting.ts';
import { uniquePostings, type PostingOverlap } from '../../../shared/ledger/posting-overlaps.ts';
import { isHeadquartersPart } from '../../../shared/ledger/sources/dynamics-commerce/headquarters-row.ts';
import { isSettlementFile } from '../../../shared/ledger/sources/files/file-copies.ts';
import { isReadBy, storesOfFile, type DayState } from './day-state.ts';
import type { LeftOut } from './left-out.ts';
import type { StoreLookup } from './store-lookup.ts';

export interface LedgerParts {
  readonly ledgerFiles: LedgerSource;
  /** Also what is not available counts as unreadable: it was tried as often as it is worth. */
  readonly isTolerant?: boolean;
}

/** Which rows of which files a shard reads. */
export interface LedgerScope {
  readonly state: DayState;
  readonly shard: number;
  readonly stores: StoreLookup;
  readonly isOurs: (storeId: string) => boolean;
}

export interface LedgerOfShard {
  /** Entries of the date that count, by store. */
  readonly entries: ReadonlyMap<StoreId, readonly LedgerEntry[]>;
  /** What several files hold, by store. */
  readonly overlaps: ReadonlyMap<StoreId, readonly PostingOverlap[]>;
  /** Documents of the date that the ledger names on other dates, by key. */
  readonly elsewhere: Map<string, { readonly storeId: StoreId; readonly documentId: string }>;
  readonly errors: LedgerRowError[];
  /** Errors beyond those that are kept. */
  readonly errorsOmitted: number;
}

export const MAX_ROW_ERRORS = 1_000;

export const documentKey = (storeId: string, documentId: string): string => `${storeId}\n${documentId}`;

function append<K>(map: Map<K, LedgerEntry[]>, key: K, entry: LedgerEntry): void {
  const list = map.get(key);
  if (list) list.push(entry);
  else map.set(key, [entry]);
}

/** Files of the neighbouring dates are read too, as a document may have been posted there. */
export async function readLedger(
  parts: LedgerParts,
  scope: LedgerScope,
  documentIds: ReadonlySet<string>,
  leftOut: LeftOut,
): Promise<LedgerOfShard> {
  const { state, stores, isOurs } = scope;
  const { businessDate } = state;
  const neighbours = new Set<string>(state.neighbours.map((neighbour) => neighbour.businessDate));
  const own = new Set(state.inputs.ledgerFiles.map((file) => file.name));
  const entries = new Map<StoreId, LedgerEntry[]>();
  const elsewhere: LedgerOfShard['elsewhere'] = new Map();
  const errors: LedgerRowError[] = [];
  let errorsOmitted = 0;
  for (const file of filesOf(scope)) {
    const isOwn = own.has(file.name);
    await readFile(parts, file, scope, isOwn, leftOut, (row) => {
      if (!row.ok) {
        if (!mayBeOf(row.error, businessDate, isOwn)) return;
        if (errors.length < MAX_ROW_ERRORS) errors.push(row.error);
        else errorsOmitted += 1;
        return;
      }
      const { entry } = row;
      const { storeId } = stores.ofDimension(entry.storeDimension);
      if (!isOurs(storeId)) return;
      const key = documentKey(storeId, entry.documentNumber);
      if (entry.accountingDate === businessDate) {
        // A file that is not yet noted for this date, only for a neighbour, has the date planned again once it is.
        if (isOwn) append(entries, storeId, entry);
      } else if (neighbours.has(entry.accountingDate) && documentIds.has(key))
        elsewhere.set(key, { storeId, documentId: entry.documentNumber });
    });
  }
  return { ...countedOnce(entries), elsewhere, errors, errorsOmitted };
}

/** A posting that is in two files counts once. */
function countedOnce(
  all: ReadonlyMap<StoreId, readonly LedgerEntry[]>,
): Pick<LedgerOfShard, 'entries' | 'overlaps'> {
  const entries = new Map<StoreId, readonly LedgerEntry[]>();
  const overlaps = new Map<StoreId, readonly PostingOverlap[]>();
  for (const [storeId, ofStore] of all) {
    const unique = uniquePostings(ofStore);
    entries.set(storeId, unique.counted);
    if (unique.overlaps.length > 0) overlaps.set(storeId, unique.overlaps);
  }
  return { entries, overlaps };
}

/** Rows of the shard's files again, for checks that need the whole. Errors were reported at the first reading. */
export async function forEachEntry(
  parts: LedgerParts,
  scope: LedgerScope,
  take: (entry: LedgerEntry) => void,
): Promise<void> {
  for (const file of filesOf(scope))
    await readFile(parts, file, scope, false, undefined, (row) => {
      if (row.ok) take(row.entry);
    });
}

/** A row whose date cannot be read may be of any date of its file. */
export function mayBeOf(
  { accountingDate }: LedgerRowError,
  businessDate: BusinessDate,
  isOwn: boolean,
): boolean {
  return accountingDate === undefined ? isOwn : accountingDate === businessDate;
}

/** The files of the date and of its neighbours that hold a row of the shard, each once, by name. */
export function filesOf({ state, shard, stores, isOurs }: LedgerScope): DayLedgerFile[] {
  const files = new Map<string, DayLedgerFile>();
  const add = (file: DayLedgerFile, always: boolean): void => {
    if (isSettlementFile(file.name) || isHeadquartersPart(file.name)) return;
    if (always || storesOfFile(file, stores).some(isOurs)) files.set(file.name, file);
  };
  for (const { ledgerFiles } of state.neighbours) for (const file of ledgerFiles) add(file, false);
  for (const file of state.inputs.ledgerFiles) add(file, isReadBy(shard, file));
  return [...files.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
}

async function readFile(
  { ledgerFiles, isTolerant = false }: LedgerParts,
  file: DayLedgerFile,
  { stores, isOurs }: LedgerScope,
  isOwn: boolean,
  leftOut: LeftOut | undefined,
  take: (row: LedgerRow) => void,
): Promise<void> {
  try {
    for await (const row of ledgerFiles.rows(file.name)) take(row);
  } catch (thrown) {
    if (!(thrown instanceof PermanentError) && !isTolerant) throw thrown;
    const ours = file.dimensions && storesOfFile(file, stores).filter(isOurs);
    if (isOwn) leftOut?.part('ledger-file', ours, file.name, messageOf(thrown));
    else
      leftOut?.note(
        'ledger-file',
        ours,
        file.name,
        `Not searched for this date's documents: ${messageOf(thrown)}`,
      );
  }
}
