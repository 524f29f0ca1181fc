import { DAY_MS, epochMsOf } from '../time.ts';
import { EffectLog, type LogEntry } from './effect-log.ts';
import type { AdmissionDoubt } from '../pos/dead-letter.ts';
import type { PositionedEvent, PosEvent, TransactionEvent } from '../pos/event.ts';
import { agree, contentFingerprint } from '../pos/event-content.ts';
import { eventTimeMs } from '../pos/event-time.ts';
import { MEMORY_MS, seenIdOf, SeenIds } from './seen-ids.ts';
import {
  supersedesAnother,
  transactionKey,
  transactionScope,
  versionRank,
} from '../pos/transaction-versions.ts';

/**
 * What becomes of one delivery of an event:
 * - `new`: it is to be folded.
 * - `delivered-before`: the hub gave it again.
 * - `duplicate`: its source sent it again, with the same content.
 * - `conflict`: its id, or its transaction's number and version, was used before with other content.
 * - `too-old`: it is from so long ago that it may have been counted, or superseded, by what is forgotten.
 *
 * The last two need a decision. They change nothing; the caller keeps them.
 */
export type Admission = 'new' | 'delivered-before' | 'duplicate' | AdmissionDoubt;

/** What is to be stored, since `takeChanges` was last called. */
export interface StateChanges {
  readonly records: Set<string>;
  readonly seenSegments: Set<number>;
  readonly logSegments: Set<number>;
  /** True when anything at all has changed. */
  any: boolean;
}

/** What became of the events that were read, each counted once: their sum without `alerts` is what the hub holds. */
export interface Tally {
  folded: number;
  duplicates: number;
  conflicts: number;
  tooOld: number;
  /** Alerts raised. */
  alerts: number;
}

/** An event's place among the versions of its transaction. */
export interface TransactionVersion<Effect> extends Omit<LogEntry<Effect>, 'effect'> {
  /** The previous version, whose effect must be reversed. */
  readonly former: LogEntry<Effect> | undefined;
}

export interface StateParts<Header> {
  readonly header: Header;
  readonly tally?: Readonly<Partial<Tally>>;
  readonly marks?: Iterable<readonly [hubPartition: string, sequenceNumber: number]>;
  readonly enqueuedMs?: Iterable<readonly [hubPartition: string, epochMs: number]> | undefined;
  readonly newestReceivedAtMs?: number;
  readonly newestEventAtMs?: number;
  readonly forgottenUntilMs?: number;
  readonly mostRecords?: number;
  readonly nextSeenSegment?: number;
  readonly nextLogSegment?: number;
}

/**
 * What one consumer knows of one store: its records (stock positions, till shifts), what recent events did, which
 * events it has seen and how far it has read each hub partition. A fold changes it in memory; whoever stores it takes
 * the changes with `takeChanges`. After a fault it is no longer to be used: it is thrown away and read again.
 *
 * Everything here follows from the events and their order alone, never from how they were batched, so
 * a replay comes to the same book.
 */
export class StoreState<Item, Effect, Header> {
  readonly records = new Map<string, Item>();
  readonly seen: SeenIds;
  readonly effects: EffectLog<Effect>;
  /** Highest sequence number that was read, by hub partition. */
  readonly marks: Map<string, number>;
  /** When the hub took the newest event that was read, by hub partition: a later one is not from before the mark. */
  readonly enqueuedMs: Map<string, number>;
  /** Small state of the store as a whole; written with every commit. */
  readonly header: Header;
  readonly tally: Tally;
  newestReceivedAtMs: number;
  newestEventAtMs: number;
  /** When the newest event was received whose id is forgotten; 0 while nothing is. */
  forgottenUntilMs: number;
  /** The most records there ever were at once; decides over how many rows they are spread. */
  mostRecords: number;
  private changes = noChanges();
  /** What was admitted last, which is folded next: its fingerprint takes longer than most folds. No part of what is stored. */
  #admitted: { readonly event: PosEvent; readonly content: string; key?: string } | undefined;
  #recordsRevision = 0;

  constructor(parts: StateParts<Header>) {
    this.header = parts.header;
    this.tally = { folded: 0, duplicates: 0, conflicts: 0, tooOld: 0, alerts: 0, ...parts.tally };
    this.marks = new Map(parts.marks ?? []);
    this.enqueuedMs = new Map(parts.enqueuedMs ?? []);
    this.newestReceivedAtMs = parts.newestReceivedAtMs ?? 0;
    this.newestEventAtMs = parts.newestEventAtMs ?? 0;
    this.forgottenUntilMs = parts.forgottenUntilMs ?? 0;
    this.mostRecords = parts.mostRecords ?? 0;
    this.seen = new SeenIds(parts.nextSeenSegment ?? 0);
    this.effects = new EffectLog(parts.nextLogSegment ?? 0);
  }

