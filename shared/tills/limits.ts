import type { Currency } from '../money.ts';

/**
 * The limits of the till rules, in one place. They are where most chains start: tight enough to show a habit in one
 * shift, loose enough that an honest shift raises nothing.
 */
export interface TillLimits {
  /** Openings without a sale that one shift at one till may have; one more raises `no-sale-openings`. */
  readonly noSaleOpeningsPerShift: number;
  /** Refunds without an original sale that one shift may have; one more raises `refund-without-receipt`. */
  readonly refundsWithoutReceiptPerShift: number;
  /** The most that counted and expected cash may differ before `cash-over-short`, in minor units. */
  readonly cashDifferenceMinor: number;
  /** The same for currencies where `cashDifferenceMinor` would be too tight or too loose. */
  readonly cashDifferenceMinorByCurrency: Readonly<Record<string, number>>;
  /** A cash difference of so many times the allowed one is critical. */
  readonly criticalCashFactor: number;
}

export const DEFAULT_TILL_LIMITS: TillLimits = {
  noSaleOpeningsPerShift: 5,
  refundsWithoutReceiptPerShift: 2,
  cashDifferenceMinor: 500,
  cashDifferenceMinorByCurrency: { JPY: 500, KRW: 5_000, SEK: 5_000, NOK: 5_000, DKK: 3_500, CZK: 10_000 },
  criticalCashFactor: 5,
};

export function allowedCashDifferenceMinor(limits: TillLimits, currency: Currency): number {
  return limits.cashDifferenceMinorByCurrency[currency] ?? limits.cashDifferenceMinor;
}
