import { z } from 'zod';
import { MAX_EVIDENCE } from '../../alerts/alert.ts';
import { tillRule } from './rule.ts';

const STAFF = 'staffDiscounts';

/** Staff discounts given to more people than a store has staff to serve. */
export const staffDiscounts = tillRule({
  kind: 'staff-discounts',
  label: 'Many staff discounts',
  subject: 'operator-day',
  parameters: z.strictObject({
    perDay: z
      .int()
      .min(0)
      .describe(
        'Transactions with a staff discount that an operator may have in a day; one more raises the alert.',
      )
      .default(4),
  }),
  about: ({ perDay }) => ({
    means:
      'An operator gave staff discounts (`type` `employee`) to more customers than there is staff to serve.',
    todo: 'Ask who the members of staff were, and compare with who was at work.',
    raised: `an operator gave a staff discount in more than ${perDay} transactions in a day`,
    onceFor: 'operator and business date',
    severity: '`warning`',
  }),
  contribution: (_event, _known, activity) =>
    activity !== undefined && activity.employeeDiscounts > 0
      ? { sums: { [STAFF]: 1 }, isEvidence: true }
      : undefined,
  finding(view, { perDay }) {
    const value = view.sums[STAFF] ?? 0;
    return value > perDay && !view.said('staff-discounts') ? { value } : undefined;
  },
  words: ({ value }, view, { perDay }) => ({
    severity: 'warning',
    title: `Staff discount in ${value} transactions`,
    detail:
      `On ${view.businessDate} ${value} transactions had a staff discount; the limit is ${perDay}. ` +
      'Ask who the members of staff were, and compare with who was at work.',
    evidence: view.evidenceOf('staff-discounts').slice(0, MAX_EVIDENCE),
  }),
});
