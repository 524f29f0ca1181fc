import { z } from 'zod';
import type { Finding } from '../../alerts/alert-rule.ts';
import { epochMsOf, HOUR_MS } from '../../time.ts';
import { transactionKey } from '../../pos/transaction-versions.ts';
import { tillRule } from './rule.ts';

const KIND = 'suspended-sale';
const SUSPENDED = 'suspended';
const RESUMED = 'resumed';

const parameters = z.strictObject({
  hours: z
    .int()
    .min(1)
    .describe('So long a sale may stay suspended; when its till closes the shift, it may no longer.')
    .default(12),
});

/**
 * A sale that was suspended and never resumed: goods that went out unpaid, or cash that was taken for them. Raised when its till
 * closes the shift, and by the clock for a till that does not.
 */
export const suspendedSale = tillRule<typeof KIND, z.infer<typeof parameters>, 'suspended', Finding>({
  kind: KIND,
  label: 'Suspended and never resumed',
  subject: 'suspended',
  countsAll: true,
  parameters,
  about: ({ hours }) => ({
    means:
      'A sale was suspended and not resumed when its till closed the shift, or within some hours. The clock asks once an hour about tills that do not close.',
    todo: 'Look for the goods, and at whether the customer paid. An alert of severity `info` follows when the sale goes on after all, if the closing of the shift had raised it.',
    raised: `a suspended transaction was not resumed when its till closed the shift, or within ${hours} hours`,
    onceFor: 'transaction',
    severity: '`warning`; `info` when it is resumed',
  }),
  contribution(event, _known, _activity, id) {
    if (event.kind !== 'transaction') return undefined;
    const isOwn = event.status === 'suspended' && transactionKey(event) === id;
    return isOwn
      ? { sums: { [SUSPENDED]: 1 }, isEvidence: true }
      : { sums: { [RESUMED]: 1 }, isEvidence: false };
  },
  finding(view, { hours }) {
    const isOpen = (view.sums[SUSPENDED] ?? 0) > 0 && (view.sums[RESUMED] ?? 0) === 0;
    const wasSaid = (view.said(KIND)?.value ?? 0) > 0;
    if (!isOpen) return wasSaid ? { value: 0, again: true } : undefined;
    const [suspended] = view.evidenceOf(KIND);
    const isOld = suspended !== undefined && view.nowMs - epochMsOf(suspended.occurredAt) > hours * HOUR_MS;
    return (isOld || view.isClosed) && !wasSaid ? { value: 1, again: true } : undefined;
  },
  words: ({ value }, view, { hours }) => ({
    severity: value === 0 ? 'info' : 'warning',
    title: value === 0 ? 'Suspended sale has gone on' : 'Suspended sale was never resumed',
    detail:
      value === 0
        ? 'The suspended sale that was reported before was resumed, completed or given up. Nothing is left to do.'
        : `A sale was suspended on ${view.businessDate} and not resumed when the shift closed or within ${hours} hours. ` +
          'Look for the goods, and at whether the customer paid.',
    evidence: view.evidenceOf(KIND),
  }),
});
