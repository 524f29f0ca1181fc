import { z } from 'zod';
import type { Finding } from '../../alerts/alert-rule.ts';
import { nameOf, tillRule } from './rule.ts';

interface Unclear extends Finding {
  readonly isReused: boolean;
}

/** What the till leaves open about its shifts, and how we read it: said once a shift, since cash depends on it. */
export const shiftUnclear = tillRule<'shift-unclear', Record<string, never>, 'shift', Unclear>({
  kind: 'shift-unclear',
  label: 'Shifts that are not clear',
  subject: 'shift',
  parameters: z.strictObject({}),
  about: () => ({
    raised: 'sales without a shift id are counted in the open shift, or a shift id was used twice in a day',
    onceFor: 'till and shift',
    severity: '`info`',
  }),
  finding(view) {
    if (view.said('shift-unclear')) return undefined;
    if (view.isReused) return { value: 1, isReused: true };
    return view.inferred > 0 ? { value: view.inferred, isReused: false } : undefined;
  },
  words: ({ isReused }, view) => ({
    severity: 'info',
    title: isReused
      ? `Shift id ${String(view.shift.shiftId)} was used twice in a day`
      : 'Sales name no shift',
    detail: isReused
      ? `${nameOf(view)} was opened more than once on ${view.shift.businessDate}, so its cash cannot be separated: ` +
        'only the figure that the till itself expects is compared. Give each shift an id of its own.'
      : `Events that name no shift are counted in ${nameOf(view)}, the one that was open at the till. ` +
        'Let the till send shiftId with every event.',
    evidence: [],
  }),
});
