import { PermanentError } from '../../../shared/errors.ts';
import type { Days, MovedMark } from '../../../shared/azure/days/days.ts';
import type { HubGeneration } from '../../../shared/azure/hub/hub-generation.ts';
import type { HubReader, PartitionRange } from '../../../shared/azure/landing/landing-reader.ts';
import { rawBlobName, type RawBlobs } from '../../../shared/azure/landing/raw-blobs.ts';
import type { Logger } from '../../../shared/log.ts';
import type { DeadLetters } from '../../../shared/pos/dead-letter.ts';
import { forEachBounded } from '../../../shared/bounded.ts';
import { chunksOf, oneAhead, type Chunk } from './chunks.ts';
import { lastLanded, readBack } from './landed-before.ts';
import { afterGoingBack, landingStart, missingBefore } from './landing-start.ts';
import { buryUnreadable, noteChunk, noteGaps } from './note.ts';

export interface LandParts {
  readonly hub: HubReader;
  readonly blobs: RawBlobs;
  readonly days: Days;
  readonly deadLetters: DeadLetters;
  /** Bounds of one blob before compression, and so of what is held in memory per partition. */
  readonly maxBlobBytes: number;
  readonly maxBlobEvents: number;
  /** Partitions that are read at the same time. */
  readonly concurrency: number;
}

export type Land = (log: Logger) => Promise<LandResult>;

interface LandResult {
  readonly events: number;
  readonly deadLetters: number;
  readonly blobs: number;
}

/**
 * Moves what the hub holds into raw blobs. Per partition, and in this order: create the blob, note it for its dates,
 * bury what is unreadable, move the mark. A blob is created once and never changed; a run that finds one where it
 * wanted to write takes it as it is and goes on behind it. So blobs never overlap and never leave a gap, wherever a
 * run is killed and however many run at once (promise P8).
 *
 * A partition that cannot be landed does not affect the others: they are landed before its error is thrown.
 */
export function createLand(parts: LandParts): Land {
  return async (log) => {
    const total = { events: 0, deadLetters: 0, blobs: 0 };
    const generation = await parts.hub.generation();
    const faults: unknown[] = [];
    await forEachBounded(await parts.hub.partitions(), parts.concurrency, async (partition) => {
      try {
        await landPartition(parts, partition, generation, total, log);
      } catch (thrown) {
        log.error('A partition could not be landed', { partition }, thrown);
        faults.push(thrown);
      }
    });
    log.info('landed', total);
    if (faults.length > 0) throw faults[0];
    return total;
  };
}

type Total = { -readonly [name in keyof LandResult]: LandResult[name] };

/** Where a run is in a partition. */
interface Position {
  readonly generation: HubGeneration;
  readonly next: number;
  readonly etag: string | undefined;
}

async function landPartition(
  parts: LandParts,
  partition: string,
  hub: HubGeneration,
  total: Total,
  log: Logger,
): Promise<void> {
  const range = await parts.hub.range(partition);
  let position: Position | undefined = await startOf(parts, partition, hub, range, log);
  while (position && position.next <= range.lastSequenceNumber) {
    const before: Position = position;
    position = await landFrom(parts, partition, before, range, total, log);
    if (position?.next === before.next && position.generation === before.generation) return;
  }
}

/**
 * Lands until the end of the range, or until reading has to start over.
 * @returns undefined where another run has moved the mark: it goes on, and the next run sees how far it came.
 */
async function landFrom(
  parts: LandParts,
  partition: string,
  start: Position,
  range: PartitionRange,
  total: Total,
  log: Logger,
): Promise<Position | undefined> {
  const { generation } = start;
  let { next, etag } = start;
  const chunks = chunksOf(parts, partition, next, range.lastSequenceNumber);
  for await (const chunk of oneAhead(chunks)) {
    const landed = await landChunk(parts, partition, generation, chunk);
    // The name is taken by other events: the hub gives out numbers a second time.
    if (!landed) return { generation: afterGoingBack(generation), next: range.firstSequenceNumber, etag };
    const dropped = missingBefore(partition, generation, next, landed);
    const toMs = Date.parse(landed.positions[0]?.enqueuedAt ?? '');
    if (dropped.length > 0) await noteGaps(parts, partition, dropped, { fromMs: undefined, toMs }, log);
    next = landed.last + 1;
    total.events += landed.lines.length;
    total.deadLetters += landed.deadLetters;
    total.blobs += 1;
    etag = await move(parts, { partition, generation, next, etag }, range);
    if (etag === undefined) return undefined;
    // A blob that was there already may end elsewhere than this chunk, so reading starts behind it.
    if (landed.adopted) break;
  }
  return { generation, next, etag };
}

