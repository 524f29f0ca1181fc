import { HOURS, type HourPanel } from './hour-panel.ts';
import { BUCKETS, filterPanel, newTransitions, type FilterTables } from './stock-filter.ts';

/** Where learning starts: roughly what a grocer's shelves do. */
const FIRST_GUESS: FilterTables = {
  afterSale: [0.01, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.28],
  withoutSale: 0.003,
  restock: Array.from({ length: HOURS }, (_, hour) => {
    if (hour < 2) return 0.02;
    if (hour <= 5) return 0.4;
    return hour >= 11 && hour <= 14 ? 0.06 : 0.005;
  }),
};
const ROUNDS = 3;

/**
 * Learns the filter's tables from sales alone, by expectation maximisation (Baum-Welch within each day) over the first
 * `days`. More rounds fit the quiet evenings instead of the stockouts.
 */
export function learnTables(panel: HourPanel, days: number): FilterTables {
  let tables = FIRST_GUESS;
  for (let round = 0; round < ROUNDS; round += 1) {
    const counted = newTransitions();
    filterPanel(panel, tables, days, counted);
    tables = {
      afterSale: Array.from(
        { length: BUCKETS },
        (_, bucket) => ((counted.afterSale[bucket] ?? 0) + 1) / ((counted.salesInStock[bucket] ?? 0) + 20),
      ),
      withoutSale: (counted.withoutSale + 1) / (counted.silentInStock + 300),
      restock: Array.from(
        { length: HOURS },
        (_, hour) => ((counted.restocked[hour] ?? 0) + 0.5) / ((counted.outHours[hour] ?? 0) + 20),
      ),
    };
  }
  return tables;
}
