import { z } from 'zod';
import type { DrawerEvent, TransactionEvent } from '../pos/event.ts';
import type { Activity } from './activity.ts';
import type { Exposure, RateView } from './rate-view.ts';
import type { TillRule } from './rules/rule.ts';

const parameters = z.strictObject({
  falseShare: z
    .number()
    .min(0.0001)
    .max(0.5)
    .describe(
      'Of the cashiers who are named, the share that may be named by chance (false discovery rate after Benjamini and Hochberg).',
    )
    .default(0.05),
  factor: z
    .number()
    .min(1)
    .describe('The rate, after shrinkage, must be so many times the one expected from peers.')
    .default(2),
  minimum: z
    .int()
    .min(1)
    .describe('The cases must be so many more than expected from peers, over the days compared.')
    .default(5),
});
type RateLimits = z.infer<typeof parameters>;

/** A rate of cashiers that is compared with their peers once a day. */
export interface CashierRate<Kind extends string = string> extends TillRule<Kind, RateLimits, 'cashier'> {
  /** Names its sums, see `cashier-profile.ts`. One small letter, which no other rate has and no exposure. */
  readonly letter: string;
  readonly per: Exposure;
  /** How many cases one event has; 0 for nearly all. */
  countOf(event: TransactionEvent | DrawerEvent, activity: Activity | undefined): number;
}
export type AnyCashierRate = CashierRate;

interface Definition<Kind extends string> {
  readonly kind: Kind;
  readonly label: string;
  readonly letter: string;
  readonly per: Exposure;
  /** What is counted, in the plural: "voided lines". */
  readonly what: string;
  /** What the counted cases are a share of: "lines". */
  readonly of: string;
  readonly countOf: CashierRate['countOf'];
  readonly advice: string;
}

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

/** A rate with its name and how it is counted; how it is judged and said is the same for all. */
export function cashierRate<Kind extends string>(of: Definition<Kind>): CashierRate<Kind> {
  return {
    kind: of.kind,
    label: of.label,
    subject: 'cashier',
    letter: of.letter,
    per: of.per,
    countOf: of.countOf,
    parameters,
    about: ({ factor }) => ({
      means:
        `Over the last seven days a cashier has more ${of.what} per ${of.of} than chance explains, beside the others of the same store and role at the same hours. ` +
        'It is judged once a day, after the business date has ended.',
      todo: of.advice,
      raised: `a cashier has more than ${factor} times as many ${of.what} per ${of.of} as peers at the same hours`,
      onceFor: 'cashier, again after a day without',
      severity: '`warning`',
    }),
    finding: ({ count, expected, shrunkShare, expectedShare, falseShare }, limits) =>
      falseShare <= limits.falseShare &&
      count - expected >= limits.minimum &&
      shrunkShare >= limits.factor * expectedShare
        ? { value: count }
        : undefined,
    words: (
      { value },
      { exposure, expected, falseShare, peers, evidence, fromDate, businessDate }: RateView,
    ) => ({
      severity: 'warning',
      title: `${value} ${of.what} in ${exposure} ${of.of}`,
      detail:
        `From ${fromDate} to ${businessDate}: ${percent(value / exposure)} of ${exposure} ${of.of}, where ` +
        `${peers} peers at the same hours lead to expect ${expected.toFixed(1)}. If all cashiers were alike, ` +
        `${percent(falseShare)} of those named would be named by chance. ${of.advice}`,
      evidence,
    }),
  };
}
