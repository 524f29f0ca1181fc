import { z } from 'zod';
import { isRefund } from '../refund-links.ts';
import { tillRule } from './rule.ts';

/** Money goes back to a card that did not pay. Cards are known by the pseudonym of their token alone. */
export const refundOtherCard = tillRule({
  kind: 'refund-other-card',
  label: 'Refund to another card',
  subject: 'case',
  dependsOn: 'sale',
  parameters: z.strictObject({}),
  about: () => ({
    means:
      'Money went to a card that did not pay for the sale. Cards are known by the pseudonym of their token (`cardToken`); without tokens nothing is said.',
    todo: 'Ask whose card it is, and compare with the acquirer.',
    raised: 'a refund goes to another card than the one that paid for the sale',
    onceFor: 'refund',
    severity: '`warning`',
  }),
  concerns: (event, activity) =>
    event.kind === 'transaction' && event.returnOf !== undefined && isRefund(event, activity),
  finding({ refund, sale }) {
    if (!refund || !sale || sale.cards.length === 0) return undefined;
    const others = refund.cards.filter((card) => !sale.cards.includes(card));
    return others.length === 0 ? undefined : { value: others.length };
  },
  words: (_found, { reference }) => ({
    severity: 'warning',
    title: 'Refund to another card',
    detail:
      `Transaction ${String(reference.transactionId)} pays back to a card that did not pay for the sale. ` +
      'Ask whose card it is, and compare with the acquirer.',
    evidence: [reference],
  }),
});
