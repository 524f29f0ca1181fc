import type { DayInputs, Days } from '../../../shared/azure/days/days.ts';
import { mayBeOfDate, parseRawLine } from '../../../shared/pos/landing-line.ts';
import type { LedgerFiles } from '../../../shared/azure/days/ledger-files.ts';
import type { RawBlobs } from '../../../shared/azure/landing/raw-blobs.ts';
import type { BusinessDate, StoreId } from '../../../shared/ids.ts';
import type { LedgerRowError } from '../../../shared/ledger/ledger-row.ts';
import type { LedgerEntry } from '../../../shared/ledger/posting.ts';
import type { PostingProfile } from '../../../shared/ledger/posting-profile.ts';
import { DayBook } from '../../../shared/reconciliation/day-book.ts';
import {
  reconcileStores,
  type Elsewhere,
  type ShardResult,
  type StoreInput,
} from '../../../shared/reconciliation/reconcile-shard.ts';
import { neighboursOf } from './neighbour-dates.ts';
import { shardOf, type StoreLookup } from './store-lookup.ts';

export interface LoadParts {
  readonly days: Days;
  readonly blobs: RawBlobs;
  readonly ledgerFiles: LedgerFiles;
}

export interface Shard {
  readonly businessDate: BusinessDate;
  readonly shard: number;
  readonly shards: number;
}

/**
 * Reads and reconciles the stores of one shard. Raw lines are streamed, and of each transaction only its postings are
 * kept, so that memory is bounded by the shard and not by the chain.
 */
export async function reconcileShard(
  parts: LoadParts,
  shard: Shard,
  inputs: DayInputs,
  stores: StoreLookup,
  profile: PostingProfile,
): Promise<ShardResult> {
  const { businessDate } = shard;
  const isOurs = (storeId: string): boolean => shardOf(storeId, shard.shards) === shard.shard;
  const book = new DayBook({
    businessDate,
    profile,
    dayEndMsOf: (storeId) => stores.dayEndMs(storeId, businessDate),
  });
  const events = await readEvents(parts.blobs, inputs, businessDate, isOurs, book);
  const storeDays = new Map(book.close().map((day) => [day.storeId, day]));
  const documentIds = new Set<string>();
  for (const day of storeDays.values())
    for (const { documentId } of day.documents) documentIds.add(documentKey(day.storeId, documentId));
  const ledger = await readLedger(parts, shard, inputs, stores, isOurs, documentIds);
  const storeIds = [...new Set([...storeDays.keys(), ...ledger.entries.keys()])].sort();
  const storeInputs = storeIds.map((storeId): StoreInput => ({
    day: storeDays.get(storeId) ?? { storeId, documents: [], findings: [] },
    entries: ledger.entries.get(storeId) ?? [],
    known: stores.dayEndMs(storeId, businessDate) !== undefined,
  }));
  const elsewhere = await lookElsewhere(parts, businessDate, stores, isOurs, ledger, documentIds);
  return {
    businessDate,
    ...reconcileStores(businessDate, storeInputs, elsewhere),
    events,
    ledgerEntries: [...ledger.entries.values()].reduce((sum, entries) => sum + entries.length, 0),
    ledgerRowErrors: ledger.errors,
    ledgerFiles: inputs.ledgerFiles.map((file) => file.name).sort(),
    dataAsOf: book.dataAsOf,
  };
}

const documentKey = (storeId: string, documentId: string): string => `${storeId}\n${documentId}`;

async function readEvents(
  blobs: RawBlobs,
  inputs: DayInputs,
  businessDate: BusinessDate,
  isOurs: (storeId: string) => boolean,
  book: DayBook,
): Promise<number> {
  const eventIds = new Set<string>();
  for (const blob of inputs.blobs) {
    if (blob.stores && !blob.stores.some(isOurs)) continue;
    for await (const lines of blobs.lines(blob.name)) {
      for (const line of lines) {
        if (!mayBeOfDate(line, businessDate)) continue;
        const { event } = parseRawLine(line);
        if (event?.businessDate !== businessDate || !isOurs(event.storeId)) continue;
        eventIds.add(event.eventId);
        book.add(event);
      }
    }
  }
  return eventIds.size;
}

