import { exponentOf, type Currency } from '../../../money.ts';
import type { Quality } from '../../enrich.ts';
import { minorOfUnits, vendorCurrency } from '../vendor-amounts.ts';

/**
 * Currencies that Stripe sends with other decimals than ISO 4217 gives them: ISK and UGX have none, and come times a
 * hundred; MGA has two and comes without. https://docs.stripe.com/currencies#special-cases
 */
const DECIMALS: ReadonlyMap<string, number> = new Map([
  ['ISK', 2],
  ['UGX', 2],
  ['MGA', 0],
]);

/** Stripe writes currencies in lower case. @throws PermanentError `schema` */
export const stripeCurrency = (code: string): Currency => vendorCurrency(code.toUpperCase(), '/currency');

/** Stripe's smallest unit as ours. What is finer than the currency is rounded, and said. */
export const stripeMinor = (amount: number, currency: Currency, where: string, quality: Quality): number =>
  minorOfUnits(amount, DECIMALS.get(currency) ?? exponentOf(currency), currency, where, quality);
