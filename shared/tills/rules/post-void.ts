import { z } from 'zod';
import { formatAmount } from '../../money.ts';
import type { TransactionEvent } from '../../pos/event.ts';
import { tillRule } from './rule.ts';

/** Each is reviewed: the customer has paid and left, and the receipt is printed. */
export const postVoid = tillRule({
  kind: 'post-void',
  label: 'Voided after payment',
  subject: 'case',
  countsAll: true,
  parameters: z.strictObject({
    minimumMinor: z.int().min(0).describe('Below this total, in minor units, nothing is said.').default(0),
  }),
  about: () => ({
    means:
      'A transaction was voided after it was paid: the receipt is printed, and the customer may have left with the goods.',
    todo: 'Compare the receipt, the camera and who approved it. Each one is reviewed.',
    raised: 'a transaction was voided after it was paid',
    onceFor: 'transaction',
    severity: '`warning`',
  }),
  concerns: (event) => event.kind === 'transaction' && event.status === 'voided' && !event.training,
  finding(view, { minimumMinor }) {
    const value = Math.abs((view.event as TransactionEvent).totals.grossMinor);
    return value >= minimumMinor ? { value } : undefined;
  },
  words({ value }, { event, reference }) {
    return {
      severity: 'warning',
      title: `Voided after payment: ${formatAmount(value, event.currency)} ${event.currency}`,
      detail:
        `Transaction ${String(reference.transactionId)} was voided after it was paid. ` +
        'Check the receipt, whether the customer was there, and who approved it.',
      evidence: [reference],
    };
  },
});
