import { formatAmount } from '../money.ts';
import type { CellAmount } from './cell.ts';

const LISTED_PARTS = 5;

/** `10.00 EUR on 110100, -10.00 EUR on 401000`, cut with a count. */
export function listOf(
  parts: readonly CellAmount[],
  nameOf: (account: string) => string = (account) => account,
): string {
  const more = parts.length - LISTED_PARTS;
  const first = parts
    .slice(0, LISTED_PARTS)
    .map(
      ({ account, currency, amountMinor }) =>
        `${formatAmount(BigInt(amountMinor), currency)} ${currency} on ${nameOf(account)}`,
    )
    .join(', ');
  return more > 0 ? `${first} and ${more} more accounts` : first;
}
