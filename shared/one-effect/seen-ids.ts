import { hash } from 'node:crypto';
import { DAY_MS } from '../time.ts';
import { FINGERPRINT_BYTES } from '../pos/event-content.ts';
import { LONGEST_RETRY_WINDOW_MS } from '../pos/sources/registry.ts';

/**
 * The event ids that a store has seen, each with the fingerprint of its content, so a source's own repeat counts
 * once and another event under a used id is noticed. Ids are kept as the first 96 bits of their SHA-256: with ten million
 * ids kept, the odds that a new event is taken for a repeat are 1e7 / 2^96, about 1 in 8,000,000,000,000,000,000,000.
 *
 * Ids lie in numbered segments in the order of arrival. Only the newest segment grows; a segment is dropped as a whole
 * once all that is in it is older than the longest time over which a source repeats itself.
 */
export const SEEN_ID_BYTES = 12;
const SEEN_IDS_PER_SEGMENT = 512;
const NO_CONTENT = '\0'.repeat(FINGERPRINT_BYTES);

/**
 * How long the stream remembers what it has seen and done: as long as the slowest source repeats itself, and long enough
 * for a till that was offline for a week. What is older and comes all the same is not guessed at: see `Admission`.
 */
export const MEMORY_MS = Math.max(8 * DAY_MS, LONGEST_RETRY_WINDOW_MS);

export interface SeenSegment {
  readonly number: number;
  readonly ids: Buffer;
  /** Fingerprints in the order of the ids; zero for an id that was stored without one. */
  readonly contents: Buffer;
  count: number;
  newestReceivedAtMs: number;
}

/** The 96 bits of an event id, as a text of 12 Latin-1 characters, which is the smallest thing a Set can hold. */
export function seenIdOf(eventId: string): string {
  return hash('sha256', eventId, 'binary').slice(0, SEEN_ID_BYTES);
}

export class SeenIds {
  readonly segments: SeenSegment[] = [];
  /** Where each id's fingerprint lies: the number of its segment times the size of a segment, and its place there. */
  private readonly places = new Map<string, number>();
  /** What the next segment will be called. */
  nextNumber: number;

  constructor(nextNumber = 0) {
    this.nextNumber = nextNumber;
  }

  get size(): number {
    return this.places.size;
  }

  /** The fingerprint of an id that was seen; '' where none was kept with it; undefined for a new id. */
  contentOf(seenId: string): string | undefined {
    const place = this.places.get(seenId);
    if (place === undefined) return undefined;
    const segment = this.segments[Math.floor(place / SEEN_IDS_PER_SEGMENT) - (this.segments[0]?.number ?? 0)];
    const at = (place % SEEN_IDS_PER_SEGMENT) * FINGERPRINT_BYTES;
    const content = segment?.contents.toString('latin1', at, at + FINGERPRINT_BYTES) ?? NO_CONTENT;
    return content === NO_CONTENT ? '' : content;
  }

  /** Adds an id and returns the segment that took it, which is to be stored again. */
  add(seenId: string, content: string, receivedAtMs: number): SeenSegment {
    let tail = this.segments.at(-1);
    if (!tail || tail.count === SEEN_IDS_PER_SEGMENT) {
      tail = {
        number: this.nextNumber,
        ids: Buffer.alloc(SEEN_IDS_PER_SEGMENT * SEEN_ID_BYTES),
        contents: Buffer.alloc(SEEN_IDS_PER_SEGMENT * FINGERPRINT_BYTES),
        count: 0,
        newestReceivedAtMs: receivedAtMs,
      };
      this.nextNumber += 1;
      this.segments.push(tail);
    }
    tail.ids.write(seenId, tail.count * SEEN_ID_BYTES, 'latin1');
    tail.contents.write(content, tail.count * FINGERPRINT_BYTES, 'latin1');
    this.places.set(seenId, tail.number * SEEN_IDS_PER_SEGMENT + tail.count);
    tail.count += 1;
    tail.newestReceivedAtMs = Math.max(tail.newestReceivedAtMs, receivedAtMs);
    return tail;
  }

  /**
   * Drops, oldest first, the segments in which all is remembered from before `horizonMs`.
   * @returns from when the newest that was dropped was remembered; 0 if nothing was dropped.
   */
  expire(horizonMs: number): number {
    let newestMs = 0;
    for (let head = this.segments[0]; head && head.newestReceivedAtMs < horizonMs; head = this.segments[0]) {
      for (const seenId of idsOf(head)) this.places.delete(seenId);
      this.segments.shift();
      newestMs = Math.max(newestMs, head.newestReceivedAtMs);
    }
    return newestMs;
  }

  /**
   * Takes over a stored segment; to be called in the order of their numbers.
   * @param storedContents shorter than its ids, or empty, where an older version wrote them.
   * @throws RangeError for what is no segment.
   */
  restore(
    number: number,
    storedIds: Uint8Array,
    storedContents: Uint8Array,
    newestReceivedAtMs: number,
  ): void {
    const ids = Buffer.alloc(SEEN_IDS_PER_SEGMENT * SEEN_ID_BYTES);
    ids.set(storedIds);
    const contents = Buffer.alloc(SEEN_IDS_PER_SEGMENT * FINGERPRINT_BYTES);
    contents.set(storedContents);
    const segment = { number, ids, contents, count: storedIds.length / SEEN_ID_BYTES, newestReceivedAtMs };
    this.segments.push(segment);
    this.nextNumber = number + 1;
    let at = 0;
    for (const seenId of idsOf(segment)) {
      this.places.set(seenId, number * SEEN_IDS_PER_SEGMENT + at);
      at += 1;
    }
  }
}

function* idsOf({ ids, count }: SeenSegment): Generator<string> {
  for (let at = 0; at < count; at += 1) {
    yield ids.toString('latin1', at * SEEN_ID_BYTES, (at + 1) * SEEN_ID_BYTES);
  }
}
