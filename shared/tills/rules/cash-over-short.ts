import { z } from 'zod';
import type { Finding } from '../../alerts/alert-rule.ts';
import { addMinor, currencySchema, formatAmount, type Currency } from '../../money.ts';
import { cashTakenMinor } from '../../pos/drawer-cash.ts';
import type { DrawerEvent } from '../../pos/event.ts';
import { sumOf } from '../shift.ts';
import type { ShiftView } from '../shift-view.ts';
import { nameOf, tillRule } from './rule.ts';

interface CashFinding extends Finding {
  readonly differenceMinor: number;
  readonly isSettled: boolean;
}

const parameters = z.strictObject({
  differenceMinor: z
    .int()
    .min(0)
    .describe('The most that counted and expected cash may differ, in minor units.')
    .default(500),
  differenceMinorByCurrency: z
    .record(currencySchema, z.int().min(0).describe('In minor units of that currency.'))
    .describe(
      'The same by ISO 4217 code, where differenceMinor is too tight or too loose; others keep theirs.',
    )
    .default({ JPY: 500, KRW: 5_000, SEK: 5_000, NOK: 5_000, DKK: 3_500, CZK: 10_000 } as Record<
      Currency,
      number
    >),
  criticalFactor: z
    .int()
    .min(1)
    .describe('A difference of so many times the allowed one is critical.')
    .default(5),
});
type CashLimits = z.infer<typeof parameters>;

/** A later difference is said again when it is at least so many times the one that was said. */
const AGAIN_FACTOR = 2;

export const cashOverShort = tillRule<'cash-over-short', CashLimits, 'shift', CashFinding>({
  kind: 'cash-over-short',
  label: 'Cash over or short',
  subject: 'shift',
  parameters,
  about: ({ differenceMinor, criticalFactor }) => ({
    raised: `counted and expected cash differ by more than ${(differenceMinor / 100).toFixed(2)} (other currencies below)`,
    onceFor: 'till and shift, again when worse',
    severity: `\`warning\`; \`critical\` from ${criticalFactor} times the limit; \`info\` settled`,
  }),
  contribution(event) {
    const sums = event.kind === 'transaction' ? { cashMinor: cashTakenMinor(event) } : drawerSums(event);
    return { sums, isEvidence: false };
  },
  /**
   * A difference beyond the limit, a later one that is at least twice as large or on the other side, or that late events
   * have settled it. Late sales that nibble at a known difference raise nothing.
   */
  finding(view, limits) {
    const differenceMinor = cashDifferenceMinor(view);
    if (differenceMinor === undefined) return undefined;
    const saidMinor = view.said('cash-over-short')?.value ?? 0;
    if (Math.abs(differenceMinor) <= allowedDifferenceMinor(limits, view.shift.currency)) {
      return saidMinor === 0 ? undefined : { value: 0, again: true, differenceMinor, isSettled: true };
    }
    const isWorse = Math.abs(differenceMinor) >= AGAIN_FACTOR * Math.abs(saidMinor);
    const isOtherSide = Math.sign(differenceMinor) !== Math.sign(saidMinor);
    if (!isWorse && !isOtherSide) return undefined;
    return { value: differenceMinor, again: true, differenceMinor, isSettled: false };
  },
  words({ differenceMinor, isSettled }, view, limits) {
    const { currency } = view.shift;
    const money = (amountMinor: number): string =>
      `${formatAmount(Math.abs(amountMinor), currency)} ${currency}`;
    const allowedMinor = allowedDifferenceMinor(limits, currency);
    const isCritical = Math.abs(differenceMinor) >= limits.criticalFactor * allowedMinor;
    const found = `${differenceMinor < 0 ? 'short' : 'over'} by ${money(differenceMinor)}`;
    return {
      severity: isSettled ? 'info' : isCritical ? 'critical' : 'warning',
      title: isSettled ? `Cash difference settled, now ${found}` : `Cash ${found}`,
      detail:
        `${nameOf(view)}: counted ${money(view.closing?.countedMinor ?? 0)}, expected ` +
        `${money(expectedCashMinor(view) ?? 0)}; ${money(allowedMinor)} may differ. ` +
        (isSettled
          ? 'Events that came late explain the difference reported before. Nothing is left to do.'
          : 'Count again, look for a drop, pay-out or offline sale that was not entered, then book the difference.'),
      evidence: view.closing ? [view.closing.evidence] : [],
    };
  },
});

const SUM_OF_ACTION = {
  noSale: undefined,
  paidIn: 'paidInMinor',
  paidOut: 'paidOutMinor',
  drop: 'droppedMinor',
  float: 'floatAddedMinor',
} as const;

function drawerSums({ action, amountMinor }: DrawerEvent): Record<string, number> {
  const name = SUM_OF_ACTION[action];
  return name === undefined ? {} : { [name]: amountMinor };
}

export function allowedDifferenceMinor(
  limits: Pick<CashLimits, 'differenceMinor' | 'differenceMinorByCurrency'>,
  currency: Currency,
): number {
  return limits.differenceMinorByCurrency[currency] ?? limits.differenceMinor;
}

/**
 * Cash that should be in the drawer: float + cash sales - change - cash refunds + paid in - paid out - drops. Where the
 * opening is not known, or one id was used for two shifts, the till's own figure stands in; without either nothing can be
 * expected.
 */
function expectedCashMinor(view: ShiftView): number | undefined {
  if (!view.opening || view.isReused) return view.closing?.tillExpectedMinor;
  return addMinor(
    view.opening.floatMinor,
    sumOf(view, 'floatAddedMinor'),
    sumOf(view, 'cashMinor'),
    sumOf(view, 'paidInMinor'),
    -sumOf(view, 'paidOutMinor'),
    -sumOf(view, 'droppedMinor'),
  );
}

/** Counted less expected: positive is over, negative is short. Undefined until both are known. */
export function cashDifferenceMinor(view: ShiftView): number | undefined {
  const expectedMinor = expectedCashMinor(view);
  if (!view.closing || expectedMinor === undefined) return undefined;
  return addMinor(view.closing.countedMinor, -expectedMinor);
}
