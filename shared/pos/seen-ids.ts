import { hash } from 'node:crypto';
import { DAY_MS } from '../time.ts';
import type { PosSource } from './event.ts';

/**
 * The event ids that a store has seen, so that a source's own repeat counts once. Kept as the first 96 bits of their
 * SHA-256: with ten million ids kept, the odds that a new event is taken for a repeat are 1e7 / 2^96, about 1 in
 * 8,000,000,000,000,000,000,000.
 *
 * Ids lie in numbered segments in the order of arrival. Only the newest segment grows; a segment is dropped as a whole
 * once all that is in it is older than the longest time over which a source repeats itself.
 */
export const SEEN_ID_BYTES = 12;
const SEEN_IDS_PER_SEGMENT = 512;

/**
 * How long each source may go on sending the same event again: Standard Webhooks' ladder ends after 75 hours, Square's
 * after 24. A source that repeats for 30 days, such as Adyen, belongs here with its 30 days. Some slack is added for
 * what waited in the spill queue.
 */
const RETRY_WINDOW_MS: Readonly<Record<PosSource, number>> = {
  tillstream: 4 * DAY_MS,
  square: 2 * DAY_MS,
  poslog: 4 * DAY_MS,
};
export const LONGEST_RETRY_WINDOW_MS = Math.max(...Object.values(RETRY_WINDOW_MS));

export interface SeenSegment {
  readonly number: number;
  readonly ids: Buffer;
  count: number;
  newestReceivedAtMs: number;
}

/** The 96 bits of an event id, as a text of 12 Latin-1 characters, which is the smallest thing a Set can hold. */
export function seenIdOf(eventId: string): string {
  return hash('sha256', eventId, 'binary').slice(0, SEEN_ID_BYTES);
}

export class SeenIds {
  readonly segments: SeenSegment[] = [];
  private readonly ids = new Set<string>();
  /** What the next segment will be called. */
  nextNumber: number;

  constructor(nextNumber = 0) {
    this.nextNumber = nextNumber;
  }

  get size(): number {
    return this.ids.size;
  }

  has(seenId: string): boolean {
    return this.ids.has(seenId);
  }

  /** Adds an id and returns the segment that took it, which is to be stored again. */
  add(seenId: string, receivedAtMs: number): SeenSegment {
    let tail = this.segments.at(-1);
    if (!tail || tail.count === SEEN_IDS_PER_SEGMENT) {
      tail = {
        number: this.nextNumber,
        ids: Buffer.alloc(SEEN_IDS_PER_SEGMENT * SEEN_ID_BYTES),
        count: 0,
        newestReceivedAtMs: receivedAtMs,
      };
      this.nextNumber += 1;
      this.segments.push(tail);
    }
    tail.ids.write(seenId, tail.count * SEEN_ID_BYTES, 'latin1');
    tail.count += 1;
    tail.newestReceivedAtMs = Math.max(tail.newestReceivedAtMs, receivedAtMs);
    this.ids.add(seenId);
    return tail;
  }

  /** Drops, oldest first, the segments in which all was received before `horizonMs`; returns their numbers. */
  expire(horizonMs: number): number[] {
    const dropped: number[] = [];
    for (let head = this.segments[0]; head && head.newestReceivedAtMs < horizonMs; head = this.segments[0]) {
      for (const seenId of idsOf(head)) this.ids.delete(seenId);
      this.segments.shift();
      dropped.push(head.number);
    }
    return dropped;
  }

  /** Takes over a stored segment; to be called in the order of their numbers. */
  restore(number: number, stored: Uint8Array, newestReceivedAtMs: number): void {
    const ids = Buffer.alloc(SEEN_IDS_PER_SEGMENT * SEEN_ID_BYTES);
    ids.set(stored);
    const segment = { number, ids, count: stored.length / SEEN_ID_BYTES, newestReceivedAtMs };
    this.segments.push(segment);
    this.nextNumber = number + 1;
    for (const seenId of idsOf(segment)) this.ids.add(seenId);
  }
}

function* idsOf({ ids, count }: SeenSegment): Generator<string> {
  for (let at = 0; at < count; at += 1) {
    yield ids.toString('latin1', at * SEEN_ID_BYTES, (at + 1) * SEEN_ID_BYTES);
  }
}
