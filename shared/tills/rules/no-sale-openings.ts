import { z } from 'zod';
import { MAX_EVIDENCE } from '../../alerts/alert.ts';
import { sumOf } from '../shift.ts';
import { nameOf, tillRule } from './rule.ts';

const OPENINGS = 'noSaleOpenings';

export const noSaleOpenings = tillRule({
  kind: 'no-sale-openings',
  label: 'Drawer opened without a sale',
  subject: 'shift',
  parameters: z.strictObject({
    perShift: z
      .int()
      .min(0)
      .describe('Openings without a sale that one shift may have; one more raises the alert.')
      .default(5),
  }),
  about: ({ perShift }) => ({
    raised: `a drawer was opened more than ${perShift} times without a sale`,
    onceFor: 'till and shift',
    severity: '`warning`',
  }),
  contribution: (event) =>
    event.kind === 'drawer' && event.action === 'noSale'
      ? { sums: { [OPENINGS]: 1 }, isEvidence: true }
      : undefined,
  finding(view, { perShift }) {
    const value = sumOf(view, OPENINGS);
    return value > perShift && !view.said('no-sale-openings') ? { value } : undefined;
  },
  words: ({ value }, view, { perShift }) => ({
    severity: 'warning',
    title: `Drawer opened ${value} times without a sale`,
    detail:
      `${nameOf(view)} has ${value} openings without a sale; the limit is ${perShift}. ` +
      `Ask the operator, and look at what the camera saw at these times.`,
    evidence: view.evidenceOf('no-sale-openings').slice(0, MAX_EVIDENCE),
  }),
});
