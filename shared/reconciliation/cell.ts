import type { StoreId } from '../ids.ts';
import type { Posting } from '../ledger/posting.ts';
import type { Currency } from '../money.ts';

/**
 * The grain at which the books must agree: store, business date, ledger account and currency. The business date is that
 * of the whole reconciliation, so that a cell within a store is an account and a currency.
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
export type Amounts = ReadonlyMap<AccountKey, number>;

/** Both sides of a cell. Sums are bigint, as a chain's day may outgrow a safe integer. */
export interface CellTotals {
  readonly storeId: StoreId;
  readonly account: string;
  readonly currency: Currency;
  readonly posMinor: bigint;
  readonly ledgerMinor: bigint;
}

/** Part of an exception that falls into one cell: POS less ledger. */
export interface CellAmount {
  readonly storeId: StoreId;
  readonly account: string;
  readonly currency: Currency;
  readonly amountMinor: number;
}

/** Adds an amount to `into`, keeping it free of zeros. @throws RangeError beyond the safe integers. */
export function addAmount(into: Map<AccountKey, number>, key: AccountKey, amountMinor: number): void {
  const sum = (into.get(key) ?? 0) + amountMinor;
  if (!Number.isSafeInteger(sum)) throw new RangeError(`Amount is not a safe integer of minor units: ${sum}`);
  if (sum === 0) into.delete(key);
  else into.set(key, sum);
}

/** Adds `amounts` to `into`, keeping it free of zeros. @throws RangeError beyond the safe integers. */
export function addAmounts(into: Map<AccountKey, number>, amounts: Amounts, sign: 1 | -1 = 1): void {
  for (const [key, amountMinor] of amounts) addAmount(into, key, sign * amountMinor);
}

export function amountsOf(postings: readonly Posting[], currency: Currency): Map<AccountKey, number> {
  const amounts = new Map<AccountKey, number>();
  for (const { account, amountMinor } of postings)
    addAmount(amounts, accountKey(account, currency), amountMinor);
  return amounts;
}

export function sumOf(all: Iterable<Amounts>): Map<AccountKey, number> {
  const sum = new Map<AccountKey, number>();
  for (const amounts of all) addAmounts(sum, amounts);
  return sum;
}

export function differenceOf(left: Amounts, right: Amounts): Map<AccountKey, number> {
  const difference = new Map(left);
  addAmounts(difference, right, -1);
  return difference;
}

export function restrictedTo(amounts: Amounts, keys: ReadonlySet<AccountKey>): Map<AccountKey, number> {
  return new Map([...amounts].filter(([key]) => keys.has(key)));
}

/** The same text for the same amounts: what look-ups by amount use. */
export function textOf(amounts: Amounts): string {
  return [...amounts]
    .map(([key, amountMinor]) => `${key}=${amountMinor}`)
    .sort()
    .join(';');
}

export function negated(amounts: Amounts): Map<AccountKey, number> {
  return new Map([...amounts].map(([key, amountMinor]) => [key, -amountMinor]));
}
