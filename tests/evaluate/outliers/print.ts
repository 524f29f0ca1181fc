import { randomFor } from '../../../infra/stockout-model/random.ts';
import { DEFAULT_GROWTH, growTrees } from '../../../infra/stockout-model/grow-trees.ts';
import { probabilityOf } from '../../../shared/stock/silent/boosted-trees.ts';
import { FEATURES, medianOf, oddnessOf, unitPriceOf } from './features.ts';
import { readSales, type InspectedSale } from './sales.ts';

/**
 * The protocol of Torgo (Data Mining with R, chapter on fraudulent transactions): three times, 70 % of the sales to learn from and 30 % to
 * test on, with the outcomes in equal shares; the oddest 10 % of the test part are inspected.
 */
const ROUNDS = 3;
const TRAIN_SHARE = 0.7;
const EFFORTS = [0.01, 0.05, 0.1];
const GOAL = 0.75;

/** From the first edition of the book, ch. 5.4, at 10 % effort: precision, recall, average NDTP. */
const PUBLISHED = [
  ['box-plot rule', 0.017, 0.52, 7.7],
  ['LOF', 0.022, 0.7, 8.3],
  ['ORh', 0.022, 0.69, 9.0],
  ['AdaBoost', 0.022, 0.69, 8.3],
  ['self-trained AdaBoost', 0.0225, 0.71, 8.6],
] as const;

interface Result {
  readonly precision: number;
  readonly recall: number;
  readonly ndtp: number;
  /** Recall over the share inspected, at each effort. */
  readonly lifts: readonly number[];
}

/** @returns whether the price and quantity score reaches the goal. */
export function printOutliers(folder: string, seed: number): boolean {
  const sales = readSales(folder);
  const rounds = Array.from({ length: ROUNDS }, (_, round) => roundOf(sales, seed + round));
  const names = Object.keys(rounds[0] ?? {});
  const frauds = sales.filter(({ outcome }) => outcome === 'fraud').length;
  console.log(
    `${sales.length} sales, ${frauds} frauds; ${ROUNDS} x 70/30, stratified, seed ${seed}; 10 % inspected\n`,
  );
  console.log('| Method | Precision | Recall | avgNDTP | Lift at 1 % | at 5 % | at 10 % |');
  console.log('| ------ | --------- | ------ | ------- | ----------- | ------ | ------- |');
  for (const [name, ...figures] of PUBLISHED)
    console.log(`| ${name} (published, all 401,146 sales) | ${figures.join(' | ')} | | | |`);
  let holds = false;
  for (const name of names) {
    const results = rounds.map((round) => round[name] as Result);
    const mean = (of: (result: Result) => number): number =>
      results.reduce((sum, one) => sum + of(one), 0) / results.length;
    const recall = mean((one) => one.recall);
    if (recall >= GOAL) holds = true;
    const lifts = EFFORTS.map((_, at) => mean((one) => one.lifts[at] ?? 0).toFixed(1));
    console.log(
      `| ${name} | ${mean((one) => one.precision).toFixed(4)} | ${recall.toFixed(3)} | ${mean((one) => one.ndtp).toFixed(1)} | ${lifts.join(' | ')} |`,
    );
  }
  return holds;
}

function roundOf(sales: readonly InspectedSale[], seed: number): Record<string, Result> {
  const random = randomFor(seed, 'split');
  const [train, test] = split(sales, random);
  const odd = oddnessOf(test, train);
  return {
    'unit price, median deviation (baseline)': resultOf(test, train, plainScores(test, train)),
    'price and quantity score': resultOf(test, train, odd.scores),
    'trees on the inspected sales': resultOf(test, train, learned(test, train, odd.rows, seed)),
  };
}

