import { hash } from 'node:crypto';
import { epochMsOf, MINUTE_MS } from '../time.ts';
import { ContentBytes } from './content-bytes.ts';
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
  'cardRef',
  // Compares only what a time zone cannot change.
  'occurredAt',
  'effectiveAt',
  'enteredAt',
]);

const content = new ContentBytes((key) => !NOT_CONTENT.has(key));

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
  return hash('sha256', contentBytes(event)).slice(0, 32);
}

function contentBytes(event: PosEvent): Uint8Array {
  const { occurredAt } = event;
  const head =
    event.kind === 'price'
      ? `${withoutZone(occurredAt)},${withoutZone(event.effectiveAt)} `
      : `${withoutZone(occurredAt)} `;
  return content.of(head, event);
}

/**
 * 128 bits over the times and the business date of an event, as far as the source may have given them. Undefined where
 * we assumed part of them because master data was missing, so there is nothing to compare.
 */
export function timesDigest(event: PosEvent): string | undefined {
  return isAssumed(event) ? undefined : hash('sha256', timesText(event)).slice(0, 32);
}

function isAssumed({ quality }: PosEvent): boolean {
  return quality?.some((issue) => issue === 'zone-assumed' || issue === 'business-date-assumed') ?? false;
}

function timesText(event: PosEvent): string {
  const effectiveAt = event.kind === 'price' ? event.effectiveAt : '';
  return `${event.occurredAt} ${effectiveAt} ${event.businessDate}`;
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

/**
 * What the stream keeps of an event's content beside its id: 64 bits of `contentDigest` and 32 of `timesDigest` (zero
 * where they are assumed), as a text of 12 Latin-1 characters.
 */
export function contentFingerprint(event: PosEvent): string {
  const times = isAssumed(event)
    ? NO_TIMES
    : hash('sha256', timesText(event), 'binary').slice(0, TIMES_BYTES);
  return hash('sha256', contentBytes(event), 'binary').slice(0, CONTENT_BYTES) + times;
}

/** Whether two fingerprints are of one message. */
export function agree(one: string, other: string): boolean {
  if (one === other) return true;
  if (one.slice(0, CONTENT_BYTES) !== other.slice(0, CONTENT_BYTES)) return false;
  return one.endsWith(NO_TIMES) || other.endsWith(NO_TIMES);
}