  /** Effects of events before this instant may have been forgotten. */
  get horizonMs(): number {
    return this.newestEventAtMs - MEMORY_MS;
  }

  /** Changes whenever a record comes, goes or is replaced, to mark what was derived from them as stale. */
  get recordsRevision(): number {
    return this.#recordsRevision;
  }

  /** Memory use, measured on typical baskets. */
  get approximateBytes(): number {
    return 300 * this.records.size + 800 * this.effects.size + 120 * this.seen.size;
  }

  /**
   * Decides, once per delivery, what becomes of an event, and moves the marks.
   * @param concerns false for an event that the fold leaves as it is: of those no doubt is worth a person's time.
   */
  admit(positioned: PositionedEvent, concerns = true): Admission {
    const { event } = positioned;
    const receivedAtMs = epochMsOf(event.receivedAt);
    const content = contentFingerprint(event);
    this.#admitted = { event, content };
    const seenId = seenIdOf(event.decision ? decidedId(event, content) : event.eventId);
    const seenContent = this.seen.contentOf(seenId);
    if (this.wasDelivered(positioned, receivedAtMs, seenContent !== undefined)) return 'delivered-before';
    this.moveMark(positioned, receivedAtMs);
    this.changes.any = true;
    this.moveTime(receivedAtMs, eventTimeMs(event));
    const admission = this.admissionOf(event, content, seenContent, concerns);
    switch (admission) {
      case 'new':
        this.tally.folded += 1;
        this.changes.seenSegments.add(
          this.seen.add(seenId, content, rememberedFromMs(event, receivedAtMs)).number,
        );
        break;
      case 'duplicate':
        this.tally.duplicates += 1;
        break;
      case 'conflict':
        this.tally.conflicts += 1;
        break;
      case 'too-old':
        this.tally.tooOld += 1;
        break;
    }
    return admission;
  }

  /**
   * Whether the hub gave this delivery before. In one partition of one hub neither numbers nor times go back. A number
   * at or below the mark with a later time is therefore from a recreated hub that counts from zero again.
   */
  private wasDelivered(
    { hubPartition, hubSequenceNumber, enqueuedAtMs }: PositionedEvent,
    receivedAtMs: number,
    isSeen: boolean,
  ): boolean {
    const mark = this.marks.get(hubPartition);
    if (mark === undefined || hubSequenceNumber > mark) return false;
    const markEnqueuedMs = this.enqueuedMs.get(hubPartition);
    if (markEnqueuedMs !== undefined && enqueuedAtMs !== undefined) return enqueuedAtMs <= markEnqueuedMs;
    // Without the times: what was received after all that was read is new, and what was read is remembered.
    return receivedAtMs <= this.newestReceivedAtMs && (isSeen || receivedAtMs <= this.forgottenUntilMs);
  }

  private moveMark(
    { hubPartition, hubSequenceNumber, enqueuedAtMs }: PositionedEvent,
    receivedAtMs: number,
  ): void {
    const isRestart = enqueuedAtMs !== undefined || receivedAtMs > this.newestReceivedAtMs;
    const mark = this.marks.get(hubPartition) ?? 0;
    this.marks.set(hubPartition, isRestart ? hubSequenceNumber : Math.max(mark, hubSequenceNumber));
    if (enqueuedAtMs === undefined) this.enqueuedMs.delete(hubPartition);
    else this.enqueuedMs.set(hubPartition, Math.max(enqueuedAtMs, this.enqueuedMs.get(hubPartition) ?? 0));
  }

