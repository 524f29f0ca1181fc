import { z } from 'zod';
import { MAX_EVIDENCE } from '../../alerts/alert.ts';
import { addMinor, extendMinor } from '../../money.ts';
import type { TransactionEvent } from '../../pos/event.ts';
import { isReturned } from '../../pos/returned-goods.ts';
import type { DayView } from '../day-tally.ts';
import { isRefund } from '../refund-links.ts';
import { tillRule } from './rule.ts';

const PERCENT = 'byHandPercent';
const REFUND = 'refundOf';
const STEP_MINOR = 50;
const LARGEST_REFUND_MINOR = 100_000;

/**
 * Discounts, prices and refunds that heap just below the amounts from which someone else has to approve them. Who stays below by chance
 * has values all over the place.
 */
export const nearLimit = tillRule({
  kind: 'near-limit',
  label: 'Just below the limit, again and again',
  subject: 'operator-day',
  parameters: z.strictObject({
    percents: z
      .array(z.int().min(2).max(100))
      .max(20)
      .describe('Percents from which a discount or price by hand needs approval.')
      .default([10, 15, 20, 25, 30, 50]),
    refundsMinor: z
      .array(z.int().min(STEP_MINOR).max(LARGEST_REFUND_MINOR))
      .max(20)
      .describe('Amounts from which a refund needs approval, in minor units.')
      .default([2_000, 2_500, 3_000, 5_000, 10_000, 20_000, 50_000]),
    times: z.int().min(2).describe('So many just below one limit in a day raise the alert.').default(4),
  }),
  about: ({ times }) => ({
    means:
      'Discounts, prices or refunds heap just below an amount from which someone else has to approve, and are most of what the operator gives.',
    todo: 'Look at what was given, and to whom.',
    raised: `${times} discounts, prices or refunds of an operator lie just below one limit for approval, and are most of that kind`,
    onceFor: 'operator and business date',
    severity: '`warning`',
  }),
  contribution(event, _known, activity) {
    if (event.kind !== 'transaction' || !activity) return undefined;
    if (activity.discounted + activity.overridden > 0) {
      const percent = percentByHand(event);
      if (percent > 0) return listed(`${PERCENT}${percent}`);
    }
    if (!isRefund(event, activity)) return undefined;
    const refundMinor = Math.min(Math.abs(Math.min(0, event.totals.grossMinor)), LARGEST_REFUND_MINOR);
    return refundMinor === 0
      ? undefined
      : listed(`${REFUND}${Math.floor(refundMinor / STEP_MINOR) * STEP_MINOR}`);
  },
  finding(view, { percents, refundsMinor, times }) {
    if (view.said('near-limit')) return undefined;
    const value = heapsOf(view, percents, refundsMinor)
      .map(({ count, ofAll }) => (count >= times && 2 * count >= ofAll ? count : 0))
      .reduce((most, count) => Math.max(most, count), 0);
    return value > 0 ? { value } : undefined;
  },
  words({ value }, view, { percents, refundsMinor }) {
    const heap = heapsOf(view, percents, refundsMinor).find(({ count }) => count === value);
    return {
      severity: 'warning',
      title: `${value} times just below ${heap?.text ?? 'a limit'}`,
      detail:
        `On ${view.businessDate} ${value} of ${heap?.ofAll ?? value} lie just below ${heap?.text ?? 'a limit'}, from which someone else ` +
        'has to approve. Look at what was given, and to whom.',
      evidence: (heap?.names ?? []).flatMap((name) => view.evidenceOf(name)).slice(0, MAX_EVIDENCE),
    };
  },
});

const listed = (name: string) => ({ sums: { [name]: 1 }, isEvidence: true, evidenceAs: name });

/** The highest whole percent that a discount or price by hand took off a line; 0 for none. */
function percentByHand({ lines }: TransactionEvent): number {
  let most = 0;
  for (const line of lines) {
    if (line.voided === true || line.type !== 'sale' || isReturned(line)) continue;
    let offMinor = 0;
    for (const { manual, amountMinor } of line.discounts ?? [])
      if (manual) offMinor = addMinor(offMinor, amountMinor);
    const fullMinor = extendMinor(line.regularUnitPriceMinor, line.quantityMilli);
    if (line.priceOverride)
      offMinor = addMinor(
        offMinor,
        extendMinor(line.regularUnitPriceMinor - line.actualUnitPriceMinor, line.quantityMilli),
      );
    if (fullMinor > 0 && offMinor > 0)
      most = Math.max(most, Math.min(100, Math.floor((100 * offMinor + ROUNDING) / fullMinor)));
  }
  return most;
}

interface Heap {
  readonly text: string;
  readonly count: number;
  /** All discounts and prices by hand, or all refunds. */
  readonly ofAll: number;
  readonly names: readonly string[];
}

function heapsOf(view: DayView, percents: readonly number[], refundsMinor: readonly number[]): Heap[] {
  const heap = (prefix: string, from: number, to: number, text: string): Heap => {
    const all = Object.keys(view.sums).filter((name) => name.startsWith(prefix));
    const names = all.filter((name) => {
      const value = Number(name.slice(prefix.length));
      return value >= from && value < to;
    });
    const countOf = (some: readonly string[]): number =>
      some.reduce((sum, name) => sum + (view.sums[name] ?? 0), 0);
    return { text, count: countOf(names), ofAll: countOf(all), names };
  };
  return [
    ...percents.map((limit) => heap(PERCENT, limit - (limit < 20 ? 1 : 2), limit, `${limit} %`)),
    ...refundsMinor.map((limit) =>
      heap(
        REFUND,
        Math.floor((limit * NEAR) / STEP_MINOR) * STEP_MINOR,
        limit,
        `refunds of ${limit} minor units`,
      ),
    ),
  ];
}

const NEAR = 0.95;
/** A discount of 10 %, or a price lowered by it, may be a minor unit off. */
const ROUNDING = 100;
