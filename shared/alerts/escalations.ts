import type { Alert } from './alert.ts';
import type { Route } from './channels/channel.ts';
import type { PlannedEscalation } from './life.ts';
import { arrivalMs, atLeast } from './route-times.ts';
import { MINUTE_MS, toInstant } from '../time.ts';

/**
 * The escalations that follow if nobody answers an alert that these routes take. The time runs from when the alert is due
 * at the route, not from when it was raised: whoever sleeps through quiet hours has not been asked yet.
 */
export function escalationsOf(
  routes: readonly Route[],
  { severity }: Pick<Alert, 'severity'>,
  timeZone: string | undefined,
  nowMs: number,
): PlannedEscalation[] {
  const planned = new Map<string, PlannedEscalation>();
  for (const route of routes) {
    const { escalation } = route;
    if (!escalation || !atLeast(severity, escalation.minSeverity ?? 'warning')) continue;
    const { to, afterMinutes } = escalation;
    const dueAt = toInstant(arrivalMs(route, severity, timeZone, nowMs) + afterMinutes * MINUTE_MS);
    const known = planned.get(to);
    if (!known || dueAt < known.dueAt) planned.set(to, { to, afterMinutes, dueAt });
  }
  return [...planned.values()];
}
