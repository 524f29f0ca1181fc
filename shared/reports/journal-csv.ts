import { formatAmount } from '../money.ts';
import { correctingEntryOf, type CorrectingEntry } from '../reconciliation/correcting-entry.ts';
import type { ReconciliationException } from '../reconciliation/exception.ts';
import { csvCell } from './csv-cell.ts';

/**
 * Columns of the data entity "General journal" (LedgerJournalEntity) of Dynamics 365 Finance, as its data management
 * framework imports them from CSV.
 * https://learn.microsoft.com/dynamics365/fin-ops-core/dev-itpro/data-entities/entity-general-journal
 */
const COLUMNS = [
  'JOURNALBATCHNUMBER',
  'LINENUMBER',
  'JOURNALNAME',
  'DESCRIPTION',
  'POSTINGLAYER',
  'ACCOUNTTYPE',
  'ACCOUNTDISPLAYVALUE',
  'CURRENCYCODE',
  'DEBITAMOUNT',
  'CREDITAMOUNT',
  'TRANSDATE',
  'VOUCHER',
  'DOCUMENT',
  'TEXT',
] as const;

export interface JournalOptions {
  /** The journal name of Dynamics 365, such as `GenJrn`. */
  readonly journalName: string;
  /** How an account is written with its dimensions; `{account}` and `{store}` stand for the two. */
  readonly accountDisplayValue: string;
  /** The store's value of its ledger dimension. */
  readonly dimensionOf: (storeId: string) => string | undefined;
}

export const DEFAULT_JOURNAL = { journalName: 'GenJrn', accountDisplayValue: '{account}-{store}' } as const;

export interface Journal {
  readonly csv: string;
  readonly entries: number;
  /** Exceptions without an entry, by the reason why none follows. */
  readonly without: ReadonlyMap<string, number>;
}

/**
 * The correcting entries of a day as one journal: a voucher for each exception, each of which balances by itself. It is made
 * to be imported, so no cell is altered for spreadsheets: an entry with a text that one could take for a formula is left out.
 */
export function journalCsv(
  businessDate: string,
  exceptions: readonly ReconciliationException[],
  options: JournalOptions,
): Journal {
  const rows: string[][] = [[...COLUMNS]];
  const without = new Map<string, number>();
  let entries = 0;
  for (const exception of exceptions) {
    const found = correctingEntryOf(exception);
    const lines = 'entry' in found ? linesOf(found.entry, businessDate, rows.length, options) : found.none;
    if (typeof lines === 'string') {
      without.set(lines, (without.get(lines) ?? 0) + 1);
      continue;
    }
    entries += 1;
    rows.push(...lines);
  }
  return { csv: `${rows.map((row) => row.map(quoted).join(',')).join('\r\n')}\r\n`, entries, without };
}

/** One journal, whose number Dynamics 365 replaces by its own. */
const BATCH = 'TILLSTREAM';

/** @returns why there are none */
function linesOf(
  { exceptionId, businessDate, category, subject, documentNumber, lines }: CorrectingEntry,
  reportDate: string,
  firstLine: number,
  { journalName, accountDisplayValue, dimensionOf }: JournalOptions,
): string[][] | string {
  const rows: string[][] = [];
  for (const [index, { storeId, account, currency, amountMinor }] of lines.entries()) {
    const dimension = dimensionOf(storeId);
    if (dimension === undefined) return 'master data has no ledger dimension of its store';
    const size = formatAmount(amountMinor < 0n ? -amountMinor : amountMinor, currency);
    rows.push([
      BATCH,
      String(firstLine + index),
      journalName,
      `Tillstream ${reportDate}`,
      'Current',
      'Ledger',
      accountDisplayValue
        .replace('{account}', () => escaped(account))
        .replace('{store}', () => escaped(dimension)),
      currency,
      amountMinor > 0n ? size : '0',
      amountMinor < 0n ? size : '0',
      businessDate,
      `TS${exceptionId}`,
      documentNumber,
      `${category} ${subject}`.slice(0, 60),
    ]);
  }
  const isRunnable = rows.flat().some((cell) => csvCell(cell) !== quoted(cell));
  return isRunnable ? 'a text in it could be taken for a formula' : rows;
}

/** A hyphen in the value of a dimension is no separator. */
const escaped = (segment: string): string => segment.replaceAll('-', String.raw`\-`);

const quoted = (text: string): string =>
  /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
