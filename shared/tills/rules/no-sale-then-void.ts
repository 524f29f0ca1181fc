import { z } from 'zod';
import { MAX_EVIDENCE, type EventReference } from '../../alerts/alert.ts';
import { eventTimeMs } from '../../pos/event-time.ts';
import { epochMsOf, HOUR_MS, MINUTE_MS } from '../../time.ts';
import type { DayView } from '../day-tally.ts';
import { tillRule } from './rule.ts';

const OPENED = 'openedInHour';
const VOIDED = 'voidedInHour';

/**
 * A drawer is opened without a sale, and minutes later a paid transaction is voided at the same till: the cash is taken first and
 * accounted for afterwards. The events lie in lists by the hour, so each list stays short whatever else the day holds.
 */
export const noSaleThenVoid = tillRule({
  kind: 'no-sale-then-void',
  label: 'Drawer opened, then a void',
  subject: 'till-day',
  countsAll: true,
  parameters: z.strictObject({
    withinMinutes: z
      .int()
      .min(1)
      .max(60)
      .describe('A void so soon after an opening without a sale belongs to it.')
      .default(3),
  }),
  about: ({ withinMinutes }) => ({
    means:
      'The drawer was opened without a sale, and minutes later a paid transaction was voided at the same till: first the cash, then the account of it.',
    todo: 'Count the drawer, and look at what the camera saw.',
    raised: `a paid transaction was voided within ${withinMinutes} minutes after the drawer was opened without a sale`,
    onceFor: 'till and business date, again when there are more',
    severity: '`critical`',
  }),
  contribution(event) {
    if (event.training) return undefined;
    const hour = Math.floor(eventTimeMs(event) / HOUR_MS);
    if (event.kind === 'drawer') return event.action === 'noSale' ? listed(`${OPENED}${hour}`) : undefined;
    return event.status === 'voided' ? listed(`${VOIDED}${hour}`) : undefined;
  },
  finding(view, { withinMinutes }) {
    const value = pairsIn(view, withinMinutes).length;
    return value > (view.said('no-sale-then-void')?.value ?? 0) ? { value, again: true } : undefined;
  },
  words: ({ value }, view, { withinMinutes }) => ({
    severity: 'critical',
    title: value === 1 ? 'Drawer opened, then a void' : `${value} times the drawer was opened, then a void`,
    detail:
      `On ${view.businessDate} a paid transaction was voided within ${withinMinutes} minutes after the drawer had been opened ` +
      'without a sale. Count the drawer, and look at what the camera saw.',
    evidence: pairsIn(view, withinMinutes).flat().slice(0, MAX_EVIDENCE),
  }),
});

const listed = (name: string) => ({ sums: { [name]: 1 }, isEvidence: true, evidenceAs: name });

type Pair = readonly [opened: EventReference, voided: EventReference];

/** Every void with the last opening before it. */
function pairsIn(view: DayView, withinMinutes: number): Pair[] {
  const all = (prefix: string): EventReference[] =>
    Object.keys(view.sums)
      .filter((name) => name.startsWith(prefix))
      .flatMap((name) => view.evidenceOf(name))
      .sort((one, other) => (one.occurredAt < other.occurredAt ? -1 : 1));
  const opened = all(OPENED);
  return all(VOIDED).flatMap((voided): Pair[] => {
    const voidedMs = epochMsOf(voided.occurredAt);
    const before = opened.findLast(({ occurredAt }) => epochMsOf(occurredAt) <= voidedMs);
    if (!before || voidedMs - epochMsOf(before.occurredAt) > withinMinutes * MINUTE_MS) return [];
    return [[before, voided]];
  });
}
