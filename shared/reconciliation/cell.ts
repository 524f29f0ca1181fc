import type { StoreId } from '../ids.ts';
import type { LedgerAccount } from '../ledger/posting-profile.ts';
import { addSums, negatedSum, toSum, type Currency, type MinorSum, type TotalMinor } from '../money.ts';

/**
 * The grain at which the books must agree: store, business date, ledger account and currency. The business date is that
 * of the whole reconciliation, so a cell within a store is an account and a currency.
 */
export type AccountKey = `${string} ${string}`;

/** Many documents share few keys: each is made once, up to as many as no chart of accounts has. */
const accountKeys = new Map<Currency, Map<string, AccountKey>>();
const MAX_KEYS = 10_000;

export function accountKey(account: string, currency: Currency): AccountKey {
  let ofCurrency = accountKeys.get(currency);
  if (!ofCurrency) {
    ofCurrency = new Map();
    accountKeys.set(currency, ofCurrency);
  }
  let key = ofCurrency.get(account);
  if (key === undefined) {
    if (ofCurrency.size >= MAX_KEYS) ofCurrency.clear();
    key = `${account} ${currency}`;
    ofCurrency.set(account, key);
  }
  return key;
}

export function ofAccountKey(key: AccountKey): { account: string; currency: Currency } {
  // A ledger's account may hold a space, a currency never.
  const space = key.lastIndexOf(' ');
  return { account: key.slice(0, space), currency: key.slice(space + 1) as Currency };
}

/** Amounts by account and currency; an amount of zero is left out. */
export type Amounts = ReadonlyMap<AccountKey, MinorSum>;

/** Part of an exception that falls into one cell: POS less ledger. */
export interface CellAmount {
  readonly storeId: StoreId;
  readonly account: string;
  readonly currency: Currency;
  readonly amountMinor: TotalMinor;
}

export const NO_AMOUNTS: Amounts = new Map();

/** Adds an amount to `into`, keeping it free of zeros. */
export function addAmount(into: Map<AccountKey, MinorSum>, key: AccountKey, amountMinor: MinorSum): void {
  const sum = addSums(into.get(key) ?? 0, amountMinor);
  if (sum === 0) into.delete(key);
  else into.set(key, sum);
}

export function amountsOf(
  postings: readonly { readonly account: LedgerAccount; readonly amountMinor: MinorSum }[],
  currency: Currency,
): Map<AccountKey, MinorSum> {
  const amounts = new Map<AccountKey, MinorSum>();
  for (const { account, amountMinor } of postings)
    addAmount(amounts, accountKey(account, currency), amountMinor);
  return amounts;
}

export function sumOf(all: Iterable<Amounts>): Map<AccountKey, MinorSum> {
  const sum = new Map<AccountKey, MinorSum>();
  for (const amounts of all) for (const [key, amountMinor] of amounts) addAmount(sum, key, amountMinor);
  return sum;
}

export function differenceOf(left: Amounts, right: Amounts): Map<AccountKey, MinorSum> {
  const difference = new Map(left);
  for (const [key, amountMinor] of right) addAmount(difference, key, negatedSum(amountMinor));
  return difference;
}

export function negated(amounts: Amounts): Map<AccountKey, MinorSum> {
  return new Map([...amounts].map(([key, amountMinor]) => [key, negatedSum(amountMinor)]));
}

export function times(amounts: Amounts, factor: number): Map<AccountKey, MinorSum> {
  const product = new Map<AccountKey, MinorSum>();
  for (const [key, amountMinor] of amounts)
    addAmount(product, key, toSum(BigInt(amountMinor) * BigInt(factor)));
  return product;
}

export function isSame(left: Amounts, right: Amounts): boolean {
  if (left.size !== right.size) return false;
  for (const [key, amountMinor] of left) if (right.get(key) !== amountMinor) return false;
  return true;
}

/**
 * The same text for the same amounts, and for no others: what look-ups by amount use. An account may hold any
 * character, so its length goes before it.
 */
export function textOf(amounts: Amounts): string {
  if (amounts.size === 1)
    for (const [key, amountMinor] of amounts) return `${key.length}:${key}=${amountMinor}`;
  return [...amounts]
    .map(([key, amountMinor]) => `${key.length}:${key}=${amountMinor}`)
    .sort()
    .join(';');
}

/** The size of what moves: the sum of all amounts without their signs. */
export function volumeOf(amounts: Amounts): bigint {
  let volume = 0n;
  for (const amountMinor of amounts.values()) {
    const amount = BigInt(amountMinor);
    volume += amount < 0n ? -amount : amount;
  }
  return volume;
}
