import { HOURS, isOpen, type PanelSeries } from '../silent/hour-panel.ts';
import type { FilteredSeries } from '../silent/stock-filter.ts';

/** By day: the share of a usual day's sales for which the shelf was filled, by the filter's posterior in hindsight. */
export function inStockShares(
  series: PanelSeries,
  { outInHindsight }: FilteredSeries,
  shape: Float64Array,
): Float32Array {
  return Float32Array.from({ length: shape.length / HOURS }, (_, day) => {
    let [share, whole] = [0, 0];
    for (let cell = day * HOURS; cell < (day + 1) * HOURS; cell += 1) {
      if (!isOpen(series, cell)) continue;
      whole += shape[cell] ?? 0;
      share += (shape[cell] ?? 0) * (1 - (outInHindsight[cell] ?? 0));
    }
    return whole > 0 ? share / whole : 1;
  });
}
