import type { Clock } from '../../shared/time.ts';

/**
 * Keeps callers from waiting for a dead service. After `threshold` consecutive failures, calls are refused
 * at once for `openMs`; then one call at a time is let through, until one succeeds.
 */
export interface CircuitBreaker {
  /** May a call be made now? A caller that got true must report success or failure. */
  enter(): boolean;
  succeeded(): void;
  failed(): void;
  readonly state: 'closed' | 'open' | 'half-open';
}

export function circuitBreaker(options: { threshold: number; openMs: number; clock: Clock }): CircuitBreaker {
  let failures = 0;
  let openUntilMs = 0;
  let probing = false;
  const isTripped = (): boolean => failures >= options.threshold;

  return {
    enter() {
      if (!isTripped()) return true;
      if (probing || options.clock() < openUntilMs) return false;
      probing = true;
      return true;
    },
    succeeded() {
      failures = 0;
      probing = false;
    },
    failed() {
      failures += 1;
      probing = false;
      if (isTripped()) openUntilMs = options.clock() + options.openMs;
    },
    get state() {
      if (!isTripped()) return 'closed';
      return options.clock() < openUntilMs ? 'open' : 'half-open';
    },
  };
}
