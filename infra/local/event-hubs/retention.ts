/** How long and how much a partition keeps. What is undefined is unlimited. */
export interface RetentionLimits {
  readonly retentionMs?: number;
  readonly retentionBytes?: number;
}

const MAX_SEGMENT_BYTES = 67_108_864;
const MIN_SEGMENT_BYTES = 65_536;
const MAX_ROLL_AGE_MS = 3_600_000;
/** Whole segments expire, so a segment may be at most this part of what is kept. */
const PART = 8;

/** Size at which a segment is sealed. */
export function segmentBytesFor({ retentionBytes }: RetentionLimits): number {
  if (retentionBytes === undefined) return MAX_SEGMENT_BYTES;
  return Math.min(MAX_SEGMENT_BYTES, Math.max(MIN_SEGMENT_BYTES, Math.floor(retentionBytes / PART)));
}

/** Age of its first event at which a segment is sealed, so it can expire soon after its events. */
export function rollAgeMs({ retentionMs }: RetentionLimits): number {
  return retentionMs === undefined ? Infinity : Math.min(MAX_ROLL_AGE_MS, Math.ceil(retentionMs / PART));
}

/**
 * How many of the oldest sealed segments are past the limits.
 * @param activeBytes size of the segment that is still written; it counts, but never expires.
 */
export function expiredCount(
  sealed: readonly { size: number; lastTimeMs: number }[],
  activeBytes: number,
  limits: RetentionLimits,
  nowMs: number,
): number {
  const oldestKeptMs = limits.retentionMs === undefined ? -Infinity : nowMs - limits.retentionMs;
  const maxBytes = limits.retentionBytes ?? Infinity;
  let bytes = sealed.reduce((sum, { size }) => sum + size, activeBytes);
  let count = 0;
  for (const segment of sealed) {
    if (segment.lastTimeMs > oldestKeptMs && bytes <= maxBytes) break;
    bytes -= segment.size;
    count++;
  }
  return count;
}
