import { formatAmount } from '../money.ts';
import { ageBandOf, ageInDays } from '../reconciliation/ageing.ts';
import type { DayReport } from '../reconciliation/day-report.ts';
import type { ReconciliationException } from '../reconciliation/exception.ts';
import { csvFile } from './csv-cell.ts';

const COLUMNS = [
  'BusinessDate',
  'ExceptionId',
  'Category',
  'Class',
  'Owner',
  'Store',
  'Subject',
  'LedgerAccount',
  'Currency',
  'PosLessLedger',
  'AgeDays',
  'AgeBand',
  'Detail',
  'Transactions',
  'Vouchers',
  'Sources',
] as const;

/**
 * The exceptions of a day as CSV (RFC 4180, with a byte order mark for spreadsheets). An exception has one row for each
 * account that it touches, so that the amounts of an account add up to its difference.
 */
export function reportCsv(report: DayReport): string {
  const onDate = report.dataAsOf === '' ? report.businessDate : report.dataAsOf.slice(0, 10);
  const rows = report.exceptions.flatMap((exception) => rowsOf(exception, onDate));
  return csvFile([COLUMNS, ...rows]);
}

function rowsOf(exception: ReconciliationException, onDate: string): string[][] {
  const { transactionIds, journalLines } = exception.evidence;
  const age = ageInDays(exception.businessDate, onDate);
  const parts = exception.parts.map(({ storeId, account, currency, amountMinor }) => ({
    storeId,
    account,
    currency,
    amount: formatAmount(amountMinor, currency),
  }));
  if (parts.length === 0)
    parts.push({
      storeId: exception.storeId,
      account: '',
      currency: exception.currency ?? ('' as never),
      amount: '',
    });
  return parts.map(({ storeId, account, currency, amount }) => [
    exception.businessDate,
    exception.exceptionId,
    exception.category,
    exception.class,
    exception.owner,
    storeId,
    exception.subject,
    account,
    currency,
    amount,
    String(age),
    ageBandOf(age),
    exception.detail,
    transactionIds.join(' '),
    [...new Set(journalLines.map((line) => line.voucher))].join(' '),
    journalLines.map((line) => line.source).join(' '),
  ]);
}
