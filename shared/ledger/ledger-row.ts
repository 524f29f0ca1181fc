import type { BusinessDate } from '../ids.ts';
import type { LedgerEntry } from './posting.ts';

/** What a ledger source has read: a posting, or the reason why there is none. */
export type LedgerRow =
  { readonly ok: true; readonly entry: LedgerEntry } | { readonly ok: false; readonly error: LedgerRowError };

export interface LedgerRowError {
  readonly file: string;
  readonly line: number;
  /** Empty if the whole row is wrong. */
  readonly column: string;
  readonly reason: string;
  /** The row's date where it could be read: that day's books lack the row. Without it any day of the file may. */
  readonly accountingDate?: BusinessDate;
  /** The row's store, as the ledger names it, where it could be read: that store's books lack the row. */
  readonly storeDimension?: string;
}
