import { z } from 'zod';
import { MAX_EVIDENCE } from '../../alerts/alert.ts';
import { epochMsOf, DAY_MS } from '../../time.ts';
import type { DayView } from '../day-tally.ts';
import { tillRule } from './rule.ts';

const REFUNDS = 'customer-refunds';

/** One customer, or one card, to which money goes back again and again. Known by their pseudonym alone. */
export const customerRefunds = tillRule({
  kind: REFUNDS,
  label: 'Serial refunds to one customer',
  subject: 'customer',
  parameters: z.strictObject({
    refunds: z
      .int()
      .min(1)
      .describe('So many refunds one customer or card may have within the days; one more raises the alert.')
      .default(3),
    days: z.int().min(1).max(8).describe('Over how many days they are counted.').default(7),
  }),
  about: ({ refunds, days }) => ({
    means:
      'One customer or one card got money back again and again within a week. Both are known by their pseudonym alone.',
    todo: 'Compare the receipts, and look at whether one cashier made the refunds.',
    raised: `one customer or card got more than ${refunds} refunds within ${days} days`,
    onceFor: 'customer or card, again when twice as many',
    severity: '`warning`',
  }),
  contribution: () => ({ sums: { [REFUNDS]: 1 }, isEvidence: true }),
  finding(view, { refunds, days }) {
    const value = within(view, days).length;
    if (value <= refunds) return undefined;
    return value >= 2 * (view.said(REFUNDS)?.value ?? 0) ? { value, again: true } : undefined;
  },
  words: ({ value }, view, { refunds, days }) => ({
    severity: 'warning',
    title: `${value} refunds to one customer`,
    detail:
      `Within ${days} days one customer or card got ${value} refunds; the limit is ${refunds}. ` +
      'Compare the receipts, and look at whether one cashier made them.',
    evidence: within(view, days).slice(0, MAX_EVIDENCE),
  }),
});

/** The most refunds that lie within so many days. */
function within(view: DayView, days: number) {
  const all = view.evidenceOf(REFUNDS);
  let most: typeof all = [];
  for (let from = 0; from < all.length; from += 1) {
    const startMs = epochMsOf(all[from]?.occurredAt ?? '');
    const window = all
      .slice(from)
      .filter(({ occurredAt }) => epochMsOf(occurredAt) - startMs <= days * DAY_MS);
    if (window.length > most.length) most = window;
  }
  return most;
}
