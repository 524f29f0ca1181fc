import { z } from 'zod';
import { isRefund } from '../refund-links.ts';
import { tillRule } from './rule.ts';

/** Who sold also pays back: nobody else has seen the goods. */
export const ownRefund = tillRule({
  kind: 'own-refund',
  label: 'Refund of own sale',
  subject: 'case',
  dependsOn: 'sale',
  parameters: z.strictObject({
    minimumMinor: z.int().min(0).describe('Below this amount, in minor units, nothing is said.').default(0),
  }),
  about: () => ({
    means:
      'Whoever made the sale also paid it back, so nobody else has seen the goods. The sale is known from the event (`returnOf.operatorId`) or from what the stream remembers, whichever of the two comes first.',
    todo: 'Check that the goods came back, and let refunds be made or approved by someone else.',
    raised: 'the operator who made a sale also refunds it',
    onceFor: 'refund',
    severity: '`warning`',
  }),
  concerns: (event, activity) =>
    event.kind === 'transaction' && event.returnOf !== undefined && isRefund(event, activity),
  finding({ event, refund, sale }, { minimumMinor }) {
    if (refund?.operatorId === undefined || refund.operatorId !== sale?.operatorId) return undefined;
    const value = event.kind === 'transaction' ? Math.abs(event.totals.grossMinor) : 0;
    return value >= minimumMinor ? { value } : undefined;
  },
  words: (_found, { reference }) => ({
    severity: 'warning',
    title: 'Refund of own sale',
    detail:
      `Transaction ${String(reference.transactionId)} refunds a sale of the same operator. Check that the goods came back; ` +
      'let refunds be made or approved by someone else.',
    evidence: [reference],
  }),
});
