import { PermanentError } from '../../errors.ts';
import { divideRounded, exponentOf, type Currency } from '../../money.ts';

/**
 * Amounts of vendors who write them finer than the currency is, and make cents of their sums only: 4.30435 and 0.64565 are
 * 4.95. They are added up exactly, as integers of 10^-20, and rounded once.
 */
export const FINE_DIGITS = 20;
const DECIMAL = /^([+-]?)(\d{1,15})(?:\.(\d+))?(?:[eE]([+-]?\d{1,2}))?$/;

/**
 * @param value a decimal text, or a JSON number, whose shortest text is what the vendor wrote.
 * @throws PermanentError `schema`
 */
export function fineOf(value: string | number, where: string): bigint {
  const match = DECIMAL.exec(String(value).trim());
  if (!match) throw new PermanentError('schema', 'is no decimal amount', { where });
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const shift = FINE_DIGITS - fraction.length + Number(exponent);
  const digits = BigInt(whole + fraction);
  // What is finer is a trace of binary fractions, far below anything that is paid.
  const fine = shift >= 0 ? digits * 10n ** BigInt(shift) : divideRounded(digits, 10n ** BigInt(-shift));
  return sign === '-' ? -fine : fine;
}

const stepOf = (currency: Currency): bigint => 10n ** BigInt(FINE_DIGITS - exponentOf(currency));

/** The nearest minor unit, half away from zero. */
export const minorOfFine = (fine: bigint, currency: Currency): number =>
  Number(divideRounded(fine, stepOf(currency)));

export const isWholeMinor = (fine: bigint, currency: Currency): boolean => fine % stepOf(currency) === 0n;

/** Thousandths of a quantity; undefined where it is finer than that. */
export function milliOfFine(fine: bigint): { milli: number; isExact: boolean } {
  const step = 10n ** BigInt(FINE_DIGITS - 3);
  return { milli: Number(divideRounded(fine, step)), isExact: fine % step === 0n };
}

/** Minor units of each amount that add up to the rounded sum: each gets what the running total makes due. */
export function spreadFine(fines: readonly bigint[], currency: Currency): number[] {
  let passed = 0n;
  let givenMinor = 0;
  return fines.map((fine) => {
    passed += fine;
    const minor = minorOfFine(passed, currency) - givenMinor;
    givenMinor += minor;
    return minor;
  });
}

export const sumFine = (fines: readonly bigint[]): bigint => fines.reduce((sum, fine) => sum + fine, 0n);
