import type { EventReference } from '../alerts/alert.ts';
import type { BusinessDate, OperatorId } from '../ids.ts';

/** What a rate is a share of, with the letter that names its sums. */
export const EXPOSURES = {
  transactions: 't',
  lines: 'l',
  /** Lines whose way into the till is known. */
  entered: 'e',
  /** Card payments of which it is known how the card was read. */
  cardsRead: 'c',
  /** Lines of which it is known how long they took. */
  timed: 'm',
} as const;
export type Exposure = keyof typeof EXPOSURES;

/** One rate of one cashier over some days, beside what peers at the same hours lead to expect. */
export interface RateView {
  readonly operatorId: OperatorId;
  readonly fromDate: BusinessDate;
  /** The last of the days. */
  readonly businessDate: BusinessDate;
  readonly count: number;
  /** What it is a share of, such as the number of transactions. */
  readonly exposure: number;
  /** Cases expected at the peers' rates, hour by hour. */
  readonly expected: number;
  readonly expectedShare: number;
  /** The cashier's share, drawn towards the peers' as far as the numbers are small. */
  readonly shrunkShare: number;
  /** Odds of so many cases or more, if the cashier were like the peers. */
  readonly tail: number;
  /** The share of false ones among all cashiers with odds as small (Benjamini and Hochberg). */
  readonly falseShare: number;
  /** With how many others the cashier was compared. */
  readonly peers: number;
  readonly evidence: readonly EventReference[];
}
