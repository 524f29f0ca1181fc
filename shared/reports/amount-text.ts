import { formatAmount, type Currency } from '../money.ts';

/** `-1,234.50`: for reading, with a true minus sign and grouped digits, exact at any size. */
export function amountText(amountMinor: number, currency: string): string {
  const [whole = '', decimals] = formatAmount(Math.abs(amountMinor), currency as Currency).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${amountMinor < 0 ? '\u2212' : ''}${grouped}${decimals === undefined ? '' : `.${decimals}`}`;
}

/** `Monday, 2 March 2026`. */
export function dateText(businessDate: string): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeZone: 'UTC' }).format(
    new Date(`${businessDate}T00:00:00Z`),
  );
}
