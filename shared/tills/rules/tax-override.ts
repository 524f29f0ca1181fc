import { z } from 'zod';
import type { TransactionEvent } from '../../pos/event.ts';
import { tillRule } from './rule.ts';

/** Tax that was changed by hand, with nobody else to approve it or nothing said about why. */
export const taxOverride = tillRule({
  kind: 'tax-override',
  label: 'Tax changed by hand',
  subject: 'case',
  parameters: z.strictObject({
    mustBeApproved: z
      .boolean()
      .describe('Also raised where nobody but the operator approved it.')
      .default(true),
    mustHaveReason: z.boolean().describe('Also raised where no reason is given.').default(true),
  }),
  about: () => ({
    means: 'The tax of a line was changed by hand without a reason, or with nobody else to approve it.',
    todo: 'Ask for the certificate of exemption; without it the tax is owed.',
    raised: 'a tax was changed by hand without a reason or without approval by someone else',
    onceFor: 'transaction',
    severity: '`warning`',
  }),
  concerns: (event, activity) => event.kind === 'transaction' && (activity?.taxOverridden ?? 0) > 0,
  finding(view, { mustBeApproved, mustHaveReason }) {
    const { lines, operatorId } = view.event as TransactionEvent;
    let value = 0;
    for (const { taxOverride: by, voided } of lines) {
      if (!by || voided === true) continue;
      const isApproved = by.approvedBy !== undefined && by.approvedBy !== operatorId;
      const hasReason = by.reason !== undefined && by.reason.trim() !== '';
      if ((mustBeApproved && !isApproved) || (mustHaveReason && !hasReason)) value += 1;
    }
    return value > 0 ? { value } : undefined;
  },
  words: ({ value }, { reference }) => ({
    severity: 'warning',
    title: `Tax of ${value} ${value === 1 ? 'line' : 'lines'} changed by hand`,
    detail:
      `In transaction ${String(reference.transactionId)} the tax was changed without a reason or without someone else's approval. ` +
      'Ask for the certificate of exemption; without it the tax is owed.',
    evidence: [reference],
  }),
});
