import { rm } from 'node:fs/promises';
import type { CompactedDays } from '../../../shared/azure/lake/compacted-days.ts';
import type { DayBlob } from '../../../shared/azure/days/days.ts';
import { DayParquetWriter } from '../../../shared/azure/duckdb/day-parquet.ts';
import type { LakeDatabase } from '../../../shared/azure/duckdb/lake-database.ts';
import type { RawBlobs } from '../../../shared/azure/landing/raw-blobs.ts';
import { forEachBounded } from '../../../shared/bounded.ts';
import type { BusinessDate } from '../../../shared/ids.ts';
import type { DynamicsSetup } from '../../../shared/forecast/setup.ts';
import { StoreCompactor } from '../../../shared/lake/compact-stores.ts';
import type { ManifestPart } from '../../../shared/lake/manifest.ts';
import { mayBeOfDate, parseRawLine } from '../../../shared/pos/landing-line.ts';
import { isPlausibleDate } from '../../../shared/pos/plausible-date.ts';
import type { DayBookOptions } from '../../../shared/reconciliation/day-book.ts';
import { LineBuckets } from './line-buckets.ts';

/** Events whose books are held at a time. One store with more of them in a day is held as a whole. */
const EVENTS_AT_ONCE = 20_000;
/** Receipts from which on a file is written. */
const ROWS_OF_FILE = 120_000;
const BLOBS_AT_ONCE = 8;

export interface DateToCompact {
  readonly blobs: readonly DayBlob[];
  readonly options: DayBookOptions;
  readonly setup: DynamicsSetup;
  /** Shards of the date's reconciliation: a file holds stores of one of them. */
  readonly shards: number;
}

/**
 * Reads the raw lines of a date, parses each once, and writes what reconciliation needs of them.
 * @param folder where the outcome goes, in the lake.
 * @param scratch an empty folder of this machine.
 * @throws PermanentError where a blob cannot be read: such a date is reconciled from what can be.
 */
export async function compactDate(
  parts: { readonly blobs: RawBlobs; readonly compacted: CompactedDays },
  db: LakeDatabase,
  { blobs, options, setup, shards }: DateToCompact,
  folder: string,
  scratch: string,
): Promise<ManifestPart[]> {
  const { businessDate } = options;
  const events = blobs.reduce((sum, blob) => sum + blob.events, 0);
  const rounds = Math.ceil(events / shards / EVENTS_AT_ONCE);
  const buckets = new LineBuckets(scratch, shards * Math.max(1, rounds));
  await forEachBounded(blobs, BLOBS_AT_ONCE, async ({ name }) => {
    for await (const lines of parts.blobs.lines(name))
      for (const line of lines) {
        const written = mayBeOfDate(line, businessDate) ? buckets.add(line) : undefined;
        if (written) await written;
      }
  });
  await buckets.close();
  const writer = new DayParquetWriter(db, scratch);
  const written: ManifestPart[] = [];
  const end = async (): Promise<void> => {
    const part = await writer.end();
    if (!part) return;
    written.push(await parts.compacted.putPart(folder, part, written.length + 1));
    for (const file of Object.values(part.files)) await rm(file);
  };
  for (let shard = 0; shard < shards; shard += 1) {
    for (let round = 0; round < Math.max(1, rounds); round += 1) {
      const compactor = new StoreCompactor(options, setup);
      for await (const lines of buckets.lines(shard + round * shards))
        for (const line of lines) addLine(compactor, line, businessDate);
      await writer.begin();
      compactor.close(writer);
      if (writer.rows >= ROWS_OF_FILE) await end();
    }
    await end();
  }
  return written;
}

function addLine(compactor: StoreCompactor, line: string, businessDate: BusinessDate): void {
  const { event, enqueuedAt } = parseRawLine(line);
  if (event?.businessDate === businessDate && isPlausibleDate(businessDate, enqueuedAt)) compactor.add(event);
}
