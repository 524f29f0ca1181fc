/**
 * Gradient-boosted trees for a probability, as flat arrays of numbers: no library is needed to use a model, and its file
 * can be read. Every tree is complete to the same depth; where a branch was not split further, both sides hold the same
 * value.
 */
export interface BoostedTrees {
  readonly features: readonly string[];
  readonly depth: number;
  /** Log odds before the first tree. */
  readonly base: number;
  /** By tree and inner node, top first: the feature that is asked. */
  readonly feature: ArrayLike<number>;
  /** By tree and inner node: the right branch is for values of at least this. */
  readonly threshold: ArrayLike<number>;
  /** By tree and leaf: what it adds to the log odds. */
  readonly leaf: ArrayLike<number>;
}

/** The probability for the features that start at `at`. */
export function probabilityOf(model: BoostedTrees, rows: ArrayLike<number>, at = 0): number {
  const { depth, feature, threshold, leaf } = model;
  const inner = 2 ** depth - 1;
  const trees = feature.length / inner;
  let score = model.base;
  for (let tree = 0; tree < trees; tree += 1) {
    const from = tree * inner;
    let node = 0;
    for (let level = 0; level < depth; level += 1) {
      const value = rows[at + (feature[from + node] ?? 0)] ?? 0;
      node = 2 * node + (value < (threshold[from + node] ?? 0) ? 1 : 2);
    }
    score += leaf[tree * (inner + 1) + node - inner] ?? 0;
  }
  return 1 / (1 + Math.exp(-score));
}
