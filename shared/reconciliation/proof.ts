import { toTotal, type TotalMinor } from '../money.ts';
import type { ControlResult } from './control-totals.ts';
import type { ReconciliationException } from './exception.ts';
import type { ReportCell } from './report-cell.ts';

/** A cell with everything that explains it. */
interface ProvenCell extends ReportCell {
  /** POS less ledger. */
  readonly differenceMinor: TotalMinor;
  /** The sum of what the exceptions say about this cell. */
  readonly explainedMinor: TotalMinor;
}

export interface Proof {
  /** True where every check below holds, to the minor unit. */
  readonly holds: boolean;
  readonly cells: readonly ProvenCell[];
  /** What does not hold, as text. Always empty unless Tillstream itself is at fault. */
  readonly violations: readonly string[];
}

/**
 * The books prove themselves (promise P5), by three checks that can each fail:
 * 1. for each store, account and currency, POS total - ledger total = sum of that cell's exceptions;
 * 2. both sides agree with control totals that were counted where the data came in;
 * 3. each exception's claim holds on both sides, and no other explanation fits as well.
 * Nothing is ever calculated as "the rest", so an error in any pass shows. Sums are bigint, which lose no unit.
 */
export function prove(
  cells: readonly ReportCell[],
  exceptions: readonly ReconciliationException[],
  controls: ControlResult,
  claimViolations: readonly string[],
): Proof {
  const explained = new Map<string, bigint>();
  for (const { parts } of exceptions) {
    for (const part of parts) {
      const key = cellKey(part);
      explained.set(key, (explained.get(key) ?? 0n) + BigInt(part.amountMinor));
    }
  }
  const violations: string[] = [];
  const proven = cells.map((cell) => {
    const key = cellKey(cell);
    const difference = BigInt(cell.posMinor) - BigInt(cell.ledgerMinor);
    const sum = explained.get(key) ?? 0n;
    explained.delete(key);
    if (difference !== sum) violations.push(`${cellName(cell)}: difference ${difference}, explained ${sum}`);
    return { ...cell, differenceMinor: toTotal(difference), explainedMinor: toTotal(sum) };
  });
  for (const [key, sum] of explained)
    if (sum !== 0n)
      violations.push(`${(JSON.parse(key) as string[]).join(' ')}: no such cell, explained ${sum}`);
  violations.push(...controls.violations, ...claimViolations, ...wrongStoreFaults(exceptions));
  return { holds: violations.length === 0, cells: proven, violations };
}

type Cell = Pick<ReportCell, 'storeId' | 'account' | 'currency'>;

/** An account may hold any character, a space too. */
const cellKey = ({ storeId, account, currency }: Cell): string =>
  JSON.stringify([storeId, account, currency]);
const cellName = ({ storeId, account, currency }: Cell): string => `${storeId} ${account} ${currency}`;

/** What one store lacks must be just what the other has too much. */
function wrongStoreFaults(exceptions: readonly ReconciliationException[]): string[] {
  return exceptions
    .filter(({ category }) => category === 'wrong-store')
    .flatMap(({ storeId, subject, parts }) => {
      const sums = new Map<string, bigint>();
      for (const { account, currency, amountMinor } of parts) {
        const key = JSON.stringify([account, currency]);
        sums.set(key, (sums.get(key) ?? 0n) + BigInt(amountMinor));
      }
      const isBalanced = [...sums.values()].every((sum) => sum === 0n);
      const stores = new Set(parts.map((part) => part.storeId)).size;
      return isBalanced && stores === 2
        ? []
        : [`${storeId} wrong-store ${subject}: the two stores do not offset each other`];
    });
}
