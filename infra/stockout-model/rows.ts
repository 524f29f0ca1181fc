import { HOURS, type HourPanel } from '../../shared/stock/silent/hour-panel.ts';
import type { FeatureRows } from '../../shared/stock/silent/silence-features.ts';
import { probabilityOf, type BoostedTrees } from '../../shared/stock/silent/boosted-trees.ts';
import { DEFAULT_GROWTH, growTrees, type GrowthOptions } from './grow-trees.ts';
import type { Scored } from './judge.ts';

/** The rows whose series and day are wanted. */
export function rowsWhere(
  panel: HourPanel,
  all: FeatureRows,
  isWanted: (series: number, day: number) => boolean,
): FeatureRows {
  const perSeries = panel.days * HOURS;
  const width = all.names.length;
  const kept = all.cells
    .map((_, row) => row)
    .filter((row) => {
      const cell = all.cells[row]!;
      return isWanted(Math.floor(cell / perSeries), Math.floor((cell % perSeries) / HOURS));
    });
  const rows = new Float32Array(kept.length * width);
  for (const [to, from] of kept.entries())
    rows.set(all.rows.subarray(from * width, (from + 1) * width), to * width);
  return { names: all.names, rows, cells: kept.map((row) => all.cells[row]!) };
}

/** The model's probability for each row. */
export function score(model: BoostedTrees, { names, rows, cells }: FeatureRows): Scored {
  return {
    cells,
    scores: Float32Array.from(cells, (_, row) => probabilityOf(model, rows, row * names.length)),
  };
}

/** The mean of several models' probabilities. */
export function meanScore(models: readonly BoostedTrees[], rows: FeatureRows): Scored {
  const all = models.map((model) => score(model, rows).scores);
  const mean = (_: number, at: number): number =>
    all.reduce((sum, scores) => sum + (scores[at] ?? 0), 0) / all.length;
  return { cells: rows.cells, scores: Float32Array.from(rows.cells, mean) };
}

export function train(
  set: FeatureRows,
  labelOf: (cell: number) => number,
  random: () => number,
  growth: Partial<GrowthOptions> = {},
): BoostedTrees {
  return growTrees(
    { features: set.names, rows: set.rows, labels: Float32Array.from(set.cells, labelOf) },
    { ...DEFAULT_GROWTH, ...growth, random },
  );
}

/** Takes the scores of a part into those of a whole that has the same cells among others. */
export function merged(whole: Int32Array, parts: readonly Scored[]): Scored {
  const byCell = new Map<number, number>();
  for (const { cells, scores } of parts)
    for (const [at, cell] of cells.entries()) byCell.set(cell, scores[at]!);
  return {
    cells: whole,
    scores: Float32Array.from(whole, (cell) => {
      const found = byCell.get(cell);
      if (found === undefined) throw new RangeError(`No part has a score for cell ${cell}`);
      return found;
    }),
  };
}
