import { epochMsOf } from '../time.ts';
import { EffectLog, type LogEntry } from './effect-log.ts';
import type { PositionedEvent, TransactionEvent } from './event.ts';
import { eventTimeMs } from './event-time.ts';
import { LONGEST_RETRY_WINDOW_MS, seenIdOf, SeenIds } from './seen-ids.ts';
import { supersedesAnother, transactionKey, versionRank } from './transaction-versions.ts';

/**
 * What one consumer knows of one store: its records (stock positions, till shifts), what recent events did, which
 * events it has seen and how far it has read each hub partition. A fold changes it in memory; whoever stores it takes
 * `changes` and writes them all at once. A book whose changes could not be stored is thrown away and read again.
 *
 * Everything here follows from the events and their order alone, never from how they were cut into batches, so that
 * a replay comes to the same book.
 */
export type Admission = 'new' | 'delivered-before' | 'duplicate';

/** What is to be stored, since `takeChanges` was last called. */
export interface BookChanges {
  readonly records: Set<string>;
  readonly seenSegments: Set<number>;
  readonly logSegments: Set<number>;
  readonly droppedSeenSegments: number[];
  readonly droppedLogSegments: number[];
  /** True when anything at all has changed. */
  any: boolean;
}

/** What became of the events that were read, each counted once: `folded + duplicates` is what the hub holds. */
export interface Tally {
  folded: number;
  duplicates: number;
  /** Alerts raised. */
  alerts: number;
}

/** An event's place among the versions of its transaction. */
export interface TransactionVersion<Effect> {
  readonly key: string;
  readonly rank: number;
  readonly atMs: number;
  /** The version that was in force, whose effect is to be taken back. */
  readonly former: LogEntry<Effect> | undefined;
}

export interface BookParts<Header> {
  readonly header: Header;
  readonly tally?: Readonly<Tally>;
  readonly marks?: Iterable<readonly [hubPartition: string, sequenceNumber: number]>;
  readonly newestReceivedAtMs?: number;
  readonly newestEventAtMs?: number;
  readonly mostRecords?: number;
  readonly nextSeenSegment?: number;
  readonly nextLogSegment?: number;
}

export class StoreBook<Item, Effect, Header> {
  readonly records = new Map<string, Item>();
  readonly seen: SeenIds;
  readonly effects: EffectLog<Effect>;
  /** Highest sequence number that was folded, by hub partition. */
  readonly marks: Map<string, number>;
  /** Small state of the store as a whole; written with every commit. */
  readonly header: Header;
  readonly tally: Tally;
  newestReceivedAtMs: number;
  newestEventAtMs: number;
  /** The most records there ever were at once; decides over how many rows they are spread. */
  mostRecords: number;
  private changes = noChanges();

  constructor(parts: BookParts<Header>) {
    this.header = parts.header;
    this.tally = { folded: 0, duplicates: 0, alerts: 0, ...parts.tally };
    this.marks = new Map(parts.marks ?? []);
    this.newestReceivedAtMs = parts.newestReceivedAtMs ?? 0;
    this.newestEventAtMs = parts.newestEventAtMs ?? 0;
    this.mostRecords = parts.mostRecords ?? 0;
    this.seen = new SeenIds(parts.nextSeenSegment ?? 0);
    this.effects = new EffectLog(parts.nextLogSegment ?? 0);
  }

  /** Effects of events before this instant may have been forgotten. */
  get horizonMs(): number {
    return this.newestEventAtMs - LONGEST_RETRY_WINDOW_MS;
  }

  /** What it takes in memory, measured on everyday baskets. */
  get approximateBytes(): number {
    return 300 * this.records.size + 800 * this.effects.size + 100 * this.seen.size;
  }

  /** Decides, once per delivery, whether an event is to be folded, and moves the marks. */
  admit({ event, hubPartition, hubSequenceNumber }: PositionedEvent): Admission {
    const receivedAtMs = epochMsOf(event.receivedAt);
    const mark = this.marks.get(hubPartition);
    // What was folded was received at `newestReceivedAtMs` at the latest. A low number on a later event therefore
    // means that the hub was made anew and counts from zero again, not that the event was delivered before.
    const isHubRestarted = receivedAtMs > this.newestReceivedAtMs;
    if (mark !== undefined && hubSequenceNumber <= mark && !isHubRestarted) return 'delivered-before';
    this.marks.set(hubPartition, hubSequenceNumber);
    this.changes.any = true;
    this.moveTime(receivedAtMs, eventTimeMs(event));
    const seenId = seenIdOf(event.eventId);
    if (this.seen.has(seenId)) {
      this.tally.duplicates += 1;
      return 'duplicate';
    }
    this.tally.folded += 1;
    this.changes.seenSegments.add(this.seen.add(seenId, receivedAtMs).number);
    return 'new';
  }

  put(key: string, record: Item): void {
    this.records.set(key, record);
    if (this.records.size > this.mostRecords) this.mostRecords = this.records.size;
    this.changes.records.add(key);
  }

  /** Says that a record was changed in place. */
  touch(key: string): void {
    this.changes.records.add(key);
  }

  remove(key: string): void {
    this.records.delete(key);
    this.changes.records.add(key);
  }

  /** Undefined for an event that changes nothing: a version in force is as high, or too much is forgotten to tell. */
  versionOf(event: TransactionEvent): TransactionVersion<Effect> | undefined {
    const key = transactionKey(event);
    const rank = versionRank(event);
    const former = this.effects.inForce(key);
    if (former && former.rank >= rank) return undefined;
    const atMs = eventTimeMs(event);
    // What the former version of so old a transaction did is forgotten, so that nothing could be taken back.
    if (!former && supersedesAnother(event) && atMs < this.horizonMs) return undefined;
    return { key, rank, atMs, former };
  }

  log(entry: LogEntry<Effect>, lines: number): void {
    this.changes.logSegments.add(this.effects.append(entry, lines).number);
  }

  takeChanges(): BookChanges {
    const taken = this.changes;
    this.changes = noChanges();
    return taken;
  }

  private moveTime(receivedAtMs: number, eventAtMs: number): void {
    if (receivedAtMs > this.newestReceivedAtMs) {
      this.newestReceivedAtMs = receivedAtMs;
      this.changes.droppedSeenSegments.push(...this.seen.expire(receivedAtMs - LONGEST_RETRY_WINDOW_MS));
    }
    if (eventAtMs > this.newestEventAtMs) {
      this.newestEventAtMs = eventAtMs;
      this.changes.droppedLogSegments.push(...this.effects.expire(this.horizonMs));
    }
  }
}

function noChanges(): BookChanges {
  return {
    records: new Set(),
    seenSegments: new Set(),
    logSegments: new Set(),
    droppedSeenSegments: [],
    droppedLogSegments: [],
    any: false,
  };
}
