import type { LedgerRow } from '../../ledger-row.ts';
import { DEFAULT_LAYOUT, LEDGER_COLUMNS, type Layout, type LedgerColumn } from '../files/layout.ts';
import { RowReader } from '../files/row-reader.ts';
import type { DynamicsFinanceConfig } from './config.ts';
import type { SnapshotRow } from './snapshot.ts';

const COLUMNS = LEDGER_COLUMNS.filter(
  (column) => column !== 'DebitAmount' && column !== 'CreditAmount' && column !== 'LineNumber',
);
const HEADER = {
  at: Object.fromEntries(COLUMNS.map((column, index) => [column, index])) as Partial<
    Record<LedgerColumn, number>
  >,
  skipAt: [],
  width: COLUMNS.length,
};

/** Reads rows of a snapshot by the rules of ledger files: what is no posting becomes an error of its row. */
export class PostingReader {
  readonly #byText: RowReader;
  readonly #byValues: RowReader;
  readonly #config: DynamicsFinanceConfig;
  #line = 0;

  /** @param part name of the date's rows, in places and errors */
  constructor(part: string, config: DynamicsFinanceConfig) {
    const { account, constants } = config;
    const layout: Layout = { ...DEFAULT_LAYOUT, decimalMark: '.', account, constants };
    this.#config = config;
    this.#byText = new RowReader(part, layout, HEADER);
    this.#byValues = new RowReader(part, { ...layout, account: { kind: 'plain' } }, HEADER);
  }

  read(row: SnapshotRow): LedgerRow[] {
    this.#line += 1;
    const values = this.#config.account.kind === 'auto' ? dimensionsIn(row.dimensionValues) : undefined;
    const storeName = this.#config.storeDimensionName.toUpperCase();
    const account = values?.get('MAINACCOUNT');
    const cells: Record<(typeof COLUMNS)[number], string> = {
      JournalNumber: row.journalNumber,
      Voucher: row.voucher,
      AccountingDate: row.accountingDate,
      LedgerAccount: account ?? row.ledgerAccount,
      StoreDimension: row.storeDimension || (values?.get(storeName) ?? ''),
      TransactionCurrencyCode: row.currency,
      TransactionCurrencyAmount: this.#amountOf(row),
      DocumentNumber: row.documentNumber,
      RecId: row.recId,
    };
    const broken = this.#contradictionIn(row);
    const record = {
      line: this.#line,
      cells: COLUMNS.map((column) => cells[column]),
      ...(broken === undefined ? {} : { broken }),
    };
    const read = (account === undefined ? this.#byText : this.#byValues).read(record);
    return read ? [read] : [];
  }

  #amountOf({ amount, isCredit }: SnapshotRow): string {
    if (this.#config.amounts === 'signed') return amount;
    const absolute = amount.replace(/^-/, '');
    return isYes(isCredit) ? `-${absolute}` : absolute;
  }

  /** A correction (storno) has the sign of the other side on purpose. */
  #contradictionIn({ amount, isCredit, isCorrection }: SnapshotRow): string | undefined {
    if (this.#config.amounts === 'absolute') {
      return isCredit === '' ? 'has no IsCredit, by which alone the side of its amount is known' : undefined;
    }
    if (isCredit === '' || isYes(isCorrection) || Number(amount) === 0) return undefined;
    if (isYes(isCredit) === amount.startsWith('-')) return undefined;
    const side = isYes(isCredit) ? 'credit' : 'debit';
    return (
      `is marked as a ${side}, but its amount ${amount} has the sign of the other side: it is ${amount} as stored, or a ${side} of ${amount.replace(/^-/, '')}. ` +
      '"amounts": "absolute" in dynamics-finance.json takes the mark'
    );
  }
}

const isYes = (flag: string): boolean => /^(?:yes|true|1)$/i.test(flag);

/** `[{"MAINACCOUNT":"618160"},{"STORE":"S1"}]`; undefined where there is no such text. Names are in upper case. */
function dimensionsIn(text: string): ReadonlyMap<string, string> | undefined {
  if (text === '') return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The account's own text is there as well, and is read instead.
    return undefined;
  }
  const values = new Map<string, string>();
  for (const one of [parsed].flat())
    for (const [name, value] of Object.entries((one ?? {}) as Record<string, unknown>))
      if (typeof value === 'string') values.set(name.toUpperCase(), value);
  return values.has('MAINACCOUNT') ? values : undefined;
}
