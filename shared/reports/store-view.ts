import { toTotal } from '../money.ts';
import { balancesOf } from '../reconciliation/balances.ts';
import type { DayReport } from '../reconciliation/day-report.ts';
import { valueOf, type ReconciliationException } from '../reconciliation/exception.ts';

/**
 * A day's report as a reader of some stores may see it: the cells of these stores, and what explains them. Figures that
 * cannot be told apart by store (documents, ledger rows, files) are left out. The proof stays whole, since it holds cell
 * by cell.
 */
export function reportOfStores(report: DayReport, stores: ReadonlySet<string>): DayReport {
  const cells = report.cells.filter((cell) => stores.has(cell.storeId));
  const exceptions = report.exceptions.flatMap((exception) => ofStores(exception, stores));
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
      holds: broken.length === 0,
      cells: cells.length,
      landedTotals: 0,
      ledgerTotals: 0,
      violations: broken.map(({ storeId, account, currency }) => `${storeId} ${account} ${currency}`),
    },
    summary: {
      byCategory: countBy(exceptions.map((exception) => exception.category)),
      byClass: countBy(exceptions.map((exception) => exception.class)),
    },
    passes: { cellsByTotal: 0, byReference: 0, byStatement: 0 },
    cells,
    exceptions,
    ledgerFiles: [],
    ledgerRowErrors: [],
  };
}

/** An exception of another store that touches one of these shows its effect here, without that store's documents. */
function ofStores(
  exception: ReconciliationException,
  stores: ReadonlySet<string>,
): ReconciliationException[] {
  const parts = exception.parts.filter((part) => stores.has(part.storeId));
  if (stores.has(exception.storeId)) return [{ ...exception, parts }];
  const [first] = parts;
  if (!first) return [];
  // Seen from the other store of a wrong posting, the ledger has too much.
  const { amountMinor, currency } = valueOf(first.storeId, parts, true);
  return [
    {
      ...exception,
      storeId: first.storeId,
      amountMinor: toTotal(amountMinor),
      currency,
      parts,
      evidence: { transactionIds: [], eventIds: [], journalLines: [], omitted: 0 },
    },
  ];
}

function countBy<K extends string>(keys: readonly K[]): Partial<Record<K, number>> {
  const counts: Partial<Record<K, number>> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}
