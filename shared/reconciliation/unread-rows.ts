import type { LedgerRowError } from '../ledger/ledger-row.ts';

/** Ledger rows that could not be read, as far as they concern one store and date. */
export interface UnreadRows {
  /** Rows that name the store and the date. */
  readonly rows: number;
  /** Rows of the date's files in which store or date could not be read either: they may be of this store. */
  readonly unplacedRows: number;
  readonly firstErrors: readonly LedgerRowError[];
}

const KEPT_ERRORS = 3;
const KEPT_CHARACTERS = 200;

const shortened = (text: string): string =>
  text.length <= KEPT_CHARACTERS ? text : `${text.slice(0, KEPT_CHARACTERS - 1).toWellFormed()}…`;

/** `3 ledger rows of this store and date were not read (ledger.csv:7 TransactionCurrencyAmount ...)`. */
export function unreadText({ rows, unplacedRows, firstErrors }: UnreadRows): string {
  const first = firstErrors
    .slice(0, KEPT_ERRORS)
    .map(({ file, line, column, reason }) => shortened(`${file}:${line} ${column} ${reason}`))
    .join('; ');
  const places = first === '' ? '' : ` (${first})`;
  if (rows > 0)
    return `${rows} ledger ${rows === 1 ? 'row' : 'rows'} of this store and date could not be read${places}`;
  const were =
    unplacedRows === 1 ? 'row that could not be read may be' : 'rows that could not be read may be';
  return `${unplacedRows} ledger ${were} of this store and date${places}`;
}
