import { z } from 'zod';
import type { PosSource } from '../../pos/event.ts';
import { epochMsOf, HOUR_MS, MINUTE_MS } from '../../time.ts';
import { sumOf } from '../shift.ts';
import { EVENTS, type ShiftView } from '../shift-view.ts';
import { nameOf, tillRule } from './rule.ts';

const AHEAD = 'clockAhead';
const BEHIND = 'clockBehind';
const LAG = 'clockLagMinutes';
const LAG_SQUARED = 'clockLagMinutes2';
/** Less is how long events are on their way, and how well clocks are kept. */
const LEAST_MS = 2 * MINUTE_MS;
/** What is later than this was sent from a backlog, or is played again: no clock is behind by so much unnoticed. */
const MOST_MS = 12 * HOUR_MS;

/**
 * The till's clock beside ours. An event from the future is proof that it is ahead. A clock that is behind looks like a slow
 * line, but for this: every event is late, and all by the same.
 */
export const clockSkew = tillRule({
  kind: 'clock-skew',
  label: 'Clock of the till is wrong',
  subject: 'shift',
  parameters: z.strictObject({
    aheadMinutes: z.int().min(2).describe('An event may come so long before its own time.').default(5),
    behindMinutes: z.int().min(2).describe('All events may be late by so much.').default(10),
    events: z
      .int()
      .min(3)
      .describe('So many late events are needed to tell a clock from a slow line.')
      .default(20),
  }),
  about: ({ aheadMinutes, behindMinutes }) => ({
    means:
      "The till's clock differs from ours. An event that comes before its own time is proof; a clock that is behind is told from a slow line by every event being late by the same. What was sent as `offline`, and what comes by a vendor's cloud, does not count as late.",
    todo: 'Set the clock, or its time zone. Until then its sales may lie on the wrong hour or day.',
    raised: `the till's clock is more than ${aheadMinutes} minutes ahead, or steadily more than ${behindMinutes} behind`,
    onceFor: 'till and shift',
    severity: '`warning`',
  }),
  contribution({ source, occurredAt, receivedAt, offline }) {
    // Nearly all events come within the minute, which their texts tell faster than their times.
    if (occurredAt.slice(0, TO_THE_MINUTE) === receivedAt.slice(0, TO_THE_MINUTE)) return undefined;
    const lagMs = epochMsOf(receivedAt) - epochMsOf(occurredAt);
    if (lagMs >= -LEAST_MS && lagMs <= LEAST_MS) return undefined;
    if (lagMs < 0) {
      const minutes = Math.min(Math.floor(-lagMs / MINUTE_MS), MOST_AHEAD);
      return { sums: { [`${AHEAD}${minutes}`]: 1 }, isEvidence: true };
    }
    if (offline || lagMs > MOST_MS || !SENT_BY_TILLS.has(source)) return undefined;
    const minutes = Math.round(lagMs / MINUTE_MS);
    return { sums: { [BEHIND]: 1, [LAG]: minutes, [LAG_SQUARED]: minutes * minutes }, isEvidence: false };
  },
  finding(view, limits) {
    if (view.said('clock-skew')) return undefined;
    const ahead = aheadOf(view);
    if (ahead >= limits.aheadMinutes) return { value: ahead };
    const behind = behindOf(view, limits.events);
    return behind !== undefined && behind >= limits.behindMinutes ? { value: -behind } : undefined;
  },
  words({ value }, view) {
    const minutes = Math.abs(value);
    const isHours = minutes >= 55 && minutes % 30 <= 4;
    return {
      severity: 'warning',
      title: `Clock is about ${minutes === MOST_AHEAD ? 'a day or more' : `${minutes} minutes`} ${value > 0 ? 'ahead' : 'behind'}`,
      detail:
        `${nameOf(view)}: ${value > 0 ? 'events came before their own time' : 'every event came late, all by the same'}. ` +
        `${isHours ? 'Is its time zone or summer time wrong? ' : ''}Set the till's clock; until then its sales may lie on the wrong hour or day.`,
      evidence: view.evidenceOf('clock-skew'),
    };
  },
});

/** What comes by a vendor's cloud is late by how long the cloud, or our own query to it, takes. */
const SENT_BY_TILLS: ReadonlySet<PosSource> = new Set(['tillstream', 'poslog']);
const MOST_AHEAD = 24 * 60;
/** Of an instant such as 2026-03-02T08:15:30.000Z. */
const TO_THE_MINUTE = 16;

function aheadOf({ sums }: ShiftView): number {
  let most = 0;
  for (const name in sums)
    if (name.startsWith(AHEAD)) most = Math.max(most, Number(name.slice(AHEAD.length)));
  return most;
}

/** By how many minutes a clock is behind; undefined where the delays are of another kind. */
function behindOf(view: ShiftView, events: number): number | undefined {
  const late = sumOf(view, BEHIND);
  if (late < events || late < SHARE * sumOf(view, EVENTS)) return undefined;
  const mean = sumOf(view, LAG) / late;
  const spread = Math.sqrt(Math.max(0, sumOf(view, LAG_SQUARED) / late - mean * mean));
  return spread <= STEADY_MINUTES ? Math.round(mean) : undefined;
}

const SHARE = 0.9;
const STEADY_MINUTES = 3;
