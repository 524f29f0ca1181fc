import { z } from 'zod';
import { addMinor, extendMinor, formatAmount } from '../../money.ts';
import type { TransactionEvent, TransactionLine } from '../../pos/event.ts';
import { isReturned } from '../../pos/returned-goods.ts';
import { tillRule, type Knowledge } from './rule.ts';

/** A price keyed by hand, far below the central one. What a promotion allows is no override. */
export const priceOverride = tillRule({
  kind: 'price-override',
  label: 'Price changed by hand',
  subject: 'case',
  parameters: z.strictObject({
    percent: z
      .number()
      .min(0)
      .max(100)
      .describe('A price keyed by hand may be so many percent below the central price.')
      .default(20),
    minimumMinor: z
      .int()
      .min(0)
      .describe('What a transaction loses by it, in minor units, before anything is said.')
      .default(100),
  }),
  about: ({ percent }) => ({
    means:
      'A price keyed by hand is far below the central price; where the master data has none, below what the till calls the regular price.',
    todo: 'Check the label on the shelf, the reason, and who approved it.',
    raised: `a price was keyed by hand more than ${percent} % below the central price`,
    onceFor: 'transaction',
    severity: '`warning`',
  }),
  concerns: (event, activity) => event.kind === 'transaction' && (activity?.overridden ?? 0) > 0,
  finding(view, { percent, minimumMinor }, known) {
    const event = view.event as TransactionEvent;
    let lostMinor = 0;
    for (const line of event.lines) lostMinor = addMinor(lostMinor, lostBy(line, event, percent, known));
    return lostMinor > 0 && lostMinor >= minimumMinor ? { value: lostMinor } : undefined;
  },
  words({ value }, { event, reference }, { percent }) {
    const money = `${formatAmount(value, event.currency)} ${event.currency}`;
    return {
      severity: 'warning',
      title: `Prices keyed by hand give away ${money}`,
      detail:
        `Transaction ${String(reference.transactionId)} charges ${money} less than the central prices; ` +
        `${percent} % are allowed. Check the label on the shelf, the reason, and who approved it.`,
      evidence: [reference],
    };
  },
});

/** The central price where the master data has one, or else what the till calls regular. */
function lostBy(line: TransactionLine, event: TransactionEvent, percent: number, known: Knowledge): number {
  if (line.priceOverride === undefined || line.voided === true || line.type !== 'sale' || isReturned(line))
    return 0;
  const central = line.productId === undefined ? undefined : known.priceMinor(line.productId, event.currency);
  const dueMinor = central ?? line.regularUnitPriceMinor;
  // Tills round a lowered price to whole units of some size.
  const isAllowed = (line.actualUnitPriceMinor + 1) * 100 >= dueMinor * (100 - percent);
  return isAllowed ? 0 : extendMinor(dueMinor - line.actualUnitPriceMinor, line.quantityMilli);
}