  private admissionOf(
    event: PosEvent,
    content: string,
    seenContent: string | undefined,
    concerns: boolean,
  ): Exclude<Admission, 'delivered-before'> {
    if (event.decision) return seenContent === undefined ? 'new' : 'duplicate';
    let doubt: AdmissionDoubt | undefined;
    if (seenContent !== undefined) {
      // An older version kept no content.
      if (seenContent === '' || agree(seenContent, content)) return 'duplicate';
      doubt = 'conflict';
    } else if (event.kind === 'transaction') {
      const standing = this.standingOf(event, content);
      if (standing === 'duplicate') return 'duplicate';
      doubt = standing;
    }
    // A till's clock may be some hours ahead: its events were received before their own time.
    if (!doubt && this.forgottenUntilMs > 0 && eventTimeMs(event) <= this.forgottenUntilMs + DAY_MS)
      doubt = 'too-old';
    if (!doubt || !concerns) return doubt === 'conflict' ? 'conflict' : 'new';
    // A person decided that it counts, and it was counted then.
    return this.seen.contentOf(seenIdOf(decidedId(event, content))) === undefined ? doubt : 'duplicate';
  }

  private standingOf(event: TransactionEvent, content: string): 'duplicate' | AdmissionDoubt | undefined {
    const key = transactionKey(event);
    if (this.#admitted) this.#admitted.key = key;
    const former = this.effects.inForce(key, transactionScope(event));
    const rank = versionRank(event);
    if (!former) return supersedesAnother(event) && this.isForgotten(event) ? 'too-old' : undefined;
    if (former.rank !== rank || former.content === undefined) return undefined;
    return agree(former.content, content) ? 'duplicate' : 'conflict';
  }

  /** What an earlier version of so old a transaction did is forgotten, so nothing could be reversed. */
  private isForgotten(event: TransactionEvent): boolean {
    const endOfDateMs = Date.parse(event.businessDate) + 2 * DAY_MS;
    return Math.min(eventTimeMs(event), endOfDateMs) < this.horizonMs;
  }

  put(key: string, record: Item): void {
    if (this.records.get(key) !== record) this.#recordsRevision += 1;
    this.records.set(key, record);
    if (this.records.size > this.mostRecords) this.mostRecords = this.records.size;
    this.changes.records.add(key);
  }

  /** Says that a record was changed in place. */
  touch(key: string): void {
    this.changes.records.add(key);
  }

  remove(key: string): void {
    if (this.records.delete(key)) this.#recordsRevision += 1;
    this.changes.records.add(key);
  }

  /**
   * Undefined for an event that changes nothing: the current version is as high. Only an event that was just admitted has
   * its content with it.
   */
  versionOf(event: TransactionEvent): TransactionVersion<Effect> | undefined {
    const admitted = this.#admitted?.event === event ? this.#admitted : undefined;
    const key = admitted?.key ?? transactionKey(event);
    const content = admitted?.content;
    const scope = event.decision ? decidedScope(event) : transactionScope(event);
    const rank = versionRank(event);
    const former = event.decision ? undefined : this.effects.inForce(key, scope);
    if (former && former.rank >= rank) return undefined;
    return { key, scope, content, rank, atMs: eventTimeMs(event), former };
  }

  log(entry: LogEntry<Effect>, lines: number): void {
    this.changes.logSegments.add(this.effects.append(entry, lines).number);
  }

  takeChanges(): StateChanges {
    const taken = this.changes;
    this.changes = noChanges();
    return taken;
  }

  private moveTime(receivedAtMs: number, eventAtMs: number): void {
    if (receivedAtMs > this.newestReceivedAtMs) {
      this.newestReceivedAtMs = receivedAtMs;
      this.forgottenUntilMs = Math.max(this.forgottenUntilMs, this.seen.expire(receivedAtMs - MEMORY_MS));
    }
    if (eventAtMs > this.newestEventAtMs) {
      this.newestEventAtMs = eventAtMs;
      this.effects.expire(this.horizonMs);
    }
  }
}

/**
 * From when an id is remembered for `MEMORY_MS`. A repeat is judged by the time of its event, so an event that is ahead
 * of its reception must be remembered for as much longer; a clock that is further ahead than the memory is long is not
 * followed, or its store would never forget.
 */
function rememberedFromMs(event: PosEvent, receivedAtMs: number): number {
  if (event.occurredAt <= event.receivedAt) return receivedAtMs;
  return Math.min(epochMsOf(event.occurredAt), receivedAtMs + MEMORY_MS);
}

/** The id under which an event counts by decision; no event's own id holds a line feed. */
const decidedId = ({ eventId }: PosEvent, content: string): string => `${eventId}\n${content}`;

/** What counts by a person's decision stands beside the one that has its number. */
export const decidedScope = (event: PosEvent): string =>
  `decided ${Buffer.from(contentFingerprint(event), 'latin1').toString('base64')}`;

function noChanges(): StateChanges {
  return { records: new Set(), seenSegments: new Set(), logSegments: new Set(), any: false };
}
