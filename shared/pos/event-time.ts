import { DAY_MS, epochMsOf } from '../time.ts';
import type { PosEvent } from './event.ts';

/**
 * The time that rules reckon with: when it happened, by the till's clock, but never more than a day after we received
 * it. A till whose clock is years ahead must not make everything else look old.
 */
export function eventTimeMs(event: Pick<PosEvent, 'occurredAt' | 'receivedAt'>): number {
  return Math.min(epochMsOf(event.occurredAt), epochMsOf(event.receivedAt) + DAY_MS);
}
