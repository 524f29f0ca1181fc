import { createHash } from 'node:crypto';
import type { DayBlob, Days } from '../../../shared/azure/days/days.ts';
import { landedLine, type HubEvent, type LandedLine } from '../../../shared/pos/landing-line.ts';
import type { HubReader } from '../../../shared/azure/landing/landing-reader.ts';
import type { Logger } from '../../../shared/azure/log.ts';
import { rawBlobName, type RawBlobs } from '../../../shared/azure/landing/raw-blobs.ts';
import type { DeadLetters } from '../../../shared/pos/dead-letter.ts';

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
 */
export function createLand(parts: LandParts): Land {
  return async (log) => {
    const total = { events: 0, deadLetters: 0, blobs: 0 };
    const waiting = await parts.hub.partitions();
    const work = async (): Promise<void> => {
      for (let partition = waiting.shift(); partition !== undefined; partition = waiting.shift()) {
        const landed = await landPartition(parts, partition, log);
        total.events += landed.events;
        total.deadLetters += landed.deadLetters;
        total.blobs += landed.blobs;
      }
    };
    // All finish what they have begun before the first fault is told.
    const outcomes = await Promise.allSettled(Array.from({ length: parts.concurrency }, work));
    log.info('landed', total);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    return total;
  };
}

async function landPartition(parts: LandParts, partition: string, log: Logger): Promise<LandResult> {
  const range = await parts.hub.range(partition);
  const mark = await parts.days.landingMark(partition);
  let next = mark?.nextSequenceNumber ?? Math.max(0, range.firstSequenceNumber);
  let etag = mark?.etag;
  const total = { events: 0, deadLetters: 0, blobs: 0 };
  if (range.lastSequenceNumber < next - 1)
    log.error('The hub is behind its own raw landing: was it created anew?', { partition, next });
  if (next < range.firstSequenceNumber && range.lastSequenceNumber >= next)
    log.error('The hub has dropped events before they were landed', {
      partition,
      from: next,
      to: range.firstSequenceNumber - 1,
    });
  while (next <= range.lastSequenceNumber) {
    const before = next;
    for await (const chunk of oneAhead(chunksOf(parts, partition, next, range.lastSequenceNumber))) {
      const landed = await landChunk(parts, partition, chunk);
      next = landed.next;
      total.events += landed.events;
      total.deadLetters += landed.deadLetters;
      total.blobs += 1;
      const moved = { partition, nextSequenceNumber: next, lastEnqueued: range.lastSequenceNumber, etag };
      // Another run is at the same partition: it goes on from here, and the next run will see how far it came.
      etag = await parts.days.moveLandingMark(moved);
      if (etag === undefined) return total;
      // A blob that was there already may end elsewhere than this chunk, so that reading starts behind it.
      if (landed.adopted) break;
    }
    if (next === before) return total;
  }
  return total;
}

interface Chunk {
  readonly first: number;
  readonly last: number;
  readonly lines: readonly LandedLine[];
  readonly positions: readonly { readonly sequenceNumber: number; readonly enqueuedAt: string }[];
}

/** Cuts a partition's events into what one blob takes. */
async function* chunksOf(
  { hub, maxBlobBytes, maxBlobEvents }: LandParts,
  partition: string,
  first: number,
  last: number,
): AsyncGenerator<Chunk> {
  let lines: LandedLine[] = [];
  let positions: HubEvent[] = [];
  let bytes = 0;
  const chunk = (): Chunk => ({
    first: positions[0]?.sequenceNumber ?? first,
    last: positions.at(-1)?.sequenceNumber ?? first,
    lines,
    positions: positions.map(({ sequenceNumber, enqueuedAt }) => ({ sequenceNumber, enqueuedAt })),
  });
  for await (const events of hub.read(partition, first, last)) {
    for (const event of events) {
      const line = landedLine(partition, event);
      lines.push(line);
      positions.push(event);
      bytes += line.line.length;
      if (bytes < maxBlobBytes && lines.length < maxBlobEvents) continue;
      yield chunk();
      lines = [];
      positions = [];
      bytes = 0;
    }
  }
  if (lines.length > 0) yield chunk();
}

