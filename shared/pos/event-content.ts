import { hash } from 'node:crypto';
import { epochMsOf, MINUTE_MS } from '../time.ts';
import type { PosEvent } from './event.ts';

/**
 * The content of an event as its source sent it, without what we derived. It decides whether a second event with the same id is
 * a repeat (same content) or a conflict (other content).
 *
 * Left out is what may differ between two deliveries of the same message:
 * - how it reached us: `receivedAt`, `traceparent`, and `offline`, which a till sets when it sends again what it kept;
 * - what the id already says, or we assign: `eventId`, `schemaVersion`;
 * - what follows from master data: `storeId`, `businessDate`, `productId`, `quality`, and the zone of a wall time;
 * - pseudonyms, which another key changes.
 */
const NOT_CONTENT = new Set([
  'schemaVersion',
  'eventId',
  'storeId',
  'businessDate',
  'receivedAt',
  'offline',
  'traceparent',
  'quality',
  'decision',
  'productId',
  'operatorId',
  'approvedBy',
  'customerRef',
  'giftCardRef',
  // Compares only what a time zone cannot change.
  'occurredAt',
  'effectiveAt',
]);

/** A canonical text: sorted keys, texts with their length, so no two contents share it. */
function canonical(value: unknown): string {
  if (typeof value === 'string') return `${value.length}:${value}`;
  if (typeof value !== 'object' || value === null) return String(value);
  let text: string;
  if (Array.isArray(value)) {
    text = '[';
    for (const item of value) text += canonical(item) + ',';
    return text + ']';
  }
  const fields = value as Readonly<Record<string, unknown>>;
  text = '{';
  for (const key of contentKeys(fields)) {
    const field = fields[key];
    if (field !== undefined) text += key + ':' + canonical(field) + ',';
  }
  return text + '}';
}

/** Sorted content keys by the keys as they stand. Events come in few shapes, and sorting takes longer than the rest. */
const keysByShape = new Map<string, readonly string[]>();
const MAX_SHAPES = 1_000;

function contentKeys(fields: Readonly<Record<string, unknown>>): readonly string[] {
  const keys = Object.keys(fields);
  // No field of an event holds a line feed in its name.
  const shape = keys.join('\n');
  let sorted = keysByShape.get(shape);
  if (sorted === undefined) {
    if (keysByShape.size >= MAX_SHAPES) keysByShape.clear();
    sorted = keys.filter((key) => !NOT_CONTENT.has(key)).sort();
    keysByShape.set(shape, sorted);
  }
  return sorted;
}

/** Every offset of a zone in use is a multiple of this. */
const ZONE_STEP_MS = 15 * MINUTE_MS;
const withoutZone = (instant: string): number => epochMsOf(instant) % ZONE_STEP_MS;

/**
 * 128 bits, in 32 hexadecimal digits, over the content of an event; the order of keys does not matter. It stays the same
 * when master data changes between two deliveries of the same message, also where that moves the business date or the
 * zone of a wall time. Two messages that differ in nothing but the business date, or by a multiple of 15 minutes, have
 * the same digest: `timesDigest` tells these apart.
 */
export function contentDigest(event: PosEvent): string {
  const times = event.kind === 'price' ? [event.occurredAt, event.effectiveAt] : [event.occurredAt];
  return hash('sha256', `${times.map(withoutZone).join()} ${canonical(event)}`).slice(0, 32);
}

/**
 * 128 bits over the times and the business date of an event, as far as the source may have given them. Undefined where
 * we assumed part of them because master data was missing, so there is nothing to compare.
 */
export function timesDigest(event: PosEvent): string | undefined {
  const isAssumed = event.quality?.some(
    (issue) => issue === 'zone-assumed' || issue === 'business-date-assumed',
  );
  if (isAssumed === true) return undefined;
  const effectiveAt = event.kind === 'price' ? event.effectiveAt : '';
  return hash('sha256', `${event.occurredAt} ${effectiveAt} ${event.businessDate}`).slice(0, 32);
}

/** Whether two events with the same id are one message that was sent twice. */
export function isSameContent(one: PosEvent, other: PosEvent): boolean {
  if (contentDigest(one) !== contentDigest(other)) return false;
  const [times, otherTimes] = [timesDigest(one), timesDigest(other)];
  return times === undefined || otherTimes === undefined || times === otherTimes;
}

const CONTENT_BYTES = 8;
const TIMES_BYTES = 4;
export const FINGERPRINT_BYTES = CONTENT_BYTES + TIMES_BYTES;
const NO_TIMES = '\0'.repeat(TIMES_BYTES);

/** Two events may be asked for at several places; parsing gives each delivery an object of its own. */
const known = new WeakMap<PosEvent, string>();

/**
 * What the stream keeps of an event's content beside its id: 64 bits of `contentDigest` and 32 of `timesDigest` (zero
 * where they are assumed), as a text of 12 Latin-1 characters.
 */
export function contentFingerprint(event: PosEvent): string {
  let fingerprint = known.get(event);
  if (fingerprint === undefined) {
    const times = timesDigest(event)?.slice(0, 2 * TIMES_BYTES);
    fingerprint =
      latin1OfHex(contentDigest(event).slice(0, 2 * CONTENT_BYTES)) +
      (times === undefined ? NO_TIMES : latin1OfHex(times));
    known.set(event, fingerprint);
  }
  return fingerprint;
}

/** Whether two fingerprints are of one message. */
export function agree(one: string, other: string): boolean {
  if (one === other) return true;
  if (one.slice(0, CONTENT_BYTES) !== other.slice(0, CONTENT_BYTES)) return false;
  return one.endsWith(NO_TIMES) || other.endsWith(NO_TIMES);
}

const latin1OfHex = (hex: string): string => Buffer.from(hex, 'hex').toString('latin1');
