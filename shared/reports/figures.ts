import { formatAmount, type Currency } from '../money.ts';

/** `−1,234.50`: for reading, with a true minus sign and grouped digits, exact at any size. Digits as text are read too. */
export function amountText(amountMinor: number | bigint | string, currency: string): string {
  const exact = BigInt(amountMinor);
  const [whole = '', decimals] = formatAmount(exact < 0n ? -exact : exact, currency as Currency).split('.');
  return `${exact < 0n ? '\u2212' : ''}${grouped(whole)}${decimals === undefined ? '' : `.${decimals}`}`;
}

/** `12,345`. */
export const countText = (count: number): string => grouped(String(count));

/** `1 store`, `12,345 stores`. */
export function countOf(count: number, one: string, several = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : several}`;
}

/** `Monday, 2 March 2026`. */
export function dateText(businessDate: string): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeZone: 'UTC' }).format(
    new Date(`${businessDate}T00:00:00Z`),
  );
}

/** `2026-03-02 10:15 UTC`, to the minute. */
export const instantText = (instant: string): string =>
  `${instant.slice(0, 10)} ${instant.slice(11, 16)} UTC`;

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ',');
