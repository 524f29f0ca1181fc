import { createHash } from 'node:crypto';
import type { BusinessDate, StoreId } from '../ids.ts';
import { rowsNotReadOf, type DayReport } from '../reconciliation/day-report.ts';
import type { ReconciliationException } from '../reconciliation/exception.ts';
import { seenFromStores } from '../reconciliation/seen-from-stores.ts';
import { missingFromTotals, type UncoveredPart } from '../reconciliation/uncovered.ts';
import type { SeenCell, SeenReport } from './store-day.ts';

/** What a report says of one store. */
export interface StoreReport {
  readonly businessDate: BusinessDate;
  readonly storeId: StoreId;
  readonly report: SeenReport;
  readonly exceptions: readonly ReconciliationException[];
}

/** Parts that leave the books of their stores out as a whole; of the others only events are missing. */
const LEAVES_BOOKS: ReadonlySet<UncoveredPart['kind']> = new Set([
  'store',
  'shard',
  'raw-blob',
  'ledger-file',
]);

/**
 * A day's report, cut by store. An exception that touches two stores is in both, since it stands in the way of both.
 * @param also stores that the report may not name any more, but that were in an earlier one
 * @param inputsOf fingerprint of a store's input data, where it is known
 */
export function storeReports(
  report: DayReport,
  reportId: string,
  also: readonly StoreId[],
  inputsOf: (storeId: StoreId) => string | undefined = () => undefined,
): StoreReport[] {
  const parts = missingFromTotals(report.uncovered);
  const exceptions = new Map<string, ReconciliationException[]>();
  for (const exception of report.exceptions)
    for (const storeId of new Set([exception.storeId, ...exception.parts.map((part) => part.storeId)]))
      for (const seen of seenFromStores(exception, new Set([storeId]))) push(exceptions, storeId, seen);
  const cells = new Map<string, SeenCell[]>();
  for (const { storeId, account, currency, posMinor, ledgerMinor, explainedMinor } of report.cells)
    push(cells, storeId, { account, currency, posMinor, ledgerMinor, explainedMinor });
  const counts = new Map((report.storeCounts ?? []).map((count) => [count.storeId, count]));
  const names = [
    ...cells.keys(),
    ...exceptions.keys(),
    ...counts.keys(),
    ...parts.flatMap((part) => part.storeIds),
    ...also,
  ];
  const rows = unplacedRowsOf(report);
  return [...new Set(names as StoreId[])].sort().map((storeId): StoreReport => {
    const count = counts.get(storeId);
    const ours = parts.filter(({ storeIds }) => storeIds.length === 0 || storeIds.includes(storeId));
    return {
      businessDate: report.businessDate,
      storeId,
      exceptions: exceptions.get(storeId) ?? [],
      report: {
        reportId,
        inputs: inputsOf(storeId),
        dataAsOf: report.dataAsOf,
        proofHolds: report.proof.holds,
        isLeftOut: ours.some(({ kind, storeIds }) => LEAVES_BOOKS.has(kind) && storeIds.includes(storeId)),
        missing: ours.length + rows,
        documents: count?.documents ?? (report.storeCounts && 0),
        ledgerEntries: count?.ledgerEntries ?? (report.storeCounts && 0),
        ...cellsOf(cells.get(storeId) ?? []),
      },
    };
  });
}

/** A ledger that was read by the wrong column may have as many accounts as documents. */
const MAX_CELLS = 1_000;

function cellsOf(
  cells: readonly SeenCell[],
): Pick<SeenReport, 'cells' | 'cellsOmitted' | 'cellsDigest' | 'unexplained'> {
  const differs = ({ posMinor, ledgerMinor }: SeenCell): number => (posMinor === ledgerMinor ? 1 : 0);
  const listed =
    cells.length <= MAX_CELLS
      ? cells
      : [...cells].sort((one, other) => differs(one) - differs(other)).slice(0, MAX_CELLS);
  return {
    cells: listed,
    cellsOmitted: cells.length - listed.length,
    cellsDigest: createHash('sha256').update(JSON.stringify(cells)).digest('hex').slice(0, 32),
    unexplained: cells.filter(
      ({ posMinor, ledgerMinor, explainedMinor }) =>
        BigInt(posMinor) - BigInt(ledgerMinor) !== BigInt(explainedMinor),
    ).length,
  };
}

/** Ledger rows that were not read and may be of any store; those of a known store are an exception of it. */
function unplacedRowsOf(report: DayReport): number {
  const placed = report.ledgerRowErrors.filter(({ storeDimension }) => storeDimension !== undefined);
  return rowsNotReadOf(report) - placed.length;
}

function push<T>(into: Map<string, T[]>, key: string, value: T): void {
  const held = into.get(key);
  if (held) held.push(value);
  else into.set(key, [value]);
}
