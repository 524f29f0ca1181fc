import { z } from 'zod';
import { addMinor, extendMinor, formatAmount } from '../../money.ts';
import type { TransactionEvent, TransactionLine } from '../../pos/event.ts';
import { isReturned } from '../../pos/returned-goods.ts';
import { tillRule, type Knowledge } from './rule.ts';

/** Goods that leave for less than they cost. Products without `costMinor` in the master data are never found. */
export const belowCost = tillRule({
  kind: 'below-cost',
  label: 'Sold below cost',
  subject: 'case',
  parameters: z.strictObject({
    minimumMinor: z
      .int()
      .min(0)
      .describe('What a transaction loses against cost, in minor units, before anything is said.')
      .default(100),
  }),
  about: () => ({
    means:
      "A price or discount by hand brings a sale below what the goods cost. Products without `costMinor` are never found, and a central price below cost is the buyer's decision.",
    todo: 'Check the reason, and who approved it.',
    raised: 'a sale charges less than its goods cost (`costMinor` of the products)',
    onceFor: 'transaction',
    severity: '`warning`',
  }),
  concerns: (event, activity) =>
    event.kind === 'transaction' &&
    activity !== undefined &&
    // At the central price a sale below cost is the buyer's decision, not the cashier's.
    activity.overridden + activity.discounted > 0,
  finding(view, { minimumMinor }, known) {
    const event = view.event as TransactionEvent;
    let lossMinor = 0;
    for (const line of event.lines) lossMinor = addMinor(lossMinor, lossOf(line, event, known));
    return lossMinor > 0 && lossMinor >= minimumMinor ? { value: lossMinor } : undefined;
  },
  words({ value }, { event, reference }) {
    const money = `${formatAmount(value, event.currency)} ${event.currency}`;
    return {
      severity: 'warning',
      title: `Sold ${money} below cost`,
      detail:
        `Transaction ${String(reference.transactionId)} charges ${money} less than its goods cost, by a price or discount ` +
        'given by hand. Check the reason, and who approved it.',
      evidence: [reference],
    };
  },
});

function lossOf(line: TransactionLine, event: TransactionEvent, known: Knowledge): number {
  const isByHand = line.priceOverride !== undefined || line.discounts?.some(({ manual }) => manual) === true;
  if (!isByHand || line.voided === true || line.type !== 'sale' || isReturned(line)) return 0;
  const costMinor =
    line.productId === undefined
      ? undefined
      : known.products?.get(line.productId)?.costMinor?.[event.currency];
  if (costMinor === undefined) return 0;
  let taxMinor = 0;
  for (const { amountMinor } of (event.taxIncluded && line.taxes) || []) taxMinor += amountMinor;
  return Math.max(0, extendMinor(costMinor, line.quantityMilli) - (line.extendedAmountMinor - taxMinor));
}
