import { z } from 'zod';
import type { Alert } from '../../alerts/alert.ts';
import type { PosEvent } from '../../pos/event.ts';
import { gapsOf, missingIn, type SequenceGap, type SequenceRun } from '../sequence-run.ts';
import { eventTimeMs } from '../../pos/event-time.ts';
import { MINUTE_MS } from '../../time.ts';
import { evidenceOf, tillAlert } from './rule.ts';

/**
 * Numbers that a till used and that never came: a sale that was deleted, or an event that is lost or late. The subject
 * is the run of a till's numbers, where those of the other rules are shifts.
 */
export const sequenceGap = {
  kind: 'sequence-gap' as const,
  label: 'Numbers that are missing',
  parameters: z.strictObject({
    /** Numbers that may be missing in one run; one more raises the alert. */
    allowed: z.int().min(0).default(0),
    /** So long after a gap the till must have gone on, or have closed its shift: until then they may be on their way. */
    graceMinutes: z.int().min(0).default(15),
  }),
};
type GapLimits = z.infer<(typeof sequenceGap)['parameters']>;

/** Says it again when twice as many are missing, and takes it back when all that were missing came late. */
export function sequenceAlert(
  event: PosEvent,
  run: SequenceRun,
  { allowed, graceMinutes }: GapLimits,
): Alert | undefined {
  const isClosing = event.kind === 'shift' && event.action === 'closed';
  const ripeUntilMs = isClosing ? eventTimeMs(event) : run.newestAtMs - graceMinutes * MINUTE_MS;
  const all = gapsOf(run);
  const gaps = all.filter(({ beforeMs }) => beforeMs <= ripeUntilMs);
  const missing = missingIn(gaps);
  const isFilled = missingIn(all) <= allowed;
  if (!isFilled && missing <= allowed) return undefined;
  if (isFilled ? run.saidMissing === 0 : missing < 2 * run.saidMissing || missing === run.saidMissing)
    return undefined;
  run.saidMissing = isFilled ? 0 : missing;
  run.revision += 1;
  const numbers = gaps
    .slice(0, 10)
    .map(({ from, to }: SequenceGap) => (from === to ? `${from}` : `${from} to ${to}`));
  const more = gaps.length > numbers.length ? ` and ${gaps.length - numbers.length} further gaps` : '';
  return tillAlert(
    event,
    {
      kind: sequenceGap.kind,
      tillId: run.tillId,
      businessDate: run.businessDate,
      subject: [run.tillId, run.scope, `${run.revision}`],
    },
    {
      severity: isFilled ? 'info' : 'warning',
      title: isFilled
        ? 'Missing numbers have come'
        : `${missing} ${missing === 1 ? 'number is' : 'numbers are'} missing`,
      detail: isFilled
        ? `Events that came late have filled the gap reported before in the numbers ${run.scope}. Nothing is left to do.`
        : `In the running numbers ${run.scope} ${numbers.join(', ')}${more} ${missing === 1 ? 'is' : 'are'} missing though ` +
          'later ones came. If the till was offline they may still come. Else find them in its journal, and ask why they ' +
          'were not sent.',
      evidence: [evidenceOf(event)],
    },
  );
}
