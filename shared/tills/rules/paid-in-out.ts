import { z } from 'zod';
import { currencySchema, formatAmount, type Currency } from '../../money.ts';
import type { DrawerEvent } from '../../pos/event.ts';
import { tillRule } from './rule.ts';

const limitMinor = z.int().min(0);

/** Cash that goes in or out of a drawer beside the sales. */
export const paidInOut = tillRule({
  kind: 'paid-in-out',
  label: 'Paid in or out',
  subject: 'case',
  parameters: z.strictObject({
    limitMinor: limitMinor
      .describe('The most that may be paid in or out at once, in minor units.')
      .default(10_000),
    limitMinorByCurrency: z
      .record(currencySchema, limitMinor.describe('In minor units of that currency.'))
      .describe('The same by ISO 4217 code; others keep limitMinor.')
      .default({ JPY: 15_000, KRW: 150_000, SEK: 100_000, NOK: 100_000, DKK: 75_000, CZK: 250_000 } as Record<
        Currency,
        number
      >),
    mustHaveReason: z.boolean().describe('Also raised where no reason is given.').default(true),
  }),
  about: ({ limitMinor: limit }) => ({
    means:
      'Cash went in or out of the drawer without a reason, or more than is allowed at once. Drops and change money do not count.',
    todo: 'Ask for the receipt, and book it.',
    raised: `cash was paid in or out without a reason, or more than ${(limit / 100).toFixed(2)} at once (other currencies below)`,
    onceFor: 'opening of the drawer',
    severity: '`warning`',
  }),
  concerns: (event) => event.kind === 'drawer' && (event.action === 'paidIn' || event.action === 'paidOut'),
  finding(view, limits) {
    const { amountMinor, currency, reason } = view.event as DrawerEvent;
    const isLarge = amountMinor > (limits.limitMinorByCurrency[currency] ?? limits.limitMinor);
    const hasReason = reason !== undefined && reason.trim() !== '';
    return isLarge || (limits.mustHaveReason && !hasReason) ? { value: amountMinor } : undefined;
  },
  words({ value }, view, limits) {
    const { action, currency, reason } = view.event as DrawerEvent;
    const money = (amountMinor: number): string => `${formatAmount(amountMinor, currency)} ${currency}`;
    const hasReason = reason !== undefined && reason.trim() !== '';
    return {
      severity: 'warning',
      title: `${money(value)} paid ${action === 'paidIn' ? 'in' : 'out'}${hasReason ? '' : ' without a reason'}`,
      detail:
        `At most ${money(limits.limitMinorByCurrency[currency] ?? limits.limitMinor)} may be paid in or out at once` +
        `${limits.mustHaveReason ? ', and with a reason' : ''}. Ask for the receipt, and book it.`,
      evidence: [view.reference],
    };
  },
});
