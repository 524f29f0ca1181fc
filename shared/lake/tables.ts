/**
 * The tables of a compacted business date and of a ledger file, as Parquet. Texts are in the form of `lakeText`, amounts
 * are integers in minor units.
 */
export type ColumnType = 'VARCHAR' | 'BIGINT' | 'INTEGER' | 'BOOLEAN';
export type Columns = Readonly<Record<string, ColumnType>>;

/** One row for each document of the POS with its expected postings: a transaction, a drawer movement, a shift's count. */
export const DOCUMENTS = {
  store_id: 'VARCHAR',
  document_id: 'VARCHAR',
  /** Expected postings: see `amountsText`. */
  amounts: 'VARCHAR',
  till_id: 'VARCHAR',
  shift_id: 'VARCHAR',
  is_drawer: 'BOOLEAN',
  late: 'BOOLEAN',
  event_id: 'VARCHAR',
  /** How many lines its receipts have; null for a drawer movement. */
  lines: 'INTEGER',
  /** JSON of what few documents have, such as doubts; null for most. */
  more: 'VARCHAR',
} as const satisfies Columns;

/** One row for each receipt that counts. */
export const RECEIPTS = {
  store_id: 'VARCHAR',
  till_id: 'VARCHAR',
  shift_id: 'VARCHAR',
  transaction_id: 'VARCHAR',
  event_id: 'VARCHAR',
  currency: 'VARCHAR',
  gross_minor: 'BIGINT',
  /** JSON of what Dynamics will refuse it for; null for most. */
  refusals: 'VARCHAR',
  /** The place of the receipt among those of its store. */
  place: 'INTEGER',
} as const satisfies Columns;

/** One row for each number that the POS knows and does not expect in the ledger. */
export const NOT_IN_FORCE = {
  store_id: 'VARCHAR',
  document_id: 'VARCHAR',
  reason: 'VARCHAR',
} as const satisfies Columns;

/** One row for each payment by card, as JSON: a comparison with acquirers needs them, and nothing else. */
export const CARD_PAYMENTS = {
  store_id: 'VARCHAR',
  payment: 'VARCHAR',
} as const satisfies Columns;

/** One row for each row of a ledger file. */
export const LEDGER_ROWS = {
  accounting_date: 'VARCHAR',
  store_dimension: 'VARCHAR',
  document_number: 'VARCHAR',
  /** Account and currency: an `AccountKey`. */
  cell: 'VARCHAR',
  amount_minor: 'BIGINT',
  /** Of the document number, for the control sums. */
  weight: 'INTEGER',
  journal_number: 'VARCHAR',
  voucher: 'VARCHAR',
  posting_id: 'VARCHAR',
  part: 'VARCHAR',
  row_number: 'BIGINT',
  /** Where the source has no numbers. */
  row_name: 'VARCHAR',
  /** The place of the row in its file. */
  place: 'BIGINT',
} as const satisfies Columns;

/** A value of a row as DuckDB takes it. */
export type Value = string | bigint | number | boolean | null;
export type Row = readonly Value[];
