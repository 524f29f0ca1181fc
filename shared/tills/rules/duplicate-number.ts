import { z } from 'zod';
import { tillRule } from './rule.ts';

/** A till used a running number for two events: a copied till, a journal that was reset, or an event put in by hand. */
export const duplicateNumber = tillRule({
  kind: 'duplicate-number',
  label: 'Numbers used twice',
  subject: 'numbers',
  parameters: z.strictObject({
    allowed: z
      .int()
      .min(0)
      .describe('So many numbers of one run may be used twice; one more raises the alert.')
      .default(0),
  }),
  about: () => ({
    means:
      'Two different events of a till have one running number: a till restored from a copy, two tills with one id, or an event put in by hand. Later versions of a transaction and repeats do not count, nor do the events of shifts.',
    todo: "Compare the till's journal with what arrived.",
    raised: 'a running number of a till stands on two different events',
    onceFor: 'till and numbering, again when twice as many',
    severity: '`warning`',
  }),
  finding({ duplicates, said }, { allowed }) {
    if (duplicates <= allowed) return undefined;
    return duplicates >= 2 * (said('duplicate-number')?.value ?? 0)
      ? { value: duplicates, again: true }
      : undefined;
  },
  words: ({ value }, { run, evidence }) => ({
    severity: 'warning',
    title: `${value} ${value === 1 ? 'number was' : 'numbers were'} used twice`,
    detail:
      `In the running numbers ${run.scope} two different events have one number. Look for a till that was restored from a copy ` +
      'or two tills with one id, and compare its journal.',
    evidence: [evidence],
  }),
});
