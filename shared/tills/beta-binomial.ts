/**
 * Odds of counts when every cashier has a rate of their own, spread around a mean: the beta-binomial distribution.
 */
const G = 7;
const LANCZOS = [
  0.999_999_999_999_809_9, 676.520_368_121_885_1, -1_259.139_216_722_402_8, 771.323_428_777_653_1,
  -176.615_029_162_140_6, 12.507_343_278_686_9, -0.138_571_095_265_720_1, 9.984_369_578_019_572e-6,
  1.505_632_735_149_311_6e-7,
];

/** Natural logarithm of the gamma function for x > 0, to about 15 digits (Lanczos, g = 7, n = 9). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const [first = 0, ...rest] = LANCZOS;
  const shifted = x - 1;
  let sum = first;
  for (const [at, coefficient] of rest.entries()) sum += coefficient / (shifted + at + 1);
  const t = shifted + G + 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(sum);
}

const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b);

/**
 * The odds of `count` or more cases of `trials`.
 * @param mean share of cases, above 0 and below 1.
 * @param strength how alike all are: that of a binomial distribution is infinite.
 */
export function betaBinomialTail(count: number, trials: number, mean: number, strength: number): number {
  if (count <= 0) return 1;
  if (count > trials) return 0;
  const [alpha, beta] = [mean * strength, (1 - mean) * strength];
  const logChoose = logGamma(trials + 1) - logGamma(count + 1) - logGamma(trials - count + 1);
  let term = Math.exp(logChoose + logBeta(count + alpha, trials - count + beta) - logBeta(alpha, beta));
  let sum = 0;
  for (let x = count; x <= trials; x += 1) {
    sum += term;
    if (term < sum * 1e-14 && x > trials * mean) break;
    term *= ((trials - x) / (x + 1)) * ((x + alpha) / (trials - x - 1 + beta));
  }
  return Math.min(1, sum);
}

/**
 * Of each of several odds the share of false ones among all that are as small (Benjamini and Hochberg 1995), in the order given.
 */
export function falseShares(odds: readonly number[]): number[] {
  const order = odds.map((_, at) => at).sort((one, other) => (odds[one] ?? 1) - (odds[other] ?? 1));
  const shares: number[] = Array.from({ length: odds.length }, () => 1);
  let least = 1;
  for (let rank = order.length; rank >= 1; rank -= 1) {
    const at = order[rank - 1] ?? 0;
    least = Math.min(least, ((odds[at] ?? 1) * order.length) / rank);
    shares[at] = least;
  }
  return shares;
}
