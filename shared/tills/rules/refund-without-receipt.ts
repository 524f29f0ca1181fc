import { z } from 'zod';
import { MAX_EVIDENCE } from '../../alerts/alert.ts';
import { addMinor, formatAmount } from '../../money.ts';
import type { TransactionEvent } from '../../pos/event.ts';
import { isReturned } from '../../pos/returned-goods.ts';
import { sumOf } from '../shift.ts';
import { nameOf, tillRule } from './rule.ts';

const REFUNDS = 'refundsWithoutReceipt';
const AMOUNT = 'refundsWithoutReceiptMinor';

export const refundWithoutReceipt = tillRule({
  kind: 'refund-without-receipt',
  label: 'Refunds without a receipt',
  subject: 'shift',
  parameters: z.strictObject({
    perShift: z
      .int()
      .min(0)
      .describe('Refunds without an original sale that one shift may have; one more raises the alert.')
      .default(2),
  }),
  about: ({ perShift }) => ({
    raised: `more than ${perShift} refunds do not reference the original sale`,
    onceFor: 'till and shift',
    severity: '`warning`',
  }),
  contribution(event) {
    const refundMinor = event.kind === 'transaction' ? refundWithoutReceiptMinor(event) : 0;
    return refundMinor > 0 ? { sums: { [REFUNDS]: 1, [AMOUNT]: refundMinor }, isEvidence: true } : undefined;
  },
  finding(view, { perShift }) {
    const value = sumOf(view, REFUNDS);
    return value > perShift && !view.said('refund-without-receipt') ? { value } : undefined;
  },
  words: ({ value }, view, { perShift }) => ({
    severity: 'warning',
    title: `${value} refunds without a receipt`,
    detail:
      `${nameOf(view)} paid back ${formatAmount(sumOf(view, AMOUNT), view.shift.currency)} ` +
      `${view.shift.currency} in ${value} refunds that name no sale; the limit is ${perShift}. ` +
      `Check that the goods came back and who approved it.`,
    evidence: view.evidenceOf('refund-without-receipt').slice(0, MAX_EVIDENCE),
  }),
});

/**
 * What a transaction paid for goods taken back with nothing to show where they were bought, in minor units, zero or
 * more. Returned lines count in full, also where an exchange pays for something else with them. A refund that has no
 * lines at all counts with what it pays out.
 */
function refundWithoutReceiptMinor({ lines, returnOf, totals }: TransactionEvent): number {
  if (returnOf?.transactionId !== undefined || returnOf?.receiptNumber !== undefined) return 0;
  if (lines.length === 0) return Math.max(0, -totals.grossMinor);
  let refundedMinor = 0;
  for (const line of lines) {
    // The sign of an amount that contradicts its quantity is the till's slip; the goods came back all the same.
    if (line.voided !== true && isReturned(line))
      refundedMinor = addMinor(refundedMinor, Math.abs(line.extendedAmountMinor));
  }
  return refundedMinor;
}
