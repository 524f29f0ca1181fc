import { contentDigest, timesDigest } from '../pos/event-content.ts';
import type { DrawerEvent, PosEvent, ShiftEvent, TransactionEvent } from '../pos/event.ts';
import { epochMsOf } from '../time.ts';
import { doubtsOf, type TillDoubt } from './till-doubts.ts';

/** What is kept of any event other than a transaction. */
export interface OtherReading {
  readonly eventId: string;
  readonly receivedAt: string;
  readonly digest: string;
  /** Undefined if times were assumed, because then there is nothing to compare. */
  readonly times: string | undefined;
  readonly tillId: string | undefined;
  readonly occurredAtMs: number;
  /** In words, such as `paidIn` or `shift closed`. */
  readonly what: string;
  /** Whole where it has postings of its own. */
  readonly event: DrawerEvent | ShiftEvent | undefined;
  /** Product codes that master data lacks. */
  readonly unknownCodes: readonly string[];
  readonly doubts: readonly TillDoubt[];
  /** A person decided that it counts, beside what else has its id. */
  readonly decided: boolean;
}

/** Several contents of one event id; the first one counts. */
export type OtherConflict = readonly OtherReading[];

const NONE: readonly never[] = [];

export function otherReadingOf(event: Exclude<PosEvent, TransactionEvent>): OtherReading {
  const hasMoney = event.kind === 'drawer' || event.kind === 'shift';
  return {
    eventId: event.eventId,
    receivedAt: event.receivedAt,
    digest: contentDigest(event),
    times: timesDigest(event),
    tillId: event.tillId,
    occurredAtMs: epochMsOf(event.occurredAt),
    what: event.kind === 'price' ? event.kind : `${event.kind} ${event.action}`,
    event: hasMoney ? event : undefined,
    unknownCodes: hasMoney
      ? NONE
      : event.items.filter((item) => item.productId === undefined).map((item) => item.productCode),
    doubts: event.training ? NONE : doubtsOf(event.quality),
    decided: event.decision === 'count',
  };
}

/** The contents of one event id with one more delivery: a repeat adds nothing, and the first received comes first. */
export function withReading(
  readings: readonly OtherReading[],
  reading: OtherReading,
): readonly OtherReading[] {
  const same = readings.find((other) => isSame(other, reading));
  if (same && !isBefore(reading, same) && (same.decided || !reading.decided)) return readings;
  const first = same && !isBefore(reading, same) ? same : reading;
  const kept = { ...first, decided: reading.decided || same?.decided === true };
  return [...readings.filter((other) => other !== same), kept].sort((left, right) =>
    isBefore(left, right) ? -1 : 1,
  );
}

function isSame(one: OtherReading, other: OtherReading): boolean {
  if (one.digest !== other.digest) return false;
  return one.times === undefined || other.times === undefined || one.times === other.times;
}

function isBefore(one: OtherReading, other: OtherReading): boolean {
  return one.receivedAt === other.receivedAt ? one.digest < other.digest : one.receivedAt < other.receivedAt;
}
