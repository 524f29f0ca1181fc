import { fnv1a } from '../fnv1a.ts';

/**
 * One number for many amounts: the sum of amount times weight, where the weight of an account and currency is its hash. Equal
 * amounts have equal marks, the mark of a sum is the sum of marks, and different amounts have equal marks by chance only. It
 * is what the claim checks compare first, since a vector for each of a million documents takes too long.
 */
export type Mark = number | bigint;

export function addMarks(left: Mark, right: Mark): Mark {
  if (typeof left === 'number' && typeof right === 'number') {
    const sum = left + right;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return narrow(BigInt(left) + BigInt(right));
}

/** Equal marks must be equal values. */
function narrow(sum: bigint): Mark {
  const small = Number(sum);
  return Number.isSafeInteger(small) ? small : sum;
}

/** The mark of amounts by account and currency. */
export function markOf(amounts: ReadonlyMap<string, number | bigint>): Mark {
  let mark: Mark = 0;
  for (const [key, amount] of amounts) mark = weighed(mark, key, amount);
  return mark;
}

const weights = new Map<string, number>();
const MAX_WEIGHTS = 10_000;
const WEIGHT_BITS = 0xfffff;

export function weighed(mark: Mark, key: string, amount: number | bigint): Mark {
  let weight = weights.get(key);
  if (weight === undefined) {
    if (weights.size >= MAX_WEIGHTS) weights.clear();
    weight = 1 + (fnv1a(key) & WEIGHT_BITS);
    weights.set(key, weight);
  }
  if (typeof mark === 'number' && typeof amount === 'number') {
    const sum = mark + weight * amount;
    if (Number.isSafeInteger(sum) && Number.isSafeInteger(weight * amount)) return sum;
  }
  return narrow(BigInt(mark) + BigInt(weight) * BigInt(amount));
}
