import { z } from 'zod';
import { addMinor, extendMinor, formatAmount } from '../../money.ts';
import type { TransactionEvent, TransactionLine } from '../../pos/event.ts';
import { isReturned } from '../../pos/returned-goods.ts';
import { tillRule } from './rule.ts';

/** A discount by hand that takes off more than any cashier may give. */
export const deepDiscount = tillRule({
  kind: 'deep-discount',
  label: 'Deep discount by hand',
  subject: 'case',
  parameters: z.strictObject({
    percent: z
      .number()
      .min(0)
      .max(100)
      .describe('A discount by hand may take so many percent off a line.')
      .default(40),
    minimumMinor: z
      .int()
      .min(0)
      .describe('What such discounts take off a transaction, in minor units, before anything is said.')
      .default(200),
  }),
  about: ({ percent }) => ({
    means: 'A discount by hand takes more off a line than cashiers may give. Promotions do not count.',
    todo: 'Check the reason, and who approved it.',
    raised: `a discount by hand takes more than ${percent} % off a line`,
    onceFor: 'transaction',
    severity: '`warning`',
  }),
  concerns: (event, activity) => event.kind === 'transaction' && (activity?.discounted ?? 0) > 0,
  finding(view, { percent, minimumMinor }) {
    const event = view.event as TransactionEvent;
    let givenMinor = 0;
    for (const line of event.lines) givenMinor = addMinor(givenMinor, deepOn(line, percent));
    return givenMinor > 0 && givenMinor >= minimumMinor ? { value: givenMinor } : undefined;
  },
  words({ value }, { event, reference }, { percent }) {
    const money = `${formatAmount(value, event.currency)} ${event.currency}`;
    return {
      severity: 'warning',
      title: `Discounts by hand take off ${money}`,
      detail:
        `In transaction ${String(reference.transactionId)} discounts by hand take more than ${percent} % off a line, ` +
        `${money} in all. Check the reason, and who approved it.`,
      evidence: [reference],
    };
  },
});

function deepOn(line: TransactionLine, percent: number): number {
  if (!line.discounts || line.voided === true || line.type !== 'sale' || isReturned(line)) return 0;
  let byHandMinor = 0;
  for (const { manual, amountMinor } of line.discounts)
    if (manual) byHandMinor = addMinor(byHandMinor, amountMinor);
  const fullMinor = Math.max(
    extendMinor(line.regularUnitPriceMinor, line.quantityMilli),
    addMinor(line.extendedAmountMinor, byHandMinor),
  );
  return byHandMinor * 100 > fullMinor * percent ? byHandMinor : 0;
}
