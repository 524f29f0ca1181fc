import { PermanentError } from '../../../errors.ts';
import { currencySchema, divideRounded, exponentOf, type Currency } from '../../../money.ts';
import type { Quality } from '../../enrich.ts';

/**
 * Currencies that Stripe sends with other decimals than ISO 4217 gives them: ISK and UGX have none, and come times a
 * hundred; MGA has two and comes without. https://docs.stripe.com/currencies#special-cases
 */
const DECIMALS: ReadonlyMap<string, number> = new Map([
  ['ISK', 2],
  ['UGX', 2],
  ['MGA', 0],
]);

/** @throws PermanentError `schema` */
export function stripeCurrency(code: string): Currency {
  const parsed = currencySchema.safeParse(code.toUpperCase());
  if (parsed.success) return parsed.data;
  throw new PermanentError('schema', 'The currency is not in ISO 4217', { where: '/currency' });
}

/** Stripe's smallest unit as ours. What is finer than the currency is rounded, and said. */
export function stripeMinor(amount: number, currency: Currency, where: string, quality: Quality): number {
  const decimals = DECIMALS.get(currency) ?? exponentOf(currency);
  const difference = decimals - exponentOf(currency);
  if (difference === 0) return amount;
  if (difference < 0) return Number(BigInt(amount) * 10n ** BigInt(-difference));
  const step = 10n ** BigInt(difference);
  if (BigInt(amount) % step !== 0n) quality.flag('amount-rounded', where);
  return Number(divideRounded(BigInt(amount), step));
}
