import type { DayInputs, Days } from '../../../shared/azure/days/days.ts';
import { mayBeOfDate, parseRawLine } from '../../../shared/pos/landing-line.ts';
import type { LedgerFiles } from '../../../shared/azure/days/ledger-files.ts';
import type { RawBlobs } from '../../../shared/azure/landing/raw-blobs.ts';
import type { BusinessDate, StoreId } from '../../../shared/ids.ts';
import type { LedgerRowError } from '../../../shared/ledger/ledger-row.ts';
import type { LedgerEntry } from '../../../shared/ledger/posting.ts';
import type { PostingProfile } from '../../../shared/ledger/posting-profile.ts';
import { DayBook, emptyDay, type DayBookOptions } from '../../../shared/reconciliation/day-book.ts';
import { OtherDates } from '../../../shared/reconciliation/other-dates.ts';
import {
  reconcileStores,
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
  const options: DayBookOptions = {
    businessDate,
    profile,
    dayEndMsOf: (storeId) => stores.dayEndMs(storeId, businessDate),
  };
  const book = new DayBook(options);
  const events = await readEvents(parts.blobs, inputs, businessDate, isOurs, book);
  const storeDays = new Map(book.close().map((day) => [day.storeId, day]));
  const documentIds = new Set<string>();
  for (const day of storeDays.values())
    for (const { documentId } of day.documents) documentIds.add(documentKey(day.storeId, documentId));
  const ledger = await readLedger(parts, shard, inputs, stores, isOurs, documentIds);
  const storeIds = [...new Set([...storeDays.keys(), ...ledger.entries.keys()])].sort();
  const storeInputs = storeIds.map((storeId): StoreInput => ({
    day: storeDays.get(storeId) ?? emptyDay(storeId),
    entries: ledger.entries.get(storeId) ?? [],
    known: stores.dayEndMs(storeId, businessDate) !== undefined,
  }));
  const otherDates = new OtherDates(options);
  askFor(otherDates, ledger, documentIds);
  await readOtherDates(parts, businessDate, stores, isOurs, ledger.names, otherDates);
  return {
    businessDate,
    ...reconcileStores(businessDate, storeInputs, otherDates),
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
  /** Documents of the date that the ledger names on other dates, by key. */
  readonly elsewhere: Map<string, { readonly storeId: StoreId; readonly documentId: string }>;
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
        found.elsewhere.set(key, { storeId, documentId: entry.documentNumber });
    }
  }
  return found;
}

function append<K>(map: Map<K, LedgerEntry[]>, key: K, entry: LedgerEntry): void {
  const list = map.get(key);
  if (list) list.push(entry);
  else map.set(key, [entry]);
}

/** Other dates are asked for what one side alone has on this date. */
function askFor(otherDates: OtherDates, ledger: LedgerOfShard, documentIds: ReadonlySet<string>): void {
  const named = new Set<string>();
  for (const [storeId, entries] of ledger.entries) {
    for (const { documentNumber } of entries) {
      const key = documentKey(storeId, documentNumber);
      named.add(key);
      if (documentNumber !== '' && !documentIds.has(key)) otherDates.ask(storeId, documentNumber);
    }
  }
  for (const [key, { storeId, documentId }] of ledger.elsewhere)
    if (!named.has(key)) otherDates.ask(storeId, documentId);
}

async function readOtherDates(
  { days, blobs, ledgerFiles }: LoadParts,
  businessDate: BusinessDate,
  stores: StoreLookup,
  isOurs: (storeId: string) => boolean,
  names: readonly string[],
  otherDates: OtherDates,
): Promise<void> {
  if (!otherDates.isAsked) return;
  const neighbours = new Set(neighboursOf(businessDate));
  for (const date of neighbours) {
    for (const blob of (await days.inputsOf(date)).blobs) {
      if (blob.stores && !blob.stores.some(isOurs)) continue;
      for await (const lines of blobs.lines(blob.name)) {
        for (const line of lines) {
          if (!mayBeOfDate(line, date)) continue;
          const { event } = parseRawLine(line);
          if (event?.businessDate === date) otherDates.addEvent(event);
        }
      }
    }
  }
  for (const name of names) {
    for await (const row of ledgerFiles.rows(name)) {
      if (!row.ok || !neighbours.has(row.entry.accountingDate)) continue;
      otherDates.addEntry(stores.ofDimension(row.entry.storeDimension).storeId, row.entry);
    }
  }
}
