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
  /** The current entries of each key: mostly one, so only several lie in an array. */
  private readonly current = new Map<string, LogEntry<Effect> | readonly LogEntry<Effect>[]>();
  private currentEntries = 0;
  /** What the next segment will be called. */
  nextNumber: number;

  constructor(nextNumber = 0) {
    this.nextNumber = nextNumber;
  }

  get size(): number {
    return this.currentEntries;
  }

  /** The current entry of a key and scope, or what an older version stored under the key. */
  inForce(key: string, scope: string): LogEntry<Effect> | undefined {
    const current = this.current.get(key);
    if (current === undefined) return undefined;
    if (!isSeveral(current))
      return current.scope === scope || current.scope === undefined ? current : undefined;
    return (
      current.find((entry) => entry.scope === scope) ?? current.find((entry) => entry.scope === undefined)
    );
  }

  /** All current entries of a key: transactions of several tills may have one number. */
  ofKey(key: string): readonly LogEntry<Effect>[] {
    const current = this.current.get(key);
    if (current === undefined) return [];
    return isSeveral(current) ? current : [current];
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

  /** The current entries, in no particular order. */
  *entries(): Generator<LogEntry<Effect>> {
    for (const current of this.current.values()) {
      if (isSeveral(current)) yield* current;
      else yield current;
    }
  }

  /** Current effects of events after an instant. */
  *after(atMs: number): Generator<Effect> {
    for (const entry of this.entries()) if (entry.atMs > atMs) yield entry.effect;
  }

  /** Drops, oldest first, the segments in which all happened before `horizonMs`. */
  expire(horizonMs: number): void {
    for (let head = this.segments[0]; head && head.newestAtMs < horizonMs; head = this.segments[0]) {
      for (const gone of head.entries) this.keep(gone.key, (entry) => entry !== gone);
      this.segments.shift();
    }
  }

  /** Takes over a stored segment; to be called in the order of their numbers. */
  restore(segment: LogSegment<Effect>): void {
    this.segments.push(segment);
    this.nextNumber = segment.number + 1;
    for (const entry of segment.entries) this.putInForce(entry);
  }

  private putInForce(entry: LogEntry<Effect>): void {
    if (this.current.has(entry.key)) this.keep(entry.key, (other) => staysBeside(other, entry));
    const others = this.current.get(entry.key);
    this.current.set(
      entry.key,
      others === undefined ? entry : [...(isSeveral(others) ? others : [others]), entry],
    );
    this.currentEntries += 1;
  }

  private keep(key: string, isKept: (entry: LogEntry<Effect>) => boolean): void {
    const current = this.current.get(key);
    if (current === undefined) return;
    const all = isSeveral(current) ? current : [current];
    const kept = all.filter(isKept);
    if (kept.length === all.length) return;
    this.currentEntries += kept.length - all.length;
    const [only] = kept;
    if (only === undefined) this.current.delete(key);
    else this.current.set(key, kept.length === 1 ? only : kept);
  }
}

const isSeveral = <Effect>(
  current: LogEntry<Effect> | readonly LogEntry<Effect>[],
): current is readonly LogEntry<Effect>[] => Array.isArray(current);

/**
 * Whether an entry stays current when another of its key is added. While two versions of this program run, each
 * supersedes what the other stored under the same key: the older one stores no scope.
 */
function staysBeside<Effect>(other: LogEntry<Effect>, added: LogEntry<Effect>): boolean {
  if (other.scope === added.scope) return false;
  if (added.scope === undefined) return other.rank >= added.rank;
  return other.scope !== undefined;
}
