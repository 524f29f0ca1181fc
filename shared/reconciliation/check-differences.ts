import type { AccountRoles } from '../ledger/account-roles.ts';
import { cashStepMinor } from '../ledger/cash-step.ts';
import { exponentOf, type Currency } from '../money.ts';
import type { Claim, DifferenceOnly } from './claim.ts';
import { partsOf, plus, type Vector } from './claim-vectors.ts';
import type { ReconciliationException } from './exception.ts';

/** What is said of a difference must follow from the two sides themselves, not from how the matcher came to it. */

const CATEGORY_OF: Readonly<Record<DifferenceOnly, ReconciliationException['category']>> = {
  tax: 'tax-differs',
  tender: 'wrong-tender',
  rounding: 'rounding-differs',
  currency: 'wrong-currency',
};

interface CheckedSides {
  /** What the POS has; undefined for a statement, of which the parts alone are known. */
  readonly expected: Vector | undefined;
  readonly posted: Vector | undefined;
  readonly lines: number;
  readonly accounts: AccountRoles | undefined;
}

/** @returns why the exception differs in more than it says, or names another category than its claim. */
export function faultOfKind(
  exception: ReconciliationException,
  { expected, posted, lines, accounts }: CheckedSides,
): string | undefined {
  const { category, claim } = exception;
  const only = onlyOf(claim);
  const named = (Object.keys(CATEGORY_OF) as DifferenceOnly[]).find((one) => CATEGORY_OF[one] === category);
  if (only !== named) return `its category is ${category}, and its claim ${only ?? 'no single thing'}`;
  if (only === undefined) return undefined;
  if (!accounts) return 'nobody knows what its accounts are for';
  const off = [...(expected && posted ? plus(expected, posted, -1n) : partsOf(exception))].filter(
    ([, amount]) => amount !== 0n,
  );
  if (off.length === 0) return 'the two sides do not differ';
  const { lines: claimed = 0, from } = claim as { lines?: number; from?: Currency };
  if (claimed > lines) return `there are ${lines} lines, not ${claimed}`;
  return holds(only, new Map(off), { expected, posted, claimed, from, accounts })
    ? undefined
    : `the two sides differ in more than ${only}`;
}

const onlyOf = (claim: Claim): DifferenceOnly | undefined =>
  claim.kind === 'differs' || claim.kind === 'statement' ? claim.only : undefined;

interface Facts {
  readonly expected: Vector | undefined;
  readonly posted: Vector | undefined;
  readonly claimed: number;
  readonly from: Currency | undefined;
  readonly accounts: AccountRoles;
}

function holds(only: DifferenceOnly, off: Vector, facts: Facts): boolean {
  if (only === 'currency') return isOtherCurrency(off, facts);
  const roles = [...off.keys()].map((key) => facts.accounts.roleOf.get(placeOf(key).account) ?? 'other');
  const isEven = [...sumsBy(off, (key) => placeOf(key).currency).values()].every((sum) => sum === 0n);
  if (only === 'tax') return isOfTax(roles, isEven);
  if (only === 'tender') return isEven && roles.every((role) => role === 'tender');
  return isEven && !roles.includes('other') && isRounding(off, roles.includes('rounding'), facts.claimed);
}

/** The tax alone, or with the revenue or the tender that makes up for it. */
function isOfTax(roles: readonly string[], isEven: boolean): boolean {
  const others = new Set(roles.filter((role) => role !== 'tax'));
  if (!roles.includes('tax')) return false;
  if (others.size === 0) return true;
  return isEven && others.size === 1 && (others.has('revenue') || others.has('tender'));
}

function isRounding(off: Vector, onRounding: boolean, lines: number): boolean {
  const sizes = [...off].map(([key, amount]) => ({ currency: placeOf(key).currency, size: abs(amount) }));
  // Squared, so that no fraction is needed: at most half a unit a line, and four times the deviation of their sum.
  const isOfLines = sizes.every(
    ({ size }) => size <= 1n || (12n * size * size <= 16n * BigInt(lines) && 2n * size <= BigInt(lines + 1)),
  );
  const isOfCash =
    onRounding && sizes.every(({ size, currency }) => size < BigInt(cashStepMinor(currency as Currency)));
  return isOfLines || isOfCash;
}

/** Each account is in one currency at the POS and in another one in the ledger, with the same figures or at one rate. */
function isOtherCurrency(off: Vector, { expected, posted, from }: Facts): boolean {
  const byAccount = new Map<string, Map<string, bigint>>();
  for (const [key, amount] of off) {
    const { account, currency } = placeOf(key);
    byAccount.set(account, (byAccount.get(account) ?? new Map<string, bigint>()).set(currency, amount));
  }
  const pairs: { ours: bigint; theirs: bigint }[] = [];
  const others = new Set<string>();
  for (const [account, amounts] of byAccount) {
    const [one, other, ...more] = [...amounts];
    if (!one || !other || more.length > 0) return false;
    const [ours, theirs] = one[0] === from ? [one, other] : [other, one];
    if (ours[0] !== from) return false;
    if (expected && expected.get(`${account} ${ours[0]}`) !== ours[1]) return false;
    if (posted && posted.get(`${account} ${theirs[0]}`) !== -theirs[1]) return false;
    others.add(theirs[0]);
    pairs.push({ ours: ours[1], theirs: -theirs[1] });
  }
  const [to, ...more] = others;
  if (from === undefined || to === undefined || more.length > 0) return false;
  const shift = BigInt(exponentOf(to as Currency) - exponentOf(from));
  const isSame = pairs.every(({ ours, theirs }) =>
    shift >= 0n ? ours * 10n ** shift === theirs : ours === theirs * 10n ** -shift,
  );
  return isSame || isOneRate(pairs);
}

function isOneRate(pairs: readonly { readonly ours: bigint; readonly theirs: bigint }[]): boolean {
  let [low, high] = [
    [0n, 1n],
    [1n, 0n],
  ];
  for (const { ours, theirs } of pairs) {
    if (ours > 0n !== theirs > 0n) return false;
    const [least, most, of] = [abs(theirs) - 1n, abs(theirs) + 1n, abs(ours)];
    if (least * (low[1] ?? 1n) > (low[0] ?? 0n) * of) low = [least, of];
    if (most * (high[1] ?? 0n) < (high[0] ?? 1n) * of) high = [most, of];
  }
  return (low[0] ?? 0n) * (high[1] ?? 0n) <= (high[0] ?? 1n) * (low[1] ?? 1n);
}

const abs = (amount: bigint): bigint => (amount < 0n ? -amount : amount);

function placeOf(key: string): { account: string; currency: string } {
  const at = key.lastIndexOf(' ');
  return { account: key.slice(0, at), currency: key.slice(at + 1) };
}

function sumsBy(vector: Vector, nameOf: (key: string) => string): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const [key, amount] of vector) sums.set(nameOf(key), (sums.get(nameOf(key)) ?? 0n) + amount);
  return sums;
}
