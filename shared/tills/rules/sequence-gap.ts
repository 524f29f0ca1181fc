import { z } from 'zod';
import type { Finding } from '../../alerts/alert-rule.ts';
import { MINUTE_MS } from '../../time.ts';
import { gapsOf, missingIn, type SequenceGap } from '../sequence-run.ts';
import { tillRule } from './rule.ts';

interface GapFinding extends Finding {
  readonly gaps: readonly SequenceGap[];
  readonly isFilled: boolean;
}
const parameters = z.strictObject({
  allowed: z
    .int()
    .min(0)
    .describe('Numbers that may be missing in one run; one more raises the alert.')
    .default(0),
  graceMinutes: z
    .int()
    .min(0)
    .describe(
      'So long after a gap the till must have gone on, or have closed its shift: until then they may be on their way.',
    )
    .default(15),
});

const GAPS_NAMED = 10;

/**
 * Numbers that a till used and that never came: a sale that was deleted, or an event that is lost or late. It is said again
 * when twice as many are missing, and taken back when all that were missing came late.
 */
export const sequenceGap = tillRule<'sequence-gap', z.infer<typeof parameters>, 'numbers', GapFinding>({
  kind: 'sequence-gap',
  label: 'Numbers that are missing',
  subject: 'numbers',
  parameters,
  about: ({ graceMinutes }) => ({
    raised:
      "a number is missing among a till's running numbers, " +
      `${graceMinutes} minutes after it went on or when it closes its shift`,
    onceFor: 'till and numbering, again when twice as many',
    severity: '`warning`; `info` when they arrive',
  }),
  finding({ run, closedAtMs, said }, { allowed, graceMinutes }) {
    // Their ranges are gone: nothing is known to be missing, nor to have come.
    if (run.isNoRun) return undefined;
    const saidMissing = said('sequence-gap')?.value ?? 0;
    const all = gapsOf(run);
    if (missingIn(all) <= allowed)
      return saidMissing === 0 ? undefined : { value: 0, again: true, gaps: [], isFilled: true };
    const ripeUntilMs = closedAtMs ?? run.newestAtMs - graceMinutes * MINUTE_MS;
    const gaps = all.filter(({ beforeMs }) => beforeMs <= ripeUntilMs);
    const missing = missingIn(gaps);
    if (missing <= allowed || missing < 2 * saidMissing) return undefined;
    return { value: missing, again: true, gaps, isFilled: false };
  },
  words({ value: missing, gaps, isFilled }, { run, evidence }) {
    const numbers = gaps
      .slice(0, GAPS_NAMED)
      .map(({ from, to }) => (from === to ? `${from}` : `${from} to ${to}`));
    const more = gaps.length > numbers.length ? ` and ${gaps.length - numbers.length} further gaps` : '';
    return {
      severity: isFilled ? 'info' : 'warning',
      title: isFilled
        ? 'Missing numbers have come'
        : `${missing} ${missing === 1 ? 'number is' : 'numbers are'} missing`,
      detail: isFilled
        ? `Events that came late have filled the gap reported before in the numbers ${run.scope}. Nothing is left to do.`
        : `In the running numbers ${run.scope} ${numbers.join(', ')}${more} ${missing === 1 ? 'is' : 'are'} missing though ` +
          'later ones came. If the till was offline they may still come. Otherwise find them in its journal, and ask why ' +
          'they were not sent.',
      evidence: [evidence],
    };
  },
});
