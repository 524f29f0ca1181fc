import type { Product } from '../../pos/product.ts';

/** What can be ordered, and no less than needed: nothing, whole pieces, or a weight to the gram. */
export function wholeUnitsMilli(neededMilli: number, unit: Product['unit']): number {
  const stepMilli = unit === 'each' ? 1_000 : 1;
  return Math.max(0, Math.ceil(neededMilli / stepMilli) * stepMilli);
}
