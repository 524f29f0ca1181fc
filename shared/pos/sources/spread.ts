/**
 * Splits an amount over shares in proportion to their weights, so that not a minor unit is lost: each share gets what
 * the running total of weights makes due.
 * @param weights all of one sign, or zero. Where all of them are zero the last share gets everything.
 */
export function spreadMinor(amountMinor: number, weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  let passed = 0n;
  let givenMinor = 0;
  return weights.map((weight, index) => {
    passed += BigInt(weight);
    const isLast = index === weights.length - 1;
    const dueMinor = isLast ? amountMinor : total === 0n ? 0 : Number((BigInt(amountMinor) * passed) / total);
    const shareMinor = dueMinor - givenMinor;
    givenMinor = dueMinor;
    return shareMinor;
  });
}
