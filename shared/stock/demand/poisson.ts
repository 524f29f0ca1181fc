/** The smallest number that a Poisson variable does not exceed with a probability of `share`. */
export function poissonQuantile(mean: number, share: number): number {
  if (mean > 500) return Math.ceil(mean + normalQuantile(share) * Math.sqrt(mean));
  let [probability, sum, number] = [Math.exp(-mean), Math.exp(-mean), 0];
  while (sum < share && number < 2_000) {
    number += 1;
    probability *= mean / number;
    sum += probability;
  }
  return number;
}

/** Odeh and Evans' rational approximation is not needed: Tukey's lambda is within 0.01 from .01 to .99. */
const normalQuantile = (share: number): number => 4.91 * (share ** 0.14 - (1 - share) ** 0.14);
