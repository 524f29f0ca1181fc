import type { LedgerFileControl } from './control-totals.ts';
import type { CountedReceipts } from './completeness.ts';
import type { ReportCell } from './report-cell.ts';

/**
 * What set work has found to tie in a store, and has left out of its documents, entries and receipts: judged one by
 * one, none of it would become an exception.
 */
export interface SettledPart {
  /** Both totals of each cell of the store, with what is left out. In the order of reports. */
  readonly cells: readonly ReportCell[];
  /** Documents that the ledger posts under their number with their very amounts. */
  readonly byReference: number;
  /** Documents that no number names and that the vouchers without one post in sum. */
  readonly byStatement: number;
  /** Entries of the store, with what is left out. */
  readonly ledgerEntries: number;
  /** Of each ledger file the rows of the store, with what is left out. */
  readonly files: readonly LedgerFileControl[];
  /** Receipts that no refusal is foreseen for and that the ledger has. */
  readonly receipts: readonly CountedReceipts[];
}
