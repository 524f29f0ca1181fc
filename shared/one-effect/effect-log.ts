/**
 * What each recent event did to a store's state, so a later version or a post-void can reverse exactly that, and a
 * late stock count can tell what came after it.
 *
 * The log only grows, in numbered segments, so a commit writes only its newest segment. The
 * last entry of a key is the current one. A segment is dropped once all that is in it is older than the horizon.
 */
export interface LogEntry<Effect> {
  /** What the effect belongs to, such as the number of a transaction. */
  readonly key: string;
  /** Tells apart what has one key; undefined for an entry that an older version stored, which may stand for any. */
  readonly scope?: string | undefined;
  /** Fingerprint of the event's content; undefined where an older version stored the entry. */
  readonly content?: string | undefined;
  /** Rank of the version, see `versionRank`. */
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
  /** Current entries stored by an older version, without a scope. */
  private unscoped = 0;
  /** What the next segment will be called. */
  nextNumber: number;

  constructor(nextNumber = 0) {
    this.nextNumber = nextNumber;
  }

  get size(): number {
    return this.inForceByKey.size;
  }

  inForce(key: string, scope: string): LogEntry<Effect> | undefined {
    return this.inForceByKey.get(indexKey(key, scope)) ?? this.inForceByKey.get(key);
  }

  /** Adds an entry, which becomes the current one, and returns its segment. */
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
    this.putInForce(entry);
    return tail;
  }

  /** The current entries. */
  entries(): Iterable<LogEntry<Effect>> {
    return this.inForceByKey.values();
  }

  /** Current effects of events after an instant. */
  *after(atMs: number): Generator<Effect> {
    for (const entry of this.inForceByKey.values()) if (entry.atMs > atMs) yield entry.effect;
  }

  /** Drops, oldest first, the segments in which all happened before `horizonMs`. */
  expire(horizonMs: number): void {
    for (let head = this.segments[0]; head && head.newestAtMs < horizonMs; head = this.segments[0]) {
      for (const entry of head.entries) {
        const key = indexKey(entry.key, entry.scope);
        if (this.inForceByKey.get(key) !== entry) continue;
        this.inForceByKey.delete(key);
        if (entry.scope === undefined) this.unscoped -= 1;
      }
      this.segments.shift();
    }
  }

  /** Takes over a stored segment; to be called in the order of their numbers. */
  restore(segment: LogSegment<Effect>): void {
    this.segments.push(segment);
    this.nextNumber = segment.number + 1;
    for (const entry of segment.entries) this.putInForce(entry);
  }

  /** While two versions of this program run, each supersedes what the other stored under the same key. */
  private putInForce(entry: LogEntry<Effect>): void {
    const { key, scope } = entry;
    if (scope !== undefined) {
      if (this.inForceByKey.delete(key)) this.unscoped -= 1;
    } else {
      if (this.unscoped < this.inForceByKey.size) {
        for (const [index, other] of this.inForceByKey) {
          if (other.key === key && other.scope !== undefined && other.rank < entry.rank)
            this.inForceByKey.delete(index);
        }
      }
      if (!this.inForceByKey.has(key)) this.unscoped += 1;
    }
    this.inForceByKey.set(indexKey(key, scope), entry);
  }
}

/** The length keeps a key and its scope apart, whatever characters they hold. */
const indexKey = (key: string, scope: string | undefined): string =>
  scope === undefined ? key : `${key.length} ${key} ${scope}`;
