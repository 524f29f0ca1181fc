import type { AccountRole, AccountRoles } from '../ledger/account-roles.ts';
import { cashStepMinor } from '../ledger/cash-step.ts';
import { divideRounded, exponentOf, formatAmount, formatDecimal, type Currency } from '../money.ts';
import { accountKey, ofAccountKey, type Amounts } from './cell.ts';
import type { DifferenceOnly } from './claim.ts';

/** In what alone the two sides differ, in the words of finance. */
export interface DifferenceKind {
  readonly only: DifferenceOnly;
  /** The beginning of a sentence, to which the amounts are added. */
  readonly what: string;
  /** The POS's own, where the ledger has another currency. */
  readonly from?: Currency;
}

export interface DifferingSides {
  /** What the POS has. */
  readonly expected: Amounts;
  /** POS less ledger. */
  readonly differences: Amounts;
  /** Lines of the receipts: each may have been rounded. */
  readonly lines: number;
}

interface Part {
  readonly account: string;
  readonly currency: Currency;
  readonly amount: bigint;
  readonly role: AccountRole | undefined;
}

/** Undefined where they differ in more than one thing, or on an account of which the profile does not say what it is for. */
export function differenceKindOf(
  { expected, differences, lines }: DifferingSides,
  roles: AccountRoles,
): DifferenceKind | undefined {
  const parts = [...differences].map(([key, amountMinor]): Part => {
    const { account, currency } = ofAccountKey(key);
    return { account, currency, amount: BigInt(amountMinor), role: roles.roleOf.get(account) };
  });
  if (parts.length === 0) return undefined;
  const currency = otherCurrency(expected, parts);
  if (currency) return { only: 'currency', ...currency };
  if (parts.some(({ role }) => role === undefined)) return undefined;
  const has = (...some: AccountRole[]): boolean =>
    parts.every(({ role }) => role !== undefined && some.includes(role));
  if (!isBalanced(parts))
    return has('tax')
      ? { only: 'tax', what: 'Nothing but the tax differs, and its posting does not balance' }
      : undefined;
  if (has('tender'))
    return { only: 'tender', what: 'Booked to the clearing account of another means of payment' };
  const rounding = roundingOf(parts, lines);
  if (rounding) return { only: 'rounding', what: rounding };
  if (!parts.some(({ role }) => role === 'tax')) return undefined;
  if (has('tax')) return { only: 'tax', what: 'Net and gross are right, and the tax is on other accounts' };
  if (has('tax', 'revenue')) return { only: 'tax', what: 'The gross is right, with other tax' };
  return has('tax', 'tender') ? { only: 'tax', what: 'The net is right, with other tax' } : undefined;
}

const sizeOf = (amount: bigint): bigint => (amount < 0n ? -amount : amount);

function isBalanced(parts: readonly Part[]): boolean {
  const sums = new Map<Currency, bigint>();
  for (const { currency, amount } of parts) sums.set(currency, (sums.get(currency) ?? 0n) + amount);
  return [...sums.values()].every((sum) => sum === 0n);
}

/**
 * What rounding of so many lines can make up. One line differs by a unit at most; of many, each is off by less than half a
 * unit, and four standard deviations of their sum are more than will be seen.
 */
export function roundingBoundMinor(lines: number): number {
  const most = Math.floor((lines + 1) / 2);
  const likely = Math.floor(4 * Math.sqrt(lines / 12));
  return Math.max(1, Math.min(most, likely));
}

function roundingOf(parts: readonly Part[], lines: number): string | undefined {
  const bound = BigInt(roundingBoundMinor(lines));
  if (parts.every(({ amount }) => sizeOf(amount) <= bound))
    return `Differs by no more than the rounding of ${lines === 1 ? 'a line' : `its ${lines} lines`}`;
  const isOfCash =
    parts.some(({ role }) => role === 'rounding') &&
    parts.every(({ currency, amount }) => sizeOf(amount) < BigInt(cashStepMinor(currency)));
  const [first] = parts;
  if (!isOfCash || !first) return undefined;
  const { currency } = first;
  return `Differs by no more than the rounding of cash to ${formatAmount(cashStepMinor(currency), currency)} ${currency}`;
}

/** Accounts that the POS has in one currency, and the ledger in another one. */
function otherCurrency(
  expected: Amounts,
  parts: readonly Part[],
): { what: string; from: Currency } | undefined {
  const ours = new Set([...expected.keys()].map((key) => ofAccountKey(key).currency));
  const theirs = new Set(parts.flatMap(({ currency }) => (ours.has(currency) ? [] : [currency])));
  const [from, ...moreOurs] = ours;
  const [to, ...moreTheirs] = theirs;
  if (from === undefined || to === undefined || moreOurs.length + moreTheirs.length > 0) return undefined;
  const pairs = new Map<string, { pos?: bigint; ledger?: bigint }>();
  for (const { account, currency, amount } of parts) {
    const side = currency === from ? { pos: amount } : { ledger: -amount };
    pairs.set(account, { ...pairs.get(account), ...side });
  }
  const both = [...pairs].map(([account, { pos, ledger }]) => {
    const isWhole = pos !== undefined && BigInt(expected.get(accountKey(account, from)) ?? 0) === pos;
    return isWhole && ledger !== undefined ? { pos, ledger } : undefined;
  });
  if (both.includes(undefined)) return undefined;
  const figures = both.filter((pair) => pair !== undefined);
  const scale = (digits: number): bigint => 10n ** BigInt(digits);
  const [ourUnit, theirUnit] = [scale(exponentOf(from)), scale(exponentOf(to))];
  if (figures.every(({ pos, ledger }) => pos * theirUnit === ledger * ourUnit))
    return { from, what: `Posted in ${to} instead of ${from}, with the same figures` };
  if (!haveOneRate(figures)) return undefined;
  const largest = figures.reduce((most, one) => (sizeOf(one.pos) > sizeOf(most.pos) ? one : most));
  const rate = divideRounded(largest.ledger * ourUnit * scale(RATE_DIGITS), largest.pos * theirUnit);
  return {
    from,
    what: `Posted in ${to} instead of ${from}, converted at about ${formatDecimal(rate, RATE_DIGITS)}`,
  };
}

const RATE_DIGITS = 4;

/** Whether some rate leads from each amount to the other, but for a unit of rounding. */
function haveOneRate(figures: readonly { readonly pos: bigint; readonly ledger: bigint }[]): boolean {
  if (figures.some(({ pos, ledger }) => pos > 0n !== ledger > 0n)) return false;
  // Of fractions: the greatest of the lower ends must not lie above the least of the upper ones.
  return figures.every((low) =>
    figures.every(
      (high) => (sizeOf(low.ledger) - 1n) * sizeOf(high.pos) <= (sizeOf(high.ledger) + 1n) * sizeOf(low.pos),
    ),
  );
}
