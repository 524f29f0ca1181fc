import { z } from 'zod';
import { MAX_RANGES } from '../sequence-run.ts';
import { tillRule } from './rule.ts';

/** Numbers with so many gaps are no running numbers, so missing ones cannot be found: said once. */
export const sequenceUnclear = tillRule({
  kind: 'sequence-unclear',
  label: 'Numbers that do not run',
  subject: 'numbers',
  parameters: z.strictObject({}),
  about: () => ({
    raised: `the numbers of a till have more than ${MAX_RANGES - 1} gaps, so missing ones cannot be found`,
    onceFor: 'till and numbering',
    severity: '`info`',
  }),
  finding: ({ run, said }) => (run.isNoRun && !said('sequence-unclear') ? { value: 1 } : undefined),
  words: (_found, { run, evidence }) => ({
    severity: 'info',
    title: 'Numbers do not run',
    detail:
      `The numbers ${run.scope} have more than ${MAX_RANGES - 1} gaps. Missing numbers are no longer looked for in them, ` +
      'and gaps reported before stay open. Let the till count by one in each sequenceScope, or send no sequenceNumber.',
    evidence: [evidence],
  }),
});
