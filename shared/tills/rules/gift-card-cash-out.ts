import { z } from 'zod';
import { cashTakenMinor } from '../../pos/drawer-cash.ts';
import { formatAmount } from '../../money.ts';
import type { TransactionEvent } from '../../pos/event.ts';
import { tillRule } from './rule.ts';

/** The value of a gift card paid out in cash. Some places demand it for small rests, so there is an allowance. */
export const giftCardCashOut = tillRule({
  kind: 'gift-card-cash-out',
  label: 'Gift card paid out in cash',
  subject: 'case',
  parameters: z.strictObject({
    allowedMinor: z
      .int()
      .min(0)
      .describe('Cash that may be paid out for the rest of a gift card, in minor units.')
      .default(1_000),
  }),
  about: ({ allowedMinor }) => ({
    means: 'The value of a gift card was paid out in cash, beyond small rests.',
    todo: 'Find out who loaded the card, and when.',
    raised: `more than ${(allowedMinor / 100).toFixed(2)} in cash was paid out for a gift card`,
    onceFor: 'transaction',
    severity: '`critical`',
  }),
  concerns: (event, activity) =>
    event.kind === 'transaction' &&
    activity !== undefined &&
    activity.giftCardLines + activity.giftCardTenders > 0,
  finding(view, { allowedMinor }) {
    const event = view.event as TransactionEvent;
    // Goods that came back explain cash that went out.
    const isForCard =
      event.tenders.some(({ type, amountMinor }) => type === 'giftCard' && amountMinor > 0) ||
      event.lines.some(
        ({ type, voided, extendedAmountMinor }) =>
          type === 'giftCard' && voided !== true && extendedAmountMinor < 0,
      );
    if (!isForCard || (view.activity?.returned ?? 0) > 0) return undefined;
    const value = -cashTakenMinor(event);
    return value > allowedMinor ? { value } : undefined;
  },
  words({ value }, { event, reference }, { allowedMinor }) {
    const money = (amountMinor: number): string =>
      `${formatAmount(amountMinor, event.currency)} ${event.currency}`;
    return {
      severity: 'critical',
      title: `${money(value)} in cash for a gift card`,
      detail:
        `Transaction ${String(reference.transactionId)} pays out ${money(value)} in cash for a gift card; ` +
        `${money(allowedMinor)} are allowed. Find out who loaded the card, and when.`,
      evidence: [reference],
    };
  },
});
