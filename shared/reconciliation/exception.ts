import { createHash } from 'node:crypto';
import type { BusinessDate, StoreId } from '../ids.ts';
import type { Currency } from '../money.ts';
import type { CellAmount } from './cell.ts';

/** Why the books differ, or why they may not be trusted, in the words of finance. */
export const CATEGORIES = [
  'missing-in-ledger',
  'missing-in-pos',
  'amount-differs',
  'duplicate-posting',
  'wrong-account',
  'wrong-store',
  'wrong-date',
  'unknown-store',
  'unknown-product',
  'unknown-tender',
  'unbalanced-transaction',
] as const;
export type Category = (typeof CATEGORIES)[number];

export const CLASSES = ['timing difference', 'adjustment required', 'requires investigation'] as const;
export type ExceptionClass = (typeof CLASSES)[number];

export type Owner = 'Finance' | 'Store operations' | 'Master data';

export interface JournalLine {
  readonly journalNumber: string;
  readonly voucher: string;
  readonly accountingDate: BusinessDate;
  readonly account: string;
  readonly currency: Currency;
  readonly amountMinor: number;
  readonly documentNumber: string;
  /** Where it was read: `file:line`. */
  readonly source: string;
}

/** What an exception rests on. Long lists are cut, and say by how much. */
export interface Evidence {
  readonly transactionIds: readonly string[];
  readonly eventIds: readonly string[];
  readonly journalLines: readonly JournalLine[];
  /** Transactions and journal lines that were left out. */
  readonly omitted: number;
}

/** One reconciling item: a cause, with what it does to each cell. */
export interface ReconciliationException {
  /** Deterministic, so that the same item keeps its id from run to run. */
  readonly exceptionId: string;
  readonly category: Category;
  readonly class: ExceptionClass;
  readonly owner: Owner;
  readonly storeId: StoreId;
  /** Its age counts from here. */
  readonly businessDate: BusinessDate;
  /** The transaction, voucher, product or store that it is about. */
  readonly subject: string;
  readonly detail: string;
  /** The largest of its amounts by size, POS less ledger; 0 where only the data is at fault. */
  readonly amountMinor: number;
  readonly currency: Currency | undefined;
  /** POS less ledger in every cell that it explains; none where only the data is at fault. */
  readonly parts: readonly CellAmount[];
  readonly evidence: Evidence;
}

/** Sixteen hex digits from what the exception is about, and nothing that changes from run to run. */
export function exceptionIdOf(
  businessDate: BusinessDate,
  storeId: StoreId,
  category: Category,
  subject: string,
): string {
  return createHash('sha256')
    .update(JSON.stringify([businessDate, storeId, category, subject]))
    .digest('hex')
    .slice(0, 16);
}

export function largestOf(parts: readonly CellAmount[]): CellAmount | undefined {
  return parts.reduce<CellAmount | undefined>(
    (largest, part) =>
      largest && Math.abs(largest.amountMinor) >= Math.abs(part.amountMinor) ? largest : part,
    undefined,
  );
}
