import { forecastOfStores } from '../forecast/forecast.ts';
import { balancesOf } from '../reconciliation/balances.ts';
import { rowsNotReadOf, type DayReport } from '../reconciliation/day-report.ts';
import { seenFromStores } from '../reconciliation/seen-from-stores.ts';
import { missingFromTotals, type UncoveredPart } from '../reconciliation/uncovered.ts';

/**
 * A day's report as a reader of some stores may see it: the cells of these stores, and what explains them. Figures that
 * cannot be told apart by store (documents, ledger rows, files) are left out. The proof stays whole, since it holds cell
 * by cell.
 */
export function reportOfStores(report: DayReport, stores: ReadonlySet<string>): DayReport {
  const cells = report.cells.filter((cell) => stores.has(cell.storeId));
  const exceptions = report.exceptions.flatMap((exception) => seenFromStores(exception, stores));
  const rowErrors = rowsNotReadOf(report);
  const uncovered = uncoveredOf(report, stores);
  const broken = cells.filter((cell) => cell.differenceMinor !== cell.explainedMinor);
  return {
    ...report,
    counts: {
      stores: new Set(cells.map((cell) => cell.storeId)).size,
      events: 0,
      documents: 0,
      ledgerEntries: 0,
    },
    balances: balancesOf(cells),
    proof: {
      // A control total that is broken elsewhere casts doubt on the totals here, too.
      holds: report.proof.holds && broken.length === 0,
      cells: cells.length,
      landedTotals: 0,
      ledgerTotals: 0,
      violations:
        broken.length === 0 && !report.proof.holds
          ? ['The books of the whole chain do not prove themselves on this date: ask finance']
          : broken.map(({ storeId, account, currency }) => `${storeId} ${account} ${currency}`),
    },
    summary: {
      byCategory: countBy(exceptions.map((exception) => exception.category)),
      byClass: countBy(exceptions.map((exception) => exception.class)),
      uncovered: missingFromTotals(uncovered).length,
      ledgerRowsNotRead: rowErrors,
    },
    passes: { cellsByTotal: 0, byReference: 0, byStatement: 0 },
    cells,
    exceptions,
    storeCounts: (report.storeCounts ?? []).filter(({ storeId }) => stores.has(storeId)),
    ledgerFiles: [],
    ledgerRowErrors: [],
    // A store may see that such rows exist, but not what they contain.
    ledgerRowErrorsOmitted: rowErrors,
    repeatedPostings: [],
    // A card is sold in one store and redeemed in another: there is no liability of a store.
    giftCards: [],
    settlement: undefined,
    completeness: (report.completeness ?? []).filter(({ storeId }) => stores.has(storeId)),
    forecast: report.forecast && forecastOfStores(report.forecast, stores),
    uncovered,
  };
}

/** What is missing of these stores, or may be, without a word of what another store's data says. */
function uncoveredOf({ uncovered = [] }: DayReport, stores: ReadonlySet<string>): UncoveredPart[] {
  return uncovered.flatMap((part) => {
    const storeIds = part.storeIds.filter((storeId) => stores.has(storeId));
    if (part.storeIds.length > 0 && storeIds.length === 0) return [];
    if (part.storeIds.length === storeIds.length) return [{ ...part, storeIds }];
    return [{ ...part, storeIds, reason: 'It holds data of other stores too: finance sees the reason' }];
  });
}

function countBy<K extends string>(keys: readonly K[]): Partial<Record<K, number>> {
  const counts: Partial<Record<K, number>> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}
