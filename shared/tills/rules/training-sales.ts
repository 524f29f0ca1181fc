import { z } from 'zod';
import { MAX_EVIDENCE } from '../../alerts/alert.ts';
import { tillRule } from './rule.ts';

const TRAINING = 'trainingSales';

/** Sales in training mode reach no book: a customer who paid in one has paid the cashier. */
export const trainingSales = tillRule({
  kind: 'training-sales',
  label: 'Sales in training mode',
  subject: 'operator-day',
  countsAll: true,
  parameters: z.strictObject({
    perDay: z
      .int()
      .min(0)
      .describe(
        'So many an operator may have in a day; one more raises the alert. Give trainees a role with more.',
      )
      .default(5),
  }),
  about: ({ perDay }) => ({
    means:
      'Many transactions were completed in training mode. They reach no book, so a customer who paid in one has paid the cashier.',
    todo: 'If nobody was being trained, count the drawer and look at the camera. Give trainees a role with a higher limit.',
    raised: `an operator completed more than ${perDay} transactions in training mode in a day`,
    onceFor: 'operator and business date',
    severity: '`warning`',
  }),
  contribution: (event) =>
    event.kind === 'transaction' && event.training && event.status === 'completed'
      ? { sums: { [TRAINING]: 1 }, isEvidence: true }
      : undefined,
  finding(view, { perDay }) {
    const value = view.sums[TRAINING] ?? 0;
    return value > perDay && !view.said('training-sales') ? { value } : undefined;
  },
  words: ({ value }, view, { perDay }) => ({
    severity: 'warning',
    title: `${value} sales in training mode`,
    detail:
      `On ${view.businessDate} ${value} transactions were completed in training mode; the limit is ${perDay}. ` +
      'If nobody was being trained, customers may have paid for them: count the drawer, and look at the camera.',
    evidence: view.evidenceOf('training-sales').slice(0, MAX_EVIDENCE),
  }),
});
