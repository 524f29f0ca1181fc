import type { Currency } from '../../../money.ts';
import type { AccountForm } from './account-text.ts';
import type { DecimalMark } from './amount-text.ts';
import type { DateForm } from './date-text.ts';

/** The columns of a row, in the terms of Dynamics 365's GeneralJournalAccountEntry. */
export const LEDGER_COLUMNS = [
  'JournalNumber',
  'Voucher',
  'AccountingDate',
  'LedgerAccount',
  'StoreDimension',
  'TransactionCurrencyCode',
  'TransactionCurrencyAmount',
  'DebitAmount',
  'CreditAmount',
  'DocumentNumber',
  'RecId',
  'LineNumber',
] as const;
export type LedgerColumn = (typeof LEDGER_COLUMNS)[number];

export type ColumnName = string | number;

/** A file's row layout. */
export interface Layout {
  readonly encoding: 'auto' | 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  readonly delimiter: 'auto' | ',' | ';' | '\t' | '|';
  /** The row of the header, 0 where the file has none; undefined where it is found by its names. */
  readonly headerRow: number | undefined;
  /**
   * The header's name of each column, or its number from 1; null where the file has no such column. A column that is not
   * named here has its own name.
   */
  readonly columns: Readonly<Partial<Record<LedgerColumn, ColumnName | null>>>;
  /** What every row of the file has, where there is no column for it. */
  readonly constants: {
    readonly currency?: Currency | undefined;
    readonly storeDimension?: string | undefined;
    readonly journalNumber?: string | undefined;
  };
  readonly date: DateForm;
  /** Undefined if it must be clear from the file. */
  readonly decimalMark: DecimalMark | undefined;
  /** `credit`: credits are positive in the signed column. */
  readonly positive: 'debit' | 'credit';
  /** A negative amount in the debit column takes a debit back. Without this it is refused, as other programs mean a credit. */
  readonly reversals: boolean;
  readonly account: AccountForm;
  /** Rows that are no postings, such as totals: those whose cell in the column starts so. */
  readonly skipRows: readonly { readonly column: ColumnName; readonly startsWith: string }[];
}

/** A file that no mapping covers. What it leaves open the file itself has to show without doubt. */
export const DEFAULT_LAYOUT: Layout = {
  encoding: 'auto',
  delimiter: 'auto',
  headerRow: undefined,
  columns: {},
  constants: {},
  date: 'YYYY-MM-DD',
  decimalMark: undefined,
  positive: 'debit',
  reversals: false,
  account: { kind: 'auto' },
  skipRows: [],
};
