import { z } from 'zod';
import type { AlertRule } from '../../alerts/alert-rule.ts';

const parameters = z.strictObject({
  precision: z
    .number()
    .min(0.5)
    .max(0.99)
    .describe(
      'The share of alerts that is to be right, by what the model kept on days that it did not learn from. Higher is quieter.',
    )
    .default(0.85),
  falseAlertLevel: z
    .number()
    .positive()
    .max(1)
    .describe(
      'How rare such a silence must be for a filled shelf: the product of P(no sale) over its hours. 1 leaves it to the model alone.',
    )
    .default(0.0001),
  clearFactor: z
    .number()
    .min(0)
    .max(1)
    .describe('An alert ends without a sale once the probability is below this share of what raised it.')
    .default(0.5),
  leastUnitsPerDay: z
    .number()
    .min(0)
    .describe('A product that sells less on an average day is not watched: its silence says nothing.')
    .default(1),
  leastDays: z
    .int()
    .min(7)
    .max(56)
    .describe("How many whole days of a store's sales must be known before its shelves are judged.")
    .default(14),
  leastStoreShare: z
    .number()
    .min(0)
    .max(1)
    .describe(
      'An hour in which the whole store sold less than this share of the usual is not judged: it was closed or offline.',
    )
    .default(0.3),
  graceMinutes: z
    .int()
    .min(0)
    .max(59)
    .describe('How long after an hour its sales may still arrive before it is judged.')
    .default(10),
});
export type SilentStockoutLimits = z.infer<typeof parameters>;

/**
 * Silent stockout: the books show stock, and nothing sells. No event says so, so this rule acts by the clock, over the
 * stock of all stores at once: see `judgeShelves` and `watchShelves`. docs/silent-stockouts.md says how often it is right.
 */
export const silentStockout: AlertRule<'silent-stockout', SilentStockoutLimits> = {
  kind: 'silent-stockout',
  label: 'Shelf empty, books not',
  parameters,
  about: ({ precision }) => ({
    raised: `the books show stock and nothing sells: by its sales and those of other products and stores a shelf is empty (${Math.round(precision * 100)} in 100 such alerts are right), two hours running; also when it sells again`,
    onceFor:
      'store and hourly look, with all products; a product until it sells, is counted or the doubt is gone',
    severity: '`warning`; `info` when it sells again',
  }),
};