/** Stratified by outcome. */
function split(sales: readonly InspectedSale[], random: () => number): [InspectedSale[], InspectedSale[]] {
  const [train, test]: [InspectedSale[], InspectedSale[]] = [[], []];
  for (const wanted of ['unkn', 'ok', 'fraud'] as const) {
    const some = sales.filter(({ outcome }) => outcome === wanted);
    for (let at = some.length - 1; at > 0; at -= 1) {
      const other = Math.floor(random() * (at + 1));
      [some[at], some[other]] = [some[other] as InspectedSale, some[at] as InspectedSale];
    }
    const cut = Math.round(some.length * TRAIN_SHARE);
    for (const [at, sale] of some.entries()) (at < cut ? train : test).push(sale);
  }
  return [train, test];
}

/** Distance of the unit price from the product's median in median deviations, as it stands in every handbook. */
function plainScores(test: readonly InspectedSale[], train: readonly InspectedSale[]): Float64Array {
  const prices = pricesOf(train);
  const centres = new Map(
    [...prices].map(([product, list]) => {
      const median = medianOf(list);
      return [product, { median, deviation: medianOf(list.map((price) => Math.abs(price - median))) || 1 }];
    }),
  );
  return Float64Array.from(test, (sale) => {
    const [centre, price] = [centres.get(sale.product), unitPriceOf(sale)];
    return centre === undefined || price === undefined
      ? 0
      : Math.abs(price - centre.median) / centre.deviation;
  });
}

function pricesOf(sales: readonly InspectedSale[]): Map<string, number[]> {
  const prices = new Map<string, number[]>();
  for (const sale of sales) {
    const price = unitPriceOf(sale);
    if (price === undefined) continue;
    const others = prices.get(sale.product);
    if (others) others.push(price);
    else prices.set(sale.product, [price]);
  }
  return prices;
}

/** Boosted trees that learn from the inspected sales of the training part what a fraud looks like. */
function learned(
  test: readonly InspectedSale[],
  train: readonly InspectedSale[],
  rows: Float32Array,
  seed: number,
): Float64Array {
  const inspected = train.filter(({ outcome }) => outcome !== 'unkn');
  const own = oddnessOf(inspected, train);
  const labels = Float32Array.from(inspected, ({ outcome }) => (outcome === 'fraud' ? 1 : 0));
  const growth = {
    ...DEFAULT_GROWTH,
    trees: 150,
    depth: 4,
    leastWeight: 2,
    penalty: 5,
    random: randomFor(seed, 'trees'),
  };
  const model = growTrees({ features: FEATURES, rows: own.rows, labels }, growth);
  return Float64Array.from(test, (_, at) => probabilityOf(model, rows, at * FEATURES.length));
}

function resultOf(
  test: readonly InspectedSale[],
  train: readonly InspectedSale[],
  scores: Float64Array,
): Result {
  const order = [...test.keys()].sort((one, other) => (scores[other] ?? 0) - (scores[one] ?? 0));
  const frauds = test.filter(({ outcome }) => outcome === 'fraud').length;
  const top = (share: number): number[] => order.slice(0, Math.round(test.length * share));
  const caught = (share: number): number => top(share).filter((at) => test[at]?.outcome === 'fraud').length;
  const inspected = top(0.1);
  return {
    precision: caught(0.1) / inspected.length,
    recall: caught(0.1) / frauds,
    ndtp: averageNdtp(
      inspected.map((at) => test[at] as InspectedSale),
      train,
    ),
    lifts: EFFORTS.map((share) => caught(share) / frauds / share),
  };
}

/** Mean distance of the unit price from the product's median in interquartile ranges, over what is inspected and not known. */
function averageNdtp(inspected: readonly InspectedSale[], train: readonly InspectedSale[]): number {
  const prices = pricesOf(train);
  const distances = inspected.flatMap((sale) => {
    const list = prices.get(sale.product);
    const price = unitPriceOf(sale);
    if (sale.outcome !== 'unkn' || !list || price === undefined) return [];
    const sorted = [...list].sort((one, other) => one - other);
    const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
    const range = at(0.75) - at(0.25) || at(0.5) || 1;
    return [Math.abs(price - at(0.5)) / range];
  });
  return distances.reduce((sum, value) => sum + value, 0) / Math.max(1, distances.length);
}
