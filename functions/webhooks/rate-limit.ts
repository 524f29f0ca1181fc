import type { Clock } from '../../shared/time.ts';

/** Token buckets by key and instance: `perSecond` on average, `burst` at once. */
export interface RateLimit {
  /**
   * @param cost how many tokens the call takes.
   * @param rate where the key has one of its own.
   * @returns 0 when the call may go on, otherwise after how many milliseconds it may.
   */
  take(key: string, cost?: number, rate?: Rate): number;
}

interface Rate {
  /** On average. */
  readonly perSecond: number;
  /** At once. */
  readonly burst: number;
}

/** Strangers choose their keys: so many buckets are kept, and the one that was idle longest goes first. */
const MAX_BUCKETS = 10_000;

export function tokenBuckets({ clock, ...usual }: Rate & { readonly clock: Clock }): RateLimit {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return {
    take(key, cost = 1, { perSecond, burst } = usual) {
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
