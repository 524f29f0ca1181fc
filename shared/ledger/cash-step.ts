import type { Currency } from '../money.ts';

/**
 * The step to which cash sums are rounded where a currency has no smaller coin in use, in minor units: by law or by the
 * practice of its central bank. The euro has it in Finland, the Netherlands, Belgium, Ireland, Italy and other countries.
 */
const CASH_STEPS: Readonly<Record<string, number>> = {
  AUD: 5,
  CAD: 5,
  CHF: 5,
  CZK: 100,
  DKK: 50,
  EUR: 5,
  HKD: 10,
  HUF: 500,
  ILS: 10,
  MYR: 5,
  NOK: 100,
  NZD: 10,
  SEK: 100,
  SGD: 5,
  USD: 5,
  ZAR: 10,
};

/** 1 where no rounding of cash is known. */
export const cashStepMinor = (currency: Currency): number =>
  Object.hasOwn(CASH_STEPS, currency) ? (CASH_STEPS[currency] ?? 1) : 1;
