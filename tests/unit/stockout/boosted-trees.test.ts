import { readFileSync } from 'node:fs';
import { growTrees, DEFAULT_GROWTH } from '../../../infra/stockout-model/grow-trees.ts';
import { SHIPPED_MODEL } from '../../../infra/stockout-model/paths.ts';
import { randomFor } from '../../../infra/stockout-model/random.ts';
import { probabilityOf } from '../../../shared/stock/silent/boosted-trees.ts';
import { FEATURES } from '../../../shared/stock/silent/silence-features.ts';
import {
  modelFileOf,
  silenceModelOf,
  type SilenceModel,
} from '../../../shared/stock/silent/silence-model.ts';
import { BUCKETS } from '../../../shared/stock/silent/stock-filter.ts';

const random = randomFor(1, 'data');
const COUNT = 4_000;
/** Two features of which only both together tell the label, and noise. */
function exclusiveOr(features: readonly string[]) {
  const rows = Float32Array.from({ length: COUNT * features.length }, random);
  const labels = Float32Array.from({ length: COUNT }, (_, row) =>
    rows[row * features.length]! >= 0.5 !== rows[row * features.length + 1]! >= 0.5 ? 1 : 0,
  );
  return { features, rows, labels };
}
const grow = (set: ReturnType<typeof exclusiveOr>) =>
  growTrees(set, { ...DEFAULT_GROWTH, trees: 40, depth: 4, random: randomFor(2, 'growth') });

test('trees learn what only two features together tell', () => {
  const set = exclusiveOr(['one', 'other', 'noise']);
  const model = grow(set);
  let right = 0;
  for (const [row, label] of set.labels.entries())
    if (probabilityOf(model, set.rows, row * 3) >= 0.5 === (label === 1)) right += 1;
  expect(right / COUNT).toBeGreaterThan(0.95);
});

test('the same rows and random numbers give the same trees', () => {
  const set = exclusiveOr(['one', 'other']);
  expect(grow(set)).toEqual(grow(set));
});

test('a tree is followed to the leaf: left below the threshold, right from it on', () => {
  const model = {
    features: ['a', 'b'],
    depth: 2,
    base: 0,
    feature: [0, 1, 1],
    threshold: [5, 1, 2],
    leaf: [-4, -2, 2, 4],
  };
  const odds = (a: number, b: number): number => {
    const probability = probabilityOf(model, [a, b]);
    return Math.log(probability / (1 - probability));
  };
  expect([odds(4, 0), odds(4, 1), odds(5, 1), odds(5, 2)].map((value) => Math.round(value))).toEqual([
    -4, -2, 2, 4,
  ]);
});

test('labels of one kind only cannot be learned from, and are refused', () => {
  const set = { ...exclusiveOr(['one', 'other']), labels: new Float32Array(COUNT) };
  expect(() => grow(set)).toThrow('both kinds');
});

const set = exclusiveOr(FEATURES);
const model: SilenceModel = {
  provenance: {
    dataset: 'made up',
    licence: 'none',
    files: [],
    stores: 1,
    series: 1,
    learningDays: 60,
    seed: 1,
    measured: 'nothing',
  },
  tables: {
    afterSale: Array.from({ length: BUCKETS }, () => 0.1),
    withoutSale: 0.01,
    restock: Array.from({ length: 24 }, () => 0.1),
  },
  trees: grow(set),
  thresholds: { hour: 0.8, alert: 0.85 },
};

test('a model is the same after it was written and read', () => {
  const read = silenceModelOf(JSON.parse(modelFileOf(model)));
  for (let row = 0; row < 500; row += 1) {
    const at = row * FEATURES.length;
    expect(probabilityOf(read.trees, set.rows, at)).toBeCloseTo(probabilityOf(model.trees, set.rows, at), 3);
  }
  expect(modelFileOf(read)).toBe(modelFileOf(model));
});

const file = JSON.parse(modelFileOf(model)) as { trees: object };

test.each([
  ['another schema', { schemaVersion: 2 }, 'no stockout model'],
  ['other features', { trees: { ...file.trees, features: ['hour'] } }, 'other features'],
  ['a leaf too few', { trees: { ...file.trees, leaf: [1] } }, 'incomplete'],
  [
    'a feature that is none',
    { trees: { ...file.trees, feature: Array.from({ length: 600 }, () => 99) } },
    'incomplete',
  ],
])('a model file with %s is refused', (_, change, message) => {
  expect(() => silenceModelOf({ ...file, ...change })).toThrow(message);
});

test('the model of the package is read, and says where it comes from and what it was measured to keep', () => {
  const shipped = silenceModelOf(JSON.parse(readFileSync(SHIPPED_MODEL, 'utf8')));
  expect(shipped.provenance).toMatchObject({ licence: 'CC BY 4.0', stores: 15, learningDays: 60 });
  expect(shipped.provenance.files.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256))).toBe(true);
  expect(shipped.provenance.measured).toMatch(
    /hours 0\.\d{3} right at recall 0\.\d{3}, alerts 0\.\d{3} right/,
  );
});
