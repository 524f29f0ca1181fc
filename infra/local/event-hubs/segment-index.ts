import { readFile, rename, writeFile } from 'node:fs/promises';
import type { RecordHeader } from './record.ts';
import { positionAfter } from './record.ts';
import type { ProducerState } from './producers.ts';

/** One entry in so many bytes: finding a position reads at most this much of the segment beyond it. */
const SPACING_BYTES = 65_536;

/** `[position, sequence number, enqueued time]` of a record. */
export type IndexEntry = readonly [position: number, sequence: number, timeMs: number];

/** What one must know of a segment to find records in it and to let it expire. */
export interface SegmentSummary {
  readonly version: 2;
  /** Bytes of whole records. */
  readonly size: number;
  readonly nextSequence: number;
  readonly firstTimeMs: number;
  readonly lastTimeMs: number;
  readonly entries: readonly IndexEntry[];
  /** Where each idempotent producer stood at the end of the segment. */
  readonly producers: readonly ProducerState[];
}

/** Builds the sparse index of a segment while its records are written, or scanned after a start. */
export class SegmentIndex {
  readonly basePosition: number;
  size = 0;
  nextSequence: number;
  firstTimeMs = 0;
  lastTimeMs = 0;
  readonly entries: IndexEntry[] = [];

  constructor(basePosition: number, baseSequence: number) {
    this.basePosition = basePosition;
    this.nextSequence = baseSequence;
  }

  add(record: RecordHeader): void {
    const last = this.entries.at(-1);
    if (!last || record.position - last[0] >= SPACING_BYTES)
      this.entries.push([record.position, record.firstSequence, record.enqueuedTimeMs]);
    if (this.size === 0) this.firstTimeMs = record.enqueuedTimeMs;
    this.lastTimeMs = record.enqueuedTimeMs;
    this.size = positionAfter(record) - this.basePosition;
    this.nextSequence = record.firstSequence + record.count;
  }

  summary(producers: readonly ProducerState[]): SegmentSummary {
    const { size, nextSequence, firstTimeMs, lastTimeMs, entries } = this;
    return { version: 2, size, nextSequence, firstTimeMs, lastTimeMs, entries, producers };
  }
}

const indexPath = (segmentPath: string): string => segmentPath.replace(/\.log$/, '.index.json');

/** Writes the summary of a sealed segment beside it, whole or not at all. */
export async function saveSummary(segmentPath: string, summary: SegmentSummary): Promise<void> {
  const path = indexPath(segmentPath);
  await writeFile(`${path}.tmp`, JSON.stringify(summary));
  await rename(`${path}.tmp`, path);
}

/** The saved summary, or undefined where there is none that fits the segment: it can then be rebuilt by a scan. */
export async function loadSummary(segmentPath: string, size: number): Promise<SegmentSummary | undefined> {
  let text: string;
  try {
    text = await readFile(indexPath(segmentPath), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const summary = JSON.parse(text) as SegmentSummary;
    return summary.version === 2 && summary.size === size ? summary : undefined;
  } catch {
    // A torn index costs a scan, nothing else.
    return undefined;
  }
}

export const indexPathOf = indexPath;

/** The last entry that `isBefore` the wanted place, so scanning from there cannot miss it. */
export function lastEntryBefore(
  entries: readonly IndexEntry[],
  isBefore: (entry: IndexEntry) => boolean,
): IndexEntry | undefined {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = entries[middle];
    if (entry && isBefore(entry)) low = middle + 1;
    else high = middle;
  }
  return entries[low - 1];
}