function move(
  { days }: LandParts,
  { partition, generation, next, etag }: Position & { partition: string },
  range: PartitionRange,
): Promise<string | undefined> {
  const mark: MovedMark = {
    partition,
    generation,
    nextSequenceNumber: next,
    lastEnqueued: range.lastSequenceNumber,
    etag,
  };
  return days.moveLandingMark(mark);
}

const NEWS = {
  'hub-created-anew': 'The hub was recreated; landing starts at its first event',
  'hub-went-back': 'The hub is behind the landing mark; landing starts at its first event again',
  'mark-missing': 'The landing mark is missing; landing continues from the hub and the raw blobs',
} as const;

/** Where to begin. What the hub has dropped is buried and noted before the mark moves over it. */
async function startOf(
  parts: LandParts,
  partition: string,
  hub: HubGeneration,
  range: PartitionRange,
  log: Logger,
): Promise<Position | undefined> {
  const stored = await parts.days.landingMark(partition);
  const recovered = stored ? undefined : await recoverMark(parts, partition, hub);
  const {
    generation,
    nextSequenceNumber: next,
    gaps,
    news,
  } = landingStart(partition, stored ?? recovered, hub, range);
  const etag = stored?.etag;
  if (news !== undefined || recovered)
    log.error(NEWS[news ?? 'mark-missing'], { partition, next, markWas: stored?.nextSequenceNumber });
  if (gaps.length === 0 && news === undefined) return { generation, next, etag };
  const toMs = gaps.length > 0 ? await enqueuedMs(parts.hub, partition, next, range) : undefined;
  await noteGaps(parts, partition, gaps, { fromMs: stored?.writtenAtMs, toMs }, log);
  const moved = await move(parts, { partition, generation, next, etag }, range);
  return moved === undefined ? undefined : { generation, next, etag: moved };
}

async function enqueuedMs(
  hub: HubReader,
  partition: string,
  sequenceNumber: number,
  { lastSequenceNumber }: PartitionRange,
): Promise<number | undefined> {
  if (sequenceNumber > lastSequenceNumber) return undefined;
  for await (const [event] of hub.read(partition, sequenceNumber, sequenceNumber))
    return event && Date.parse(event.enqueuedAt);
  return undefined;
}

/** The mark as the raw blobs show it, where its row is gone. What the last blob may lack in other places is made good. */
async function recoverMark(parts: LandParts, partition: string, hub: HubGeneration) {
  const landed = await lastLanded(parts.blobs, partition, hub);
  if (!landed) return undefined;
  await noteChunk(parts.days, partition, landed);
  await buryUnreadable(parts.deadLetters, partition, landed);
  return {
    partition,
    generation: landed.generation === '' ? hub : landed.generation,
    nextSequenceNumber: landed.last + 1,
    lastEnqueued: landed.last,
    writtenAtMs: undefined,
    etag: undefined,
  };
}

interface Landed extends Chunk {
  readonly deadLetters: number;
  readonly adopted: boolean;
}

/** @returns undefined where a blob of this name holds other events, or cannot be read. */
async function landChunk(
  parts: LandParts,
  partition: string,
  generation: HubGeneration,
  chunk: Chunk,
): Promise<Landed | undefined> {
  const name = rawBlobName(partition, generation, chunk.first);
  const created = await parts.blobs.create(
    name,
    chunk.lines.map(({ line }) => line),
  );
  const landed = created ? chunk : await adopt(parts.blobs, partition, name, chunk);
  if (!landed) return undefined;
  await noteChunk(parts.days, partition, { ...landed, name, generation });
  const deadLetters = await buryUnreadable(parts.deadLetters, partition, { ...landed, generation });
  return { ...landed, deadLetters, adopted: !created };
}

/** Reads back a blob that an earlier run has created, as if this one had. */
async function adopt(
  blobs: RawBlobs,
  partition: string,
  name: string,
  { first, positions }: Chunk,
): Promise<Chunk | undefined> {
  try {
    const landed = await readBack(blobs, partition, name, first);
    return landed.positions[0]?.enqueuedAt === positions[0]?.enqueuedAt ? landed : undefined;
  } catch (thrown) {
    // Its events are in the hub still, and are landed under another name.
    if (thrown instanceof PermanentError) return undefined;
    throw thrown;
  }
}
