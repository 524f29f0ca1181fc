import { z } from 'zod';
import { addMinor, formatAmount } from '../../money.ts';
import type { TransactionEvent } from '../../pos/event.ts';
import { tillRule } from './rule.ts';

/**
 * A gift card that was loaded with nothing paid for it, or less than its value: activated without tender, covered by a
 * discount, or paid with goods that came back.
 */
export const giftCardUnpaid = tillRule({
  kind: 'gift-card-unpaid',
  label: 'Gift card loaded without payment',
  subject: 'case',
  parameters: z.strictObject({}),
  about: () => ({
    means:
      'A gift card was loaded and nothing paid for it, or less than its value, or it was sold with a discount. What comes back in an exchange counts as paid.',
    todo: 'Block the card until it is clear who has it.',
    raised: 'a gift card was loaded and not paid, or sold with a discount',
    onceFor: 'transaction',
    severity: '`critical`',
  }),
  concerns: (event, activity) => event.kind === 'transaction' && (activity?.giftCardLines ?? 0) > 0,
  finding(view) {
    const value = unpaidMinor(view.event as TransactionEvent);
    return value > 0 ? { value } : undefined;
  },
  words({ value }, { event, reference }) {
    const money = `${formatAmount(value, event.currency)} ${event.currency}`;
    return {
      severity: 'critical',
      title: `Gift card loaded, ${money} not paid`,
      detail:
        `Transaction ${String(reference.transactionId)} loads gift cards; ${money} of it was not paid or given as a discount. ` +
        'Block the card until it is clear who has it.',
      evidence: [reference],
    };
  },
});

/** What was loaded less what was paid, and what was taken off by discounts, in minor units. */
function unpaidMinor({ lines, tenders }: TransactionEvent): number {
  let loadedMinor = 0;
  let discountedMinor = 0;
  for (const line of lines) {
    if (line.type !== 'giftCard' || line.voided === true || line.extendedAmountMinor < 0) continue;
    let offMinor = 0;
    for (const { amountMinor } of line.discounts ?? []) offMinor = addMinor(offMinor, amountMinor);
    discountedMinor = addMinor(discountedMinor, Math.max(0, offMinor));
    loadedMinor = addMinor(loadedMinor, line.extendedAmountMinor);
  }
  let paidMinor = 0;
  for (const { amountMinor, changeMinor = 0 } of tenders)
    paidMinor = addMinor(paidMinor, Math.max(0, amountMinor), -changeMinor);
  // Goods taken back may pay for a card, and so may an exchange: what came back counts as paid.
  for (const line of lines)
    if (line.voided !== true && line.extendedAmountMinor < 0)
      paidMinor = addMinor(paidMinor, -line.extendedAmountMinor);
  return addMinor(Math.max(0, loadedMinor - paidMinor), discountedMinor);
}
