import type { LedgerEntry } from '../ledger/posting.ts';
import type { ReconciliationException } from './exception.ts';

/** The arithmetic of the claim checks: all bigint, and apart from that of the matcher. */

/** Amount by `account currency`. */
export type Vector = Map<string, bigint>;

export function addEntry(to: Vector, { account, currency, amountMinor }: LedgerEntry): void {
  const key = `${account} ${currency}`;
  to.set(key, (to.get(key) ?? 0n) + BigInt(amountMinor));
}

export function vectorOf(amounts: ReadonlyMap<string, number | bigint> | undefined): Vector {
  return new Map([...(amounts ?? [])].map(([key, amount]) => [key, BigInt(amount)]));
}

export function partsOf({ parts }: Pick<ReconciliationException, 'parts'>): Vector {
  const vector: Vector = new Map();
  for (const { account, currency, amountMinor } of parts) {
    const key = `${account} ${currency}`;
    vector.set(key, (vector.get(key) ?? 0n) + BigInt(amountMinor));
  }
  return vector;
}

/** `left + factor * right`. */
export function plus(left: Vector, right: Vector, factor: bigint): Vector {
  const sum = new Map(left);
  for (const [key, amount] of right) sum.set(key, (sum.get(key) ?? 0n) + factor * amount);
  return sum;
}

export const scaled = (vector: Vector, factor: bigint): Vector => plus(new Map(), vector, factor);

/** One text for one vector; an amount of zero is no amount. */
export function written(vector: Vector): string {
  const lines = [...vector].filter(([, amount]) => amount !== 0n).map(([key, amount]) => [key, `${amount}`]);
  return JSON.stringify(lines.sort(([left = ''], [right = '']) => (left < right ? -1 : 1)));
}
