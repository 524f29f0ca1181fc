import { createHash } from 'node:crypto';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/**
 * The demonstration's random numbers. Each generator is seeded by words (`seed 1, 2026-03-02, store S1`), so a store's day does not
 * change when another store is added.
 */
export interface Random {
  /** An integer from `low` to `high`, inclusive. */
  int(low: number, high: number): number;
  /** True with a probability of `permille` in a thousand. */
  chance(permille: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** An item, with a probability proportional to its weight. */
  weighted<T>(items: readonly { readonly item: T; readonly weight: number }[]): T;
  /** `count` distinct items (fewer if there are not enough), in the order drawn. */
  sample<T>(items: readonly T[], count: number): T[];
}

export function randomOf(...words: readonly (string | number)[]): Random {
  const seed = createHash('sha256').update(JSON.stringify(words)).digest().readInt32LE(0);
  const generator = xoroshiro128plus(seed);
  const int = (low: number, high: number) => uniformInt(generator, low, high);
  return {
    int,
    chance: (permille) => int(0, 999) < permille,
    pick: (items) => at(items, int(0, items.length - 1)),
    weighted(items) {
      const total = items.reduce((sum, { weight }) => sum + weight, 0);
      let rest = int(0, total - 1);
      for (const { item, weight } of items) {
        rest -= weight;
        if (rest < 0) return item;
      }
      throw new RangeError('Weights must be positive');
    },
    sample(items, count) {
      const left = [...items];
      const drawn = [];
      while (drawn.length < count && left.length > 0) drawn.push(...left.splice(int(0, left.length - 1), 1));
      return drawn;
    },
  };
}

function at<T>(items: readonly T[], index: number): T {
  if (index < 0 || index >= items.length) throw new RangeError('Nothing to pick from');
  return items[index] as T;
}
