import type { Clock } from '../../shared/time.ts';

/** Token buckets by key and instance: `perSecond` on average, `burst` at once. */
export interface RateLimit {
  /**
   * @param cost how many tokens the call takes.
   * @returns 0 when the call may go on, otherwise after how many milliseconds it may.
   */
  take(key: string, cost?: number): number;
}

/** Strangers choose their keys: so many buckets are kept, and the one that was idle longest goes first. */
const MAX_BUCKETS = 10_000;

export function tokenBuckets(options: { perSecond: number; burst: number; clock: Clock }): RateLimit {
  const { perSecond, burst, clock } = options;
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return {
    take(key, cost = 1) {
      const nowMs = clock();
      const bucket = buckets.get(key) ?? { tokens: burst, atMs: nowMs };
      const elapsedMs = Math.max(0, nowMs - bucket.atMs);
      const tokens = Math.min(burst, bucket.tokens + (elapsedMs * perSecond) / 1000);
      const needed = Math.min(cost, burst);
      const allowed = tokens >= needed;
      // Re-inserted, so the map's order is that of the last use.
      buckets.delete(key);
      buckets.set(key, { tokens: allowed ? tokens - needed : tokens, atMs: nowMs });
      if (buckets.size > MAX_BUCKETS)
        for (const oldest of buckets.keys()) {
          buckets.delete(oldest);
          break;
        }
      return allowed ? 0 : Math.ceil(((needed - tokens) * 1000) / perSecond);
    },
  };
}
