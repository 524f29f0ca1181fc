import { createHash } from 'node:crypto';
import type { DayBlob, DayInputs, DayLedgerFile, Days, Unfetched } from '../../../shared/azure/days/days.ts';
import type { BusinessDate } from '../../../shared/ids.ts';
import { DAY_MS, epochMsOf, HOUR_MS } from '../../../shared/time.ts';
import { neighboursOf } from './neighbour-dates.ts';
import { endsEverywhereMs, shardOf, type StoreLookup } from './store-lookup.ts';

/** What a neighbouring date gives: its ledger files, and its events once they are complete. */
export interface NeighbourState {
  readonly businessDate: BusinessDate;
  readonly ledgerFiles: readonly DayLedgerFile[];
  /** Empty while the date has not ended: it would change with every minute. */
  readonly blobs: readonly DayBlob[];
  readonly fingerprint: string;
}

/** All inputs of a date's report. */
export interface DayState {
  readonly businessDate: BusinessDate;
  readonly inputs: DayInputs;
  readonly hasEnded: boolean;
  readonly neighbours: readonly NeighbourState[];
  /** Changes with the neighbours' data, which a report with open items depends on. */
  readonly around: string;
}

/** Changes when the same data could give a different shard result, so results are never mixed. */
const RESULT_FORMAT = 5;

export async function dayState(
  days: Days,
  stores: StoreLookup,
  businessDate: BusinessDate,
  nowMs: number,
): Promise<DayState> {
  const inputs = await days.inputsOf(businessDate);
  const neighbours: NeighbourState[] = [];
  for (const date of neighboursOf(businessDate))
    neighbours.push(await neighbourState(days, stores, date, nowMs));
  return {
    businessDate,
    inputs,
    hasEnded: hasEnded(businessDate, inputs, stores, nowMs),
    neighbours,
    around: aroundOf(neighbours),
  };
}

export async function neighbourState(
  days: Days,
  stores: StoreLookup,
  businessDate: BusinessDate,
  nowMs: number,
): Promise<NeighbourState> {
  if (mayHaveEnded(businessDate, nowMs)) {
    const inputs = await days.inputsOf(businessDate);
    if (hasEnded(businessDate, inputs, stores, nowMs)) {
      const { ledgerFiles, blobs, fingerprint } = inputs;
      return { businessDate, ledgerFiles, blobs, fingerprint: `ended ${fingerprint}` };
    }
  }
  const { ledgerFiles, ledgerFingerprint } = await days.ledgerInputsOf(businessDate);
  return { businessDate, ledgerFiles, blobs: [], fingerprint: `open ${ledgerFingerprint}` };
}

export function aroundOf(
  neighbours: readonly Pick<NeighbourState, 'businessDate' | 'fingerprint'>[],
): string {
  return digestOf(neighbours.map(({ businessDate, fingerprint }) => `${businessDate} ${fingerprint}`));
}

/** The first zone begins the next day 14 hours before UTC does: before that no store's date has ended. */
export function mayHaveEnded(businessDate: BusinessDate, nowMs: number): boolean {
  return nowMs >= epochMsOf(`${businessDate}T00:00:00Z`) + DAY_MS - 14 * HOUR_MS;
}

/** Whether the date has ended in each store that has data of it. */
export function hasEnded(
  businessDate: BusinessDate,
  inputs: DayInputs,
  stores: StoreLookup,
  nowMs: number,
): boolean {
  for (const store of storesOf(inputs, stores)) {
    if (nowMs < (stores.dayEndMs(store, businessDate) ?? endsEverywhereMs(businessDate))) return false;
  }
  return true;
}

/** The stores with anything of the date. */
export function storesOf(inputs: DayInputs, stores: StoreLookup): Set<string> {
  const found = new Set<string>();
  for (const blob of [...inputs.blobs, ...inputs.quarantined])
    for (const store of blob.stores ?? stores.all) found.add(store);
  for (const file of inputs.ledgerFiles) for (const store of storesOfFile(file, stores)) found.add(store);
  return found;
}

export function storesOfFile({ dimensions }: DayLedgerFile, stores: StoreLookup): readonly string[] {
  return dimensions?.map((dimension) => stores.ofDimension(dimension).storeId) ?? stores.all;
}

/** Whether a store belongs to a shard. */
export const isOfShard =
  (shard: number, shards: number) =>
  (storeId: string): boolean =>
    shardOf(storeId, shards) === shard;

/** A blob or file whose stores are too many to list may hold any store. */
export function concerns(
  stores: readonly string[] | undefined,
  isOurs: (storeId: string) => boolean,
): boolean {
  return stores === undefined || stores.some(isOurs);
}

/**
 * The inputs of one shard of a date, and nothing else: new data of a store makes one shard's result stale, not those of
 * the whole chain.
 * @param masterData changes with the stores and the posting profile.
 */
export function shardFingerprint(
  { inputs, neighbours }: DayState,
  { shard, shards }: { readonly shard: number; readonly shards: number },
  stores: StoreLookup,
  masterData: string,
): string {
  const isOurs = isOfShard(shard, shards);
  const lines = [`format ${RESULT_FORMAT}`, masterData];
  const addBlobs = (kind: string, blobs: readonly DayBlob[]): void => {
    for (const { name, stores: of } of blobs) if (concerns(of, isOurs)) lines.push(`${kind} ${name}`);
  };
  const addFiles = (kind: string, files: readonly DayLedgerFile[], isOwn: boolean): void => {
    for (const file of files) {
      if ((isOwn && isReadBy(shard, file)) || storesOfFile(file, stores).some(isOurs))
        lines.push(`${kind} ${file.name} ${file.etag}`);
    }
  };
  addBlobs('blob', inputs.blobs);
  addBlobs('quarantined', inputs.quarantined);
  addFiles('file', inputs.ledgerFiles, true);
  if (isFirst(shard)) for (const gap of inputs.gaps) lines.push(`gap ${JSON.stringify(gap)}`);
  for (const one of inputs.unfetched)
    if (isToldBy(shard, one, isOurs)) lines.push(`unfetched ${JSON.stringify(one)}`);
  for (const { businessDate, blobs, ledgerFiles } of neighbours) {
    addBlobs(`blob ${businessDate}`, blobs);
    addFiles(`file ${businessDate}`, ledgerFiles, false);
  }
  return digestOf(lines);
}

/**
 * Files that a shard reads even where no row is of its stores: a row that could not be read may be of any store. A file
 * that a version before indexed says nothing of such rows.
 */
export const isReadBy = (shard: number, { badRows }: DayLedgerFile): boolean => isFirst(shard) || badRows > 0;

/** Anything that belongs to no store, such as a gap in the hub, is reported by the first shard. */
export const isFirst = (shard: number): boolean => shard === 0;

/** What a vendor holds and we do not is reported with its stores, or by the first shard where they are not known. */
export const isToldBy = (
  shard: number,
  { stores }: Unfetched,
  isOurs: (storeId: string) => boolean,
): boolean => (stores.length === 0 ? isFirst(shard) : stores.some(isOurs));

export function digestOf(lines: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(lines)).digest('hex').slice(0, 32);
}
