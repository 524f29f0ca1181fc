import { landedLine, type HubEvent, type LandedLine } from '../../../shared/pos/landing-line.ts';
import type { HubReader } from '../../../shared/azure/landing/landing-reader.ts';

/** What one blob takes: lines, and for each its place in the hub. */
export interface Chunk {
  readonly first: number;
  readonly last: number;
  readonly lines: readonly LandedLine[];
  readonly positions: readonly { readonly sequenceNumber: number; readonly enqueuedAt: string }[];
}

interface ChunkParts {
  readonly hub: HubReader;
  readonly maxBlobBytes: number;
  readonly maxBlobEvents: number;
}

/** Cuts a partition's events into what one blob takes. */
export async function* chunksOf(
  { hub, maxBlobBytes, maxBlobEvents }: ChunkParts,
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
export async function* oneAhead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = source.next();
  try {
    while (true) {
      const item = await next;
      if (item.done === true) return;
      next = source.next();
      // Its fault, if it has one, shows when it is awaited.
      next.catch(() => undefined);
      yield item.value;
    }
  } finally {
    await source.return(undefined);
  }
}