interface LedgerOfShard {
  /** Entries of the date, by store. */
  readonly entries: Map<StoreId, LedgerEntry[]>;
  /** Entries of other dates that name one of the date's documents, by document. */
  readonly elsewhere: Map<string, LedgerEntry[]>;
  /** The files of the date and of its neighbours. */
  readonly names: readonly string[];
  readonly errors: LedgerRowError[];
}

const MAX_ROW_ERRORS = 1_000;

/** Files of the neighbouring dates are read too, as a document may have been posted there. */
async function readLedger(
  { days, ledgerFiles }: LoadParts,
  { businessDate }: Shard,
  inputs: DayInputs,
  stores: StoreLookup,
  isOurs: (storeId: string) => boolean,
  documentIds: ReadonlySet<string>,
): Promise<LedgerOfShard> {
  const own = new Set(inputs.ledgerFiles.map((file) => file.name));
  const neighbours = new Set<string>(neighboursOf(businessDate));
  const names = new Set(own);
  for (const date of neighbours) {
    const { ledgerFiles: files } = await days.inputsOf(date);
    for (const file of files) names.add(file.name);
  }
  const found: LedgerOfShard = {
    entries: new Map(),
    elsewhere: new Map(),
    names: [...names].sort(),
    errors: [],
  };
  for (const name of found.names) {
    for await (const row of ledgerFiles.rows(name)) {
      if (!row.ok) {
        if (own.has(name) && found.errors.length < MAX_ROW_ERRORS) found.errors.push(row.error);
        continue;
      }
      const { entry } = row;
      const { storeId } = stores.ofDimension(entry.storeDimension);
      if (!isOurs(storeId)) continue;
      const key = documentKey(storeId, entry.documentNumber);
      if (entry.accountingDate === businessDate) append(found.entries, storeId, entry);
      else if (neighbours.has(entry.accountingDate) && documentIds.has(key))
        append(found.elsewhere, key, entry);
    }
  }
  return found;
}

function append<K>(map: Map<K, LedgerEntry[]>, key: K, entry: LedgerEntry): void {
  const list = map.get(key);
  if (list) list.push(entry);
  else map.set(key, [entry]);
}

/** Looks on the neighbouring dates for documents that the ledger alone has on this date. */
async function lookElsewhere(
  { days, blobs, ledgerFiles }: LoadParts,
  businessDate: BusinessDate,
  stores: StoreLookup,
  isOurs: (storeId: string) => boolean,
  ledger: LedgerOfShard,
  documentIds: ReadonlySet<string>,
): Promise<Elsewhere> {
  const wanted = new Set<string>();
  for (const [storeId, entries] of ledger.entries) {
    for (const { documentNumber } of entries) {
      const key = documentKey(storeId, documentNumber);
      if (documentNumber !== '' && !documentIds.has(key)) wanted.add(key);
    }
  }
  const dates = new Map<string, BusinessDate>();
  for (const date of wanted.size === 0 ? [] : neighboursOf(businessDate)) {
    for (const blob of (await days.inputsOf(date)).blobs) {
      if (blob.stores && !blob.stores.some(isOurs)) continue;
      for await (const lines of blobs.lines(blob.name)) {
        for (const line of lines) {
          if (!mayBeOfDate(line, date)) continue;
          const { event } = parseRawLine(line);
          if (event?.businessDate !== date) continue;
          const id = event.kind === 'transaction' ? event.transactionId : event.eventId;
          const key = documentKey(event.storeId, id);
          if (wanted.has(key) && !dates.has(key)) dates.set(key, date);
        }
      }
    }
  }
  // Where the ledger has such a document on its own date too, it was not moved but posted twice.
  for (const name of dates.size === 0 ? [] : ledger.names) {
    for await (const row of ledgerFiles.rows(name)) {
      if (!row.ok) continue;
      const key = documentKey(stores.ofDimension(row.entry.storeDimension).storeId, row.entry.documentNumber);
      if (dates.get(key) === row.entry.accountingDate) append(ledger.elsewhere, key, row.entry);
    }
  }
  return {
    entriesOf: (storeId, documentId) => ledger.elsewhere.get(documentKey(storeId, documentId)) ?? [],
    businessDateOf: (storeId, documentId) => dates.get(documentKey(storeId, documentId)),
  };
}
