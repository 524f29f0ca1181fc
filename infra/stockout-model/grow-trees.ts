import type { BoostedTrees } from '../../shared/stock/silent/boosted-trees.ts';

/** Rows of a training set: `rows` holds `labels.length` rows of `features.length` numbers. */
export interface TrainingSet {
  readonly features: readonly string[];
  readonly rows: Float32Array;
  /** 0 to 1: a label, or how probable it is. */
  readonly labels: Float32Array;
}

export interface GrowthOptions {
  readonly trees: number;
  readonly depth: number;
  readonly learningRate: number;
  /** Share of the rows and of the features that each tree sees. */
  readonly rowShare: number;
  readonly featureShare: number;
  /** L2 penalty on leaves, and the least weight (sum of p(1-p)) in each. */
  readonly penalty: number;
  readonly leastWeight: number;
  readonly random: () => number;
}

export const DEFAULT_GROWTH: Omit<GrowthOptions, 'random'> = {
  trees: 200,
  depth: 5,
  learningRate: 0.08,
  rowShare: 0.6,
  featureShare: 0.6,
  penalty: 20,
  leastWeight: 20,
};

const BINS = 64;
/** Above every value of a feature, and a single-precision number that JSON can hold. */
const NEVER = 3e38;
const SAMPLE_FOR_BINS = 30_000;

/**
 * Gradient boosting with logistic loss over histograms of at most 64 bins (Friedman 2001, with the histograms and the
 * second-order gain of XGBoost and LightGBM). The same rows and the same random numbers give the same model.
 */
export function growTrees(set: TrainingSet, options: GrowthOptions): BoostedTrees {
  const grower = new Grower(set, options);
  for (let tree = 0; tree < options.trees; tree += 1) grower.addTree(tree);
  return grower.model();
}

interface Part {
  readonly node: number;
  readonly from: number;
  readonly to: number;
  /** Sums of gradients and weights by feature and bin; undefined where the part is not split further. */
  readonly histogram: Float64Array | undefined;
}

interface Split {
  readonly feature: number;
  readonly bin: number;
}

class Grower {
  private readonly width: number;
  private readonly count: number;
  private readonly inner: number;
  private readonly cuts: readonly Float32Array[];
  private readonly bins: Uint8Array;
  private readonly base: number;
  private readonly score: Float32Array;
  private readonly gradient: Float32Array;
  private readonly weight: Float32Array;
  private readonly order: Int32Array;
  private readonly aside: Int32Array;
  private readonly feature: Int16Array;
  private readonly threshold: Float32Array;
  private readonly splitBin: Uint8Array;
  private readonly leaf: Float32Array;
  private asked: Int32Array = new Int32Array();

  private readonly set: TrainingSet;
  private readonly options: GrowthOptions;

  constructor(set: TrainingSet, options: GrowthOptions) {
    this.set = set;
    this.options = options;
    const { trees, depth } = options;
    this.width = set.features.length;
    this.count = set.labels.length;
    this.inner = 2 ** depth - 1;
    this.cuts = set.features.map((_, feature) => cutsOf(set, feature));
    this.bins = binned(set, this.cuts);
    let positive = 0;
    for (const label of set.labels) positive += label;
    this.base = Math.log(positive / (this.count - positive));
    if (!Number.isFinite(this.base))
      throw new RangeError('The labels of a training set must hold both kinds');
    this.score = new Float32Array(this.count).fill(this.base);
    this.gradient = new Float32Array(this.count);
    this.weight = new Float32Array(this.count);
    this.order = new Int32Array(this.count);
    this.aside = new Int32Array(this.count);
    this.feature = new Int16Array(trees * this.inner);
    this.threshold = new Float32Array(trees * this.inner).fill(NEVER);
    this.splitBin = new Uint8Array(trees * this.inner).fill(BINS);
    this.leaf = new Float32Array(trees * (this.inner + 1));
  }

  model(): BoostedTrees {
    const { base, feature, threshold, leaf } = this;
    return { features: this.set.features, depth: this.options.depth, base, feature, threshold, leaf };
  }

  addTree(tree: number): void {
    const count = this.drawRows();
    const { random, featureShare } = this.options;
    this.asked = Int32Array.from(this.set.features.keys()).filter(() => random() < featureShare);
    if (this.asked.length === 0) this.asked = Int32Array.of(Math.floor(random() * this.width));
    let parts: Part[] = [{ node: 0, from: 0, to: count, histogram: this.histogramOf(0, count) }];
    for (let level = 0; level <= this.options.depth; level += 1)
      parts = parts.flatMap((part) => this.settle(tree, level, part));
    this.addScores(tree);
  }

  private drawRows(): number {
    const { random, rowShare } = this.options;
    let drawn = 0;
    for (let row = 0; row < this.count; row += 1) {
      if (random() >= rowShare) continue;
      this.order[drawn] = row;
      drawn += 1;
      const probability = 1 / (1 + Math.exp(-this.score[row]!));
      this.gradient[row] = probability - this.set.labels[row]!;
      this.weight[row] = probability * (1 - probability);
    }
    return drawn;
  }

