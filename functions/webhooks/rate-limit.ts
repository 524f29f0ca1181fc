import type { Clock } from '../../shared/time.ts';

/** A token bucket per source and instance: `perSecond` on average, `burst` at once. */
export interface RateLimit {
  /** @returns 0 when the call may go on, otherwise after how many milliseconds the next one may. */
  take(source: string): number;
}

export function tokenBuckets(options: { perSecond: number; burst: number; clock: Clock }): RateLimit {
  const { perSecond, burst, clock } = options;
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return {
    take(source) {
      const nowMs = clock();
      const bucket = buckets.get(source) ?? { tokens: burst, atMs: nowMs };
      const elapsedMs = Math.max(0, nowMs - bucket.atMs);
      const tokens = Math.min(burst, bucket.tokens + (elapsedMs * perSecond) / 1000);
      const allowed = tokens >= 1;
      buckets.set(source, { tokens: allowed ? tokens - 1 : tokens, atMs: nowMs });
      return allowed ? 0 : Math.ceil(((1 - tokens) * 1000) / perSecond);
    },
  };
}
