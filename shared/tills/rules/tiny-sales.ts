import { z } from 'zod';
import { MAX_EVIDENCE } from '../../alerts/alert.ts';
import type { DayView } from '../day-tally.ts';
import { tillRule } from './rule.ts';

const TINY = 'tinySale';
const STEP_MINOR = 5;
const LARGEST_MINOR = 100;

/** Sales of nothing or nearly nothing, again and again: they open the drawer, or stand for goods that were not entered. */
export const tinySales = tillRule({
  kind: 'tiny-sales',
  label: 'Tiny or zero sales',
  subject: 'operator-day',
  parameters: z.strictObject({
    maximumMinor: z
      .int()
      .min(0)
      .max(LARGEST_MINOR)
      .describe('A sale up to this total, in minor units and in steps of 5, is tiny.')
      .default(25),
    perDay: z
      .int()
      .min(0)
      .describe('So many an operator may have in a day; one more raises the alert.')
      .default(3),
  }),
  about: ({ maximumMinor, perDay }) => ({
    means:
      'Sales of nothing or nearly nothing, again and again: they open the drawer, or stand for goods that were not entered. Sales with returned goods, and those of gift cards and deposits alone, do not count.',
    todo: 'Compare what was carried out with what was entered.',
    raised: `an operator has more than ${perDay} sales of at most ${(maximumMinor / 100).toFixed(2)} in a day`,
    onceFor: 'operator and business date',
    severity: '`warning`',
  }),
  contribution(event, _known, activity) {
    if (event.kind !== 'transaction' || !activity || activity.returned > 0) return undefined;
    const { grossMinor } = event.totals;
    if (grossMinor < 0 || grossMinor > LARGEST_MINOR || event.lines.length === 0) return undefined;
    // Gift cards, deposits and the like net to nothing for good reasons.
    if (activity.lines === activity.voidedLines) return undefined;
    const name = `${TINY}${Math.ceil(grossMinor / STEP_MINOR) * STEP_MINOR}`;
    return { sums: { [name]: 1 }, isEvidence: true, evidenceAs: name };
  },
  finding(view, { maximumMinor, perDay }) {
    if (view.said('tiny-sales')) return undefined;
    let value = 0;
    for (const name of upTo(view, maximumMinor)) value += view.sums[name] ?? 0;
    return value > perDay ? { value } : undefined;
  },
  words: ({ value }, view, { maximumMinor, perDay }) => ({
    severity: 'warning',
    title: `${value} tiny or zero sales`,
    detail:
      `On ${view.businessDate} ${value} sales came to at most ${maximumMinor} minor units of ${view.currency}; the limit is ${perDay}. ` +
      'Compare what was carried out with what was entered.',
    evidence: upTo(view, maximumMinor)
      .flatMap((name) => view.evidenceOf(name))
      .slice(0, MAX_EVIDENCE),
  }),
});

const upTo = ({ sums }: DayView, maximumMinor: number): string[] =>
  Object.keys(sums).filter(
    (name) => name.startsWith(TINY) && Number(name.slice(TINY.length)) <= maximumMinor,
  );