  /** Writes the value of a node to all leaves below it, splits it where that gains, and returns the two sides. */
  private settle(tree: number, level: number, part: Part): Part[] {
    const { depth, learningRate, penalty, leastWeight } = this.options;
    const [gradient, weight] = this.sumOf(part);
    const value = (-learningRate * gradient) / (weight + penalty);
    const below = 2 ** (depth - level);
    const firstLeaf = (part.node + 1) * below - 1 - this.inner;
    this.leaf.fill(value, tree * (this.inner + 1) + firstLeaf, tree * (this.inner + 1) + firstLeaf + below);
    if (level === depth || part.histogram === undefined || weight < 2 * leastWeight) return [];
    const split = this.bestSplit(part.histogram, gradient, weight);
    if (!split) return [];
    const at = tree * this.inner + part.node;
    this.feature[at] = split.feature;
    this.splitBin[at] = split.bin;
    this.threshold[at] = this.cuts[split.feature]![split.bin]!;
    const middle = this.partition(part, split);
    const [left, right] = this.histograms(part, middle, level + 1 < depth);
    return [
      { node: 2 * part.node + 1, from: part.from, to: middle, histogram: left },
      { node: 2 * part.node + 2, from: middle, to: part.to, histogram: right },
    ];
  }

  /** Counts the smaller side only: the larger is what remains of the whole. */
  private histograms(part: Part, middle: number, isNeeded: boolean): [Float64Array?, Float64Array?] {
    const rest = part.histogram;
    if (!isNeeded || !rest) return [];
    const isLeftSmaller = middle - part.from <= part.to - middle;
    const counted = isLeftSmaller ? this.histogramOf(part.from, middle) : this.histogramOf(middle, part.to);
    for (let at = 0; at < rest.length; at += 1) rest[at]! -= counted[at]!;
    return isLeftSmaller ? [counted, rest] : [rest, counted];
  }

  private histogramOf(from: number, to: number): Float64Array {
    const { order, bins, gradient, weight, asked, width } = this;
    const histogram = new Float64Array(width * BINS * 2);
    for (let at = from; at < to; at += 1) {
      const row = order[at]!;
      const [rowGradient, rowWeight] = [gradient[row]!, weight[row]!];
      for (let next = 0; next < asked.length; next += 1) {
        const feature = asked[next]!;
        const cell = (feature * BINS + bins[row * width + feature]!) * 2;
        histogram[cell]! += rowGradient;
        histogram[cell + 1]! += rowWeight;
      }
    }
    return histogram;
  }

  private sumOf({ from, to, histogram }: Part): [gradient: number, weight: number] {
    let [gradient, weight] = [0, 0];
    if (histogram) {
      const first = this.asked[0]! * BINS * 2;
      for (let at = first; at < first + BINS * 2; at += 2) {
        gradient += histogram[at]!;
        weight += histogram[at + 1]!;
      }
    } else {
      for (let at = from; at < to; at += 1) {
        gradient += this.gradient[this.order[at]!]!;
        weight += this.weight[this.order[at]!]!;
      }
    }
    return [gradient, weight];
  }

  private bestSplit(histogram: Float64Array, gradient: number, weight: number): Split | undefined {
    const { penalty, leastWeight } = this.options;
    const whole = gradient ** 2 / (weight + penalty);
    let best: Split | undefined;
    let bestGain = 1e-3;
    for (const feature of this.asked) {
      let [left, leftWeight] = [0, 0];
      for (let bin = 0; bin < this.cuts[feature]!.length; bin += 1) {
        const cell = (feature * BINS + bin) * 2;
        left += histogram[cell]!;
        leftWeight += histogram[cell + 1]!;
        const rightWeight = weight - leftWeight;
        if (leftWeight < leastWeight || rightWeight < leastWeight) continue;
        const gain =
          left ** 2 / (leftWeight + penalty) + (gradient - left) ** 2 / (rightWeight + penalty) - whole;
        if (gain > bestGain) {
          bestGain = gain;
          best = { feature, bin };
        }
      }
    }
    return best;
  }

  /** Brings the rows of the left side to the front, in their order. */
  private partition({ from, to }: Part, { feature, bin }: Split): number {
    const { order, aside, bins, width } = this;
    let [middle, right] = [from, 0];
    for (let at = from; at < to; at += 1) {
      const row = order[at]!;
      if (bins[row * width + feature]! <= bin) order[middle++] = row;
      else aside[right++] = row;
    }
    order.set(aside.subarray(0, right), middle);
    return middle;
  }

  private addScores(tree: number): void {
    const { feature, splitBin, leaf, bins, width, inner, options } = this;
    const from = tree * inner;
    for (let row = 0; row < this.count; row += 1) {
      let node = 0;
      for (let level = 0; level < options.depth; level += 1)
        node = 2 * node + (bins[row * width + feature[from + node]!]! <= splitBin[from + node]! ? 1 : 2);
      this.score[row]! += leaf[from + tree + node - inner]!;
    }
  }
}

/** Where a feature is cut into bins of about equal size. */
function cutsOf({ rows, features, labels }: TrainingSet, feature: number): Float32Array {
  const every = Math.max(1, Math.floor(labels.length / SAMPLE_FOR_BINS));
  const sample: number[] = [];
  for (let row = 0; row < labels.length; row += every) sample.push(rows[row * features.length + feature]!);
  sample.sort((one, other) => one - other);
  const cuts: number[] = [];
  for (let bin = 1; bin < BINS; bin += 1) {
    const cut = sample[Math.floor((bin * sample.length) / BINS)]!;
    if (cuts.length === 0 || cut > cuts.at(-1)!) cuts.push(cut);
  }
  return Float32Array.from(cuts);
}

function binned({ rows, features, labels }: TrainingSet, cuts: readonly Float32Array[]): Uint8Array {
  const bins = new Uint8Array(rows.length);
  for (let row = 0; row < labels.length; row += 1) {
    for (const [feature, cut] of cuts.entries()) {
      const at = row * features.length + feature;
      const value = rows[at]!;
      let [low, high] = [0, cut.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (value >= cut[middle]!) low = middle + 1;
        else high = middle;
      }
      bins[at] = low;
    }
  }
  return bins;
}
