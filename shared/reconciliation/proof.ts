import { accountKey } from './cell.ts';
import type { ReconciliationException } from './exception.ts';
import type { ReportCell } from './reconcile-shard.ts';

/** A cell with everything that explains it. */
interface ProvenCell extends ReportCell {
  /** POS less ledger. */
  readonly differenceMinor: number;
  /** The sum of what the exceptions say about this cell. */
  readonly explainedMinor: number;
}

export interface Proof {
  /** True where every cell's difference is the sum of its exceptions, to the minor unit. */
  readonly holds: boolean;
  readonly cells: readonly ProvenCell[];
  /** Cells, as text, whose difference is not explained. Always empty unless Tillstream itself is at fault. */
  readonly violations: readonly string[];
}

/**
 * The books prove themselves: for each store, account and currency of the date, POS total - ledger total = sum of that
 * cell's exceptions. Sums are bigint, so that no rounding can hide anything.
 */
export function prove(cells: readonly ReportCell[], exceptions: readonly ReconciliationException[]): Proof {
  const explained = new Map<string, bigint>();
  for (const exception of exceptions) {
    for (const part of exception.parts) {
      const key = `${part.storeId} ${accountKey(part.account, part.currency)}`;
      explained.set(key, (explained.get(key) ?? 0n) + BigInt(part.amountMinor));
    }
  }
  const violations: string[] = [];
  const proven = cells.map((cell) => {
    const key = `${cell.storeId} ${accountKey(cell.account, cell.currency)}`;
    const difference = BigInt(cell.posMinor) - BigInt(cell.ledgerMinor);
    const sum = explained.get(key) ?? 0n;
    explained.delete(key);
    if (difference !== sum) violations.push(`${key}: difference ${difference}, explained ${sum}`);
    return { ...cell, differenceMinor: Number(difference), explainedMinor: Number(sum) };
  });
  for (const [key, sum] of explained)
    if (sum !== 0n) violations.push(`${key}: no such cell, explained ${sum}`);
  return { holds: violations.length === 0, cells: proven, violations };
}
