import { z } from 'zod';

/**
 * Money is integer minor units (`amountMinor`) of an ISO 4217 currency. Nothing here returns a fraction, and
 * every sum is checked to stay a safe integer. Ledger totals, which may outgrow that, are summed as bigint.
 */

// ISO 4217:2015 table A.1: every active currency whose minor unit is not 2 digits.
const EXPONENTS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0]),
  ),
  ...Object.fromEntries('BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3])),
  ...Object.fromEntries('CLF UYW'.split(' ').map((code) => [code, 4])),
};
const KNOWN = new Set([...Intl.supportedValuesOf('currency'), ...Object.keys(EXPONENTS)]);

export const currencySchema = z
  .string()
  .refine((code) => KNOWN.has(code), { error: 'must be an ISO 4217 currency code such as EUR' })
  .brand<'Currency'>();
export type Currency = z.infer<typeof currencySchema>;
export const currency = (code: string): Currency => currencySchema.parse(code);

/** Digits after the decimal point of the currency: 2 for EUR, 0 for JPY, 3 for KWD. */
export function exponentOf(code: Currency): number {
  return EXPONENTS[code] ?? 2;
}

/** Adds amounts of one currency. @throws RangeError when the sum leaves the safe integers. */
export function addMinor(...amountsMinor: readonly number[]): number {
  let sum = 0;
  for (const amountMinor of amountsMinor) {
    sum += amountMinor;
    if (!Number.isSafeInteger(sum))
      throw new RangeError(`Amount is not a safe integer of minor units: ${sum}`);
  }
  return sum;
}

/**
 * A sum in minor units that no number of summands outgrows: a number while it is a safe integer, a bigint beyond. One
 * value has one form, so `===` compares sums.
 */
export type MinorSum = number | bigint;

export function toSum(value: bigint): MinorSum {
  const asNumber = Number(value);
  return Number.isSafeInteger(asNumber) ? asNumber : value;
}

export function addSums(left: MinorSum, right: MinorSum): MinorSum {
  if (typeof left === 'number' && typeof right === 'number') {
    const sum = left + right;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return toSum(BigInt(left) + BigInt(right));
}

export const negatedSum = (sum: MinorSum): MinorSum => (typeof sum === 'bigint' ? toSum(-sum) : 0 - sum);

/**
 * A sum in minor units as JSON carries it: a number while every JSON reader takes it exactly, its digits as text beyond
 * 2^53 - 1. `BigInt(total)` reads both.
 */
export type TotalMinor = number | string;

export function toTotal(sum: MinorSum): TotalMinor {
  const normal = toSum(BigInt(sum));
  return typeof normal === 'number' ? normal : normal.toString();
}

/** Divides, rounding half away from zero, as tills and tax authorities do. */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const negative = numerator < 0n !== denominator < 0n;
  const n = numerator < 0n ? -numerator : numerator;
  const d = denominator < 0n ? -denominator : denominator;
  const quotient = (2n * n + d) / (2n * d);
  return negative ? -quotient : quotient;
}

/** Unit price times quantity (thousandths of the unit), rounded half away from zero to the minor unit. */
export function extendMinor(unitPriceMinor: number, quantityMilli: number): number {
  const product = unitPriceMinor * quantityMilli;
  const extended = Number.isSafeInteger(product)
    ? Math.sign(product) * Math.floor((2 * Math.abs(product) + 1000) / 2000)
    : Number(divideRounded(BigInt(unitPriceMinor) * BigInt(quantityMilli), 1000n));
  // Adding zero turns -0 into 0 and checks the range.
  return addMinor(extended, 0);
}

const DECIMAL = /^([+-]?)(\d{1,15})(?:\.(\d+))?$/;

/**
 * Reads a decimal text such as `-12.50` into minor units, exactly.
 * @returns undefined when the text is no decimal number or has more digits than the currency has (zeros beyond
 * are accepted), so the caller can report the place.
 */
export function parseAmount(text: string, code: Currency): number | undefined {
  return parseDecimal(text, exponentOf(code));
}

/** Reads a decimal text into an integer of 10^-digits, exactly; undefined when it does not fit. */
export function parseDecimal(text: string, digits: number): number | undefined {
  const match = DECIMAL.exec(text.trim());
  if (!match) return undefined;
  const fraction = match[3] ?? '';
  if (/[^0]/.test(fraction.slice(digits))) return undefined;
  const value = Number(match[2] + fraction.slice(0, digits).padEnd(digits, '0'));
  if (!Number.isSafeInteger(value)) return undefined;
  return match[1] === '-' && value !== 0 ? -value : value;
}

/** Minor units as a plain decimal text (`-12.50`), the inverse of `parseAmount`. */
export function formatAmount(amountMinor: number | bigint, code: Currency): string {
  return formatDecimal(amountMinor, exponentOf(code));
}

export function formatDecimal(value: number | bigint, digits: number): string {
  const negative = value < 0;
  const text = (negative ? -value : value).toString().padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  const decimal = digits === 0 ? whole : `${whole}.${text.slice(-digits)}`;
  return negative ? `-${decimal}` : decimal;
}
