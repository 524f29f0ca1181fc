import { DAY_MS, epochMsOf } from '../time.ts';
import type { PosEvent } from './event.ts';

/**
 * The time that rules use: when it happened, by the till's clock, but never more than a day after we received
 * it. A till whose clock is years ahead must not make everything else look old.
 */
export function eventTimeMs(event: Pick<PosEvent, 'occurredAt' | 'receivedAt'>): number {
  const occurredAtMs = epochMsOf(event.occurredAt);
  // Instants sort as texts, which saves reading the second one nearly always.
  if (event.occurredAt <= event.receivedAt) return occurredAtMs;
  return Math.min(occurredAtMs, epochMsOf(event.receivedAt) + DAY_MS);
}
