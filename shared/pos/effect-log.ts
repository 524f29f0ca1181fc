/**
 * What each recent event did to a store's state, so that a later version or a post-void can take back just that, and a
 * late stock count can tell what came after it.
 *
 * The log only grows, in numbered segments, so that a commit writes its newest segment and none of the others. The
 * last entry of a key is the one in force. A segment is dropped once all that is in it is older than the horizon.
 */
export interface LogEntry<Effect> {
  readonly key: string;
  /** Which version is in force, see `versionRank`. */
  readonly rank: number;
  readonly atMs: number;
  readonly effect: Effect;
}

export interface LogSegment<Effect> {
  readonly number: number;
  readonly entries: LogEntry<Effect>[];
  weight: number;
  newestAtMs: number;
}

/** An entry weighs one and its lines; with everyday baskets a full segment is about 10 kB of JSON. */
const WEIGHT_PER_SEGMENT = 512;

export class EffectLog<Effect> {
  readonly segments: LogSegment<Effect>[] = [];
  private readonly inForceByKey = new Map<string, LogEntry<Effect>>();
  /** What the next segment will be called. */
  nextNumber: number;

  constructor(nextNumber = 0) {
    this.nextNumber = nextNumber;
  }

  get size(): number {
    return this.inForceByKey.size;
  }

  inForce(key: string): LogEntry<Effect> | undefined {
    return this.inForceByKey.get(key);
  }

  /** Adds an entry, which is in force from now on, and returns the segment that took it. */
  append(entry: LogEntry<Effect>, lines: number): LogSegment<Effect> {
    let tail = this.segments.at(-1);
    if (!tail || tail.weight >= WEIGHT_PER_SEGMENT) {
      tail = { number: this.nextNumber, entries: [], weight: 0, newestAtMs: entry.atMs };
      this.nextNumber += 1;
      this.segments.push(tail);
    }
    tail.entries.push(entry);
    tail.weight += 1 + lines;
    tail.newestAtMs = Math.max(tail.newestAtMs, entry.atMs);
    this.inForceByKey.set(entry.key, entry);
    return tail;
  }

  /** Effects in force of what happened after an instant. */
  *after(atMs: number): Generator<Effect> {
    for (const entry of this.inForceByKey.values()) if (entry.atMs > atMs) yield entry.effect;
  }

  /** Drops, oldest first, the segments in which all happened before `horizonMs`; returns their numbers. */
  expire(horizonMs: number): number[] {
    const dropped: number[] = [];
    for (let head = this.segments[0]; head && head.newestAtMs < horizonMs; head = this.segments[0]) {
      for (const entry of head.entries) {
        if (this.inForceByKey.get(entry.key) === entry) this.inForceByKey.delete(entry.key);
      }
      this.segments.shift();
      dropped.push(head.number);
    }
    return dropped;
  }

  /** Takes over a stored segment; to be called in the order of their numbers. */
  restore(segment: LogSegment<Effect>): void {
    this.segments.push(segment);
    this.nextNumber = segment.number + 1;
    for (const entry of segment.entries) this.inForceByKey.set(entry.key, entry);
  }
}
