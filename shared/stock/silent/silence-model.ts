import { z } from 'zod';
import type { BoostedTrees } from './boosted-trees.ts';
import { HOURS } from './hour-panel.ts';
import { FEATURES } from './silence-features.ts';
import { BUCKETS, type FilterTables } from './stock-filter.ts';

/** A trained model with all that is needed to use it, as its JSON file holds it. */
export interface SilenceModel {
  readonly provenance: Provenance;
  readonly tables: FilterTables;
  readonly trees: BoostedTrees;
  /** Over `hour` an hour counts as out; over `alert` for two hours running an alert is raised. */
  readonly thresholds: {
    readonly hour: number;
    readonly alert: number;
    /** By the precision that alerts keep: over which threshold. For rules that ask for another than `alert` has. */
    readonly levels?: readonly { readonly precision: number; readonly threshold: number }[] | undefined;
  };
}

interface Provenance {
  readonly dataset: string;
  readonly licence: string;
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
  readonly stores: number;
  readonly series: number;
  readonly learningDays: number;
  readonly seed: number;
  /** How the thresholds came about and what they kept on the days after, for stores that the trees had not seen. */
  readonly measured: string;
}

const probability = z.number().min(0).max(1);
const numbers = z.array(z.number());
const schema = z.strictObject({
  schemaVersion: z.literal(1),
  provenance: z.strictObject({
    dataset: z.string(),
    licence: z.string(),
    files: z.array(z.strictObject({ name: z.string(), sha256: z.string() })),
    stores: z.int(),
    series: z.int(),
    learningDays: z.int(),
    seed: z.int(),
    measured: z.string(),
  }),
  tables: z.strictObject({
    afterSale: z.array(probability).length(BUCKETS),
    withoutSale: probability,
    restock: z.array(probability).length(HOURS),
  }),
  trees: z.strictObject({
    features: z.array(z.string()),
    depth: z.int().min(1).max(12),
    base: z.number(),
    feature: numbers,
    threshold: numbers,
    leaf: numbers,
  }),
  thresholds: z.strictObject({
    hour: probability,
    alert: probability,
    levels: z.array(z.strictObject({ precision: probability, threshold: probability })).optional(),
  }),
});

/**
 * Reads a model file.
 * @throws Error for what is no model, or one of other features than these.
 */
export function silenceModelOf(json: unknown): SilenceModel {
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new Error(`This is no stockout model: ${z.prettifyError(parsed.error)}`);
  const { provenance, tables, trees, thresholds } = parsed.data;
  if (trees.features.join() !== FEATURES.join())
    throw new Error('The model was trained on other features than this version derives: train it again');
  const inner = 2 ** trees.depth - 1;
  const count = trees.feature.length / inner;
  if (
    !Number.isInteger(count) ||
    trees.threshold.length !== trees.feature.length ||
    trees.leaf.length !== count * (inner + 1) ||
    trees.feature.some((feature) => !Number.isInteger(feature) || feature < 0 || feature >= FEATURES.length)
  )
    throw new Error('The trees of this stockout model are incomplete: train it again');
  return {
    provenance,
    tables,
    trees: {
      ...trees,
      feature: Int16Array.from(trees.feature),
      threshold: Float32Array.from(trees.threshold),
      leaf: Float32Array.from(trees.leaf),
    },
    thresholds,
  };
}

/** The text of a model file. Leaves are rounded to what their effect on a probability allows. */
export function modelFileOf({ provenance, tables, trees, thresholds }: SilenceModel): string {
  const rounded = (digits: number) => (value: number) => Number(value.toPrecision(digits));
  return `${JSON.stringify({
    schemaVersion: 1,
    provenance,
    tables: {
      afterSale: tables.afterSale.map(rounded(4)),
      withoutSale: rounded(4)(tables.withoutSale),
      restock: tables.restock.map(rounded(4)),
    },
    trees: {
      features: trees.features,
      depth: trees.depth,
      base: trees.base,
      feature: Array.from(trees.feature),
      threshold: Array.from(trees.threshold, shortest),
      leaf: Array.from(trees.leaf, rounded(5)),
    },
    thresholds,
  })}\n`;
}

/** The shortest decimal text of a single-precision number: features meet thresholds exactly. */
function shortest(value: number): number {
  for (let digits = 3; digits < 9; digits += 1) {
    const decimal = Number(value.toPrecision(digits));
    if (Math.fround(decimal) === Math.fround(value)) return decimal;
  }
  return Number(value.toPrecision(9));
}
