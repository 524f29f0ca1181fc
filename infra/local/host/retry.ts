import type { RetryContext, RetryOptions } from './core-types.ts';

/** The delay before retry number `attempt` (from 1), in milliseconds; `random` in [0, 1) adds jitter of up to 20 % each way. */
export function retryDelayMs(options: RetryOptions, attempt: number, random: () => number): number {
  if (options.retryStrategy === 'fixedDelay') return (options.delayInterval?.seconds ?? 0) * 1_000;
  const minimum = (options.minimumInterval?.seconds ?? 0) * 1_000;
  const maximum = (options.maximumInterval?.seconds ?? 0) * 1_000;
  const spread = 0.8 + 0.4 * random();
  return Math.min(
    maximum,
    minimum + (2 ** Math.min(attempt - 1, 30) - 1) * Math.max(minimum, 1_000) * spread,
  );
}

/** One attempt of an invocation; the first has no retry context. */
export type Attempt = (retryContext: RetryContext | undefined) => Promise<unknown>;

/**
 * Runs `attempt` until it succeeds, the policy is exhausted or `signal` aborts. The first attempt has no retry context, as in
 * Azure. Resolves to whether it succeeded; never rejects, because every failure is logged where it happens.
 */
export async function withRetry(
  options: RetryOptions | undefined,
  signal: AbortSignal,
  attempt: Attempt,
  random: () => number = Math.random,
): Promise<boolean> {
  let context: RetryContext | undefined;
  for (let retries = 0; ; retries++) {
    try {
      await attempt(context);
      return true;
    } catch (thrown) {
      const spent =
        options === undefined || (options.maxRetryCount !== -1 && retries >= options.maxRetryCount);
      if (spent || signal.aborted) return false;
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      context = {
        retryCount: retries + 1,
        maxRetryCount: options.maxRetryCount,
        exception: { message: error.message, stackTrace: error.stack ?? '', source: '' },
      };
    }
    await pause(retryDelayMs(options, retries + 1, random), signal);
    if (signal.aborted) return false;
  }
}

/** Waits `ms`, or until `signal` aborts; never rejects. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
