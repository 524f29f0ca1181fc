import { PermanentError } from '../../errors.ts';
import { currencySchema, divideRounded, exponentOf, parseDecimal, type Currency } from '../../money.ts';
import type { Quality } from '../enrich.ts';

/**
 * A vendor's amounts as our minor units, exactly. What is finer than the currency is rounded half away from zero, and said.
 */

/** @throws PermanentError `schema` */
export function vendorCurrency(code: string, where: string): Currency {
  const parsed = currencySchema.safeParse(code);
  if (parsed.success) return parsed.data;
  throw new PermanentError('schema', 'The currency is not in ISO 4217', { where });
}

/**
 * @param amount an integer of the vendor's smallest unit.
 * @param decimals how many decimals the vendor gives the currency, which may be others than ISO 4217 gives it.
 */
export function minorOfUnits(
  amount: number,
  decimals: number,
  currency: Currency,
  where: string,
  quality: Quality,
): number {
  const difference = decimals - exponentOf(currency);
  if (difference <= 0) return Number(BigInt(amount) * 10n ** BigInt(-difference));
  return rounded(BigInt(amount), difference, where, quality);
}

/** Digits of a decimal text that are read exactly before it is rounded to the currency's own. */
const DIGITS = 8;

/**
 * @param text a decimal of the currency's major unit, such as `-12.50`.
 * @throws PermanentError `schema` where it is none.
 */
export function minorOfDecimal(text: string, currency: Currency, where: string, quality: Quality): number {
  const fine = parseDecimal(text, DIGITS);
  if (fine === undefined) throw new PermanentError('schema', 'is no decimal amount', { where });
  return rounded(BigInt(fine), DIGITS - exponentOf(currency), where, quality);
}

function rounded(fine: bigint, digits: number, where: string, quality: Quality): number {
  const step = 10n ** BigInt(digits);
  if (fine % step !== 0n) quality.flag('amount-rounded', where);
  return Number(divideRounded(fine, step));
}
