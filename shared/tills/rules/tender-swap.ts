import { z } from 'zod';
import { formatAmount } from '../../money.ts';
import { tillRule } from './rule.ts';

/** A later version of a sale with the same total has less cash: what the customer paid in cash was booked on another tender. */
export const tenderSwap = tillRule({
  kind: 'tender-swap',
  label: 'Cash swapped for another tender',
  subject: 'case',
  dependsOn: 'version',
  parameters: z.strictObject({
    minimumMinor: z
      .int()
      .min(1)
      .describe('Less cash than this, in minor units, is not worth a word.')
      .default(1),
  }),
  about: () => ({
    means:
      'A later version of a transaction has the same total and less cash: what was paid in cash was booked on another tender.',
    todo: 'Count the drawer, and look for the voucher, gift card or card slip that replaced the cash.',
    raised: 'a transaction was changed after payment: the same total, and less of it in cash',
    onceFor: 'transaction',
    severity: '`warning`; `info` when a later version takes it back',
  }),
  concerns: (event) => event.kind === 'transaction' && event.version > 1,
  finding({ cashMinor, cashBeforeMinor }, { minimumMinor }) {
    if (cashBeforeMinor === undefined) return undefined;
    const value = cashBeforeMinor - cashMinor;
    return value >= minimumMinor ? { value } : undefined;
  },
  words({ value }, { event, reference }) {
    const money = `${formatAmount(value, event.currency)} ${event.currency}`;
    return {
      severity: 'warning',
      title: `${money} of cash became another tender`,
      detail:
        `An earlier version of transaction ${String(reference.transactionId)} took ${money} more in cash for the same total. ` +
        'Count the drawer, and look for the voucher, gift card or card slip that replaced it.',
      evidence: [reference],
    };
  },
});
