import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../time.ts';

/**
 * How long after a failed try the next one follows, as Standard Webhooks proposes it: about three days in all. After the
 * last the alert becomes a dead letter.
 */
export const RETRY_LADDER_MS: readonly number[] = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

/** A receiver may ask for more time, but not for so much that the alert is forgotten. */
const LONGEST_WAIT_MS = 24 * HOUR_MS;

/**
 * @param attempt the one that failed, from 1
 * @param retryAfterMs what the receiver asked for
 * @param random 0 to 1: those that failed together do not come back together
 * @returns undefined after the last try
 */
export function nextTryMs(
  attempt: number,
  retryAfterMs: number | undefined,
  random: number,
  ladderMs: readonly number[] = RETRY_LADDER_MS,
): number | undefined {
  const stepMs = ladderMs[attempt - 1];
  if (stepMs === undefined) return undefined;
  const askedMs = Math.min(Math.max(0, retryAfterMs ?? 0), LONGEST_WAIT_MS);
  return Math.round(Math.max(stepMs, askedMs) * (1 + 0.1 * random));
}