/** Reads the next chunk while the caller writes the one before it. */
async function* oneAhead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = source.next();
  try {
    while (true) {
      const item = await next;
      if (item.done === true) return;
      next = source.next();
      // Its fault, if it has one, is told when it is awaited.
      next.catch(() => undefined);
      yield item.value;
    }
  } finally {
    await source.return(undefined);
  }
}

interface Landed {
  readonly next: number;
  readonly events: number;
  readonly deadLetters: number;
  readonly adopted: boolean;
}

async function landChunk(parts: LandParts, partition: string, chunk: Chunk): Promise<Landed> {
  const name = rawBlobName(partition, chunk.first);
  const created = await parts.blobs.create(
    name,
    chunk.lines.map(({ line }) => line),
  );
  const landed = created ? chunk : await adopt(parts.blobs, partition, name, chunk.first);
  const blob = { name, partition, firstSequenceNumber: chunk.first };
  await noteDates(parts.days, blob, landed.lines);
  const deadLetters = await bury(parts.deadLetters, partition, landed);
  return { next: landed.last + 1, events: landed.lines.length, deadLetters, adopted: !created };
}

/** Reads back a blob that an earlier run has created, as if this one had. */
async function adopt(blobs: RawBlobs, partition: string, name: string, first: number): Promise<Chunk> {
  const lines: LandedLine[] = [];
  const positions: { sequenceNumber: number; enqueuedAt: string }[] = [];
  for await (const texts of blobs.lines(name)) {
    for (const text of texts) {
      const { sequenceNumber, enqueuedAt, body } = hubEventOf(text);
      lines.push(landedLine(partition, { sequenceNumber, enqueuedAt, body }));
      positions.push({ sequenceNumber, enqueuedAt });
    }
  }
  return { first, last: positions.at(-1)?.sequenceNumber ?? first, lines, positions };
}

function hubEventOf(text: string): HubEvent {
  const { hubSequenceNumber, enqueuedAt, event, raw } = JSON.parse(text) as {
    hubSequenceNumber: number;
    enqueuedAt: string;
    event?: unknown;
    raw?: string;
  };
  const body = raw === undefined ? Buffer.from(JSON.stringify(event)) : bytesOfRaw(raw);
  return { sequenceNumber: hubSequenceNumber, enqueuedAt, body };
}

function bytesOfRaw(raw: string): Buffer {
  return raw.startsWith('base64:') ? Buffer.from(raw.slice(7), 'base64') : Buffer.from(raw);
}

const DATES_AT_ONCE = 16;

/** First the blob under each date, then the marks that make planning look at these dates. */
async function noteDates(
  days: Days,
  blob: Pick<DayBlob, 'name' | 'partition' | 'firstSequenceNumber'>,
  lines: readonly LandedLine[],
): Promise<void> {
  const dates = new Map<string, { events: number; stores: Set<string> }>();
  for (const line of lines) {
    if (!line.readable) continue;
    const date = dates.get(line.businessDate) ?? { events: 0, stores: new Set() };
    dates.set(line.businessDate, date);
    date.events += 1;
    date.stores.add(line.storeId);
  }
  const all = [...dates];
  for (let from = 0; from < all.length; from += DATES_AT_ONCE) {
    await Promise.all(
      all
        .slice(from, from + DATES_AT_ONCE)
        .map(([businessDate, { events, stores }]) =>
          days.addBlob(businessDate, { ...blob, events, stores: [...stores].sort() }),
        ),
    );
  }
  if (all.length > 0) await days.markDirty([...dates.keys()]);
}

async function bury(deadLetters: DeadLetters, partition: string, chunk: Chunk): Promise<number> {
  let buried = 0;
  for (const [index, line] of chunk.lines.entries()) {
    if (line.readable) continue;
    const { sequenceNumber = 0, enqueuedAt = '' } = chunk.positions[index] ?? {};
    const { code, message, where, payload } = line;
    const digest = createHash('sha256').update(payload).digest('hex').slice(0, 16);
    await deadLetters.bury({
      deadLetterId: `${partition}-${sequenceNumber}-${digest}`,
      stage: 'land',
      code,
      message,
      ...(where === undefined ? {} : { where }),
      // The time of the hub: a repeat writes the same letter.
      diedAt: enqueuedAt,
      // What is JSON may be readable for a newer release; what is not even that never will be.
      replay: code === 'bad-json' ? { to: 'nowhere' } : { to: 'hub' },
      payload,
    });
    buried += 1;
  }
  return buried;
}
