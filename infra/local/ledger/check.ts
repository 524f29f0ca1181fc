import { mappingFor, type LedgerMapping } from '../../../shared/ledger/sources/files/mapping.ts';
import { readLedgerFile } from '../../../shared/ledger/sources/files/read-file.ts';
import type { LedgerRowError } from '../../../shared/ledger/ledger-row.ts';
import type { LedgerEntry } from '../../../shared/ledger/posting.ts';
import { formatAmount, type Currency } from '../../../shared/money.ts';
import { section, table } from './table.ts';

/** Shows how reconciliation would read a ledger file. */
export interface LedgerCheck {
  readonly lines: readonly string[];
  /** Every row was read. */
  readonly isClean: boolean;
}

interface Total {
  readonly currency: Currency;
  rows: number;
  debitMinor: bigint;
  creditMinor: bigint;
}

const MAX_LISTED = 20;

/**
 * Reads a file and reports the result: its first rows, totals by account and currency, whether debits equal credits, and
 * each row that could not be read.
 * @param maxRows how many of the first rows, and of the bad rows, to show
 */
export async function checkLedgerFile(
  file: string,
  content: AsyncIterable<Uint8Array>,
  mapping: LedgerMapping | undefined,
  maxRows: number,
): Promise<LedgerCheck> {
  const first: LedgerEntry[] = [];
  const errors: LedgerRowError[] = [];
  const byAccount = new Map<string, Total>();
  const byCurrency = new Map<string, Total>();
  const dates = new Map<string, number>();
  const stores = new Map<string, number>();
  let [rows, badRows] = [0, 0];
  for await (const row of readLedgerFile(file, content, mapping)) {
    if (!row.ok) {
      badRows += 1;
      if (errors.length < maxRows) errors.push(row.error);
      continue;
    }
    rows += 1;
    const { entry } = row;
    if (first.length < maxRows) first.push(entry);
    count(byAccount, `${entry.account}\t${entry.currency}`, entry);
    count(byCurrency, entry.currency, entry);
    dates.set(entry.accountingDate, (dates.get(entry.accountingDate) ?? 0) + 1);
    stores.set(entry.storeDimension, (stores.get(entry.storeDimension) ?? 0) + 1);
  }
  const lines = [
    `${file}, read ${mapping ? `by the mapping "${mapping.name}"` : 'without a mapping'}: ${rows} rows read, ${badRows} not`,
    ...section('First rows as read', firstRows(first)),
    ...section('Totals by account', totals(byAccount)),
    ...section('Debits and credits', balances(byCurrency)),
    ...section('Accounting dates', listed(dates)),
    ...section('Store dimensions', listed(stores)),
    ...section('Rows that were not read', errorLines(errors, badRows)),
  ];
  return { lines, isClean: badRows === 0 && rows > 0 };
}

function count(totalsBy: Map<string, Total>, key: string, { currency, amountMinor }: LedgerEntry): void {
  const total = totalsBy.get(key) ?? { currency, rows: 0, debitMinor: 0n, creditMinor: 0n };
  totalsBy.set(key, total);
  total.rows += 1;
  if (amountMinor > 0) total.debitMinor += BigInt(amountMinor);
  else total.creditMinor += BigInt(amountMinor);
}

function firstRows(entries: readonly LedgerEntry[]): string[] {
  return table([
    ['line', 'date', 'account', 'store', 'amount', 'currency', 'journal', 'voucher', 'document'],
    ...entries.map((entry) => [
      `${entry.readAt.row}`,
      entry.accountingDate,
      entry.account,
      entry.storeDimension,
      formatAmount(entry.amountMinor, entry.currency),
      entry.currency,
      entry.journalNumber,
      entry.voucher,
      entry.documentNumber,
    ]),
  ]);
}

function totals(byAccount: ReadonlyMap<string, Total>): string[] {
  return table([
    ['account', 'currency', 'rows', 'debit', 'credit', 'balance'],
    ...[...byAccount]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, { currency, rows, debitMinor, creditMinor }]) => [
        ...key.split('\t'),
        `${rows}`,
        ...[debitMinor, creditMinor, debitMinor + creditMinor].map((minor) => formatAmount(minor, currency)),
      ]),
  ]);
}

/** A ledger balances. A file that does not is incomplete or was misread. */
function balances(byCurrency: ReadonlyMap<string, Total>): string[] {
  return [...byCurrency.values()].map(({ currency, debitMinor, creditMinor }) => {
    const balanceMinor = debitMinor + creditMinor;
    const said =
      balanceMinor === 0n ? 'they balance' : `they differ by ${formatAmount(balanceMinor, currency)}`;
    return `${currency}: ${formatAmount(debitMinor, currency)} and ${formatAmount(creditMinor, currency)}: ${said}`;
  });
}

function listed(counts: ReadonlyMap<string, number>): string[] {
  const all = [...counts].sort(([one], [other]) => (one < other ? -1 : 1));
  const shown = all.slice(0, MAX_LISTED).map(([name, rows]) => `${name} (${rows})`);
  if (all.length > MAX_LISTED) shown.push(`and ${all.length - MAX_LISTED} more`);
  return shown.length === 0 ? [] : [shown.join(', ')];
}

export function errorLines(errors: readonly LedgerRowError[], badRows: number): string[] {
  const lines = errors.map(({ file, line, column, reason, accountingDate }) => {
    const date = accountingDate === undefined ? '' : ` (${accountingDate})`;
    return `${file}:${line}${date}${column === '' ? '' : ` ${column}`}: ${reason}`;
  });
  if (badRows > errors.length) lines.push(`and ${badRows - errors.length} more`);
  return lines;
}

/** The mapping for the file. */
export function chosenMapping(file: string, mappings: readonly LedgerMapping[]): LedgerMapping | undefined {
  return mappings.length === 1 ? mappings[0] : mappingFor(file, mappings);
}
