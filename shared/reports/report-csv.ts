import { formatAmount, type TotalMinor } from '../money.ts';
import { ageBandOf, ageInDays } from '../reconciliation/ageing.ts';
import type { DayReport } from '../reconciliation/day-report.ts';
import type { GiftCardDay } from '../reconciliation/gift-cards.ts';
import type { ExceptionClass, Owner, ReconciliationException } from '../reconciliation/exception.ts';
import { gapText } from './completeness-section.ts';
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
  'ExceptionAmount',
  'AgeAsOf',
  'AgeDays',
  'AgeBand',
  'Detail',
  'Transactions',
  'Vouchers',
  'Sources',
  'EvidenceNotListed',
] as const;

/**
 * The exceptions of a day as CSV (RFC 4180, with a byte order mark for spreadsheets). An exception has one row for each
 * account that it touches, so `PosLessLedger` of an account adds up to its difference. `ExceptionAmount` is the
 * exception's own amount, as page and JSON show it; it is in its first row alone, so it adds up as well. What is in
 * no total, and a proof that does not hold, come before the exceptions as rows without amounts.
 *
 * @param onDate up to which ages count, YYYY-MM-DD; by default the date of the newest event, as a stored file must be the
 * same whenever it is made.
 */
export function reportCsv(report: DayReport, onDate = dataDateOf(report)): string {
  return csvFile([
    COLUMNS,
    ...doubtsOf(report).map((doubt) => doubtRow(report, doubt, onDate)),
    ...report.exceptions.flatMap((exception) => rowsOf(exception, onDate)),
  ]);
}

/** What no exception covers: a broken proof, or something that no total includes. */
interface Doubt {
  readonly category: string;
  readonly owner: Owner;
  /** By default `requires investigation`. */
  readonly class?: ExceptionClass;
  readonly stores?: readonly string[];
  readonly subject: string;
  readonly detail: string;
  readonly source?: string;
}

/** They come first, so a reader sees them before adding up the rest. */
function doubtsOf({
  proof,
  uncovered = [],
  ledgerRowErrors,
  ledgerRowErrorsOmitted = 0,
  giftCards = [],
  repeatedPostings = [],
  completeness = [],
  forecast,
}: DayReport): Doubt[] {
  const owner = 'IT';
  return [
    ...giftCards.map((day) => giftCardLine(day)),
    ...proof.violations.map(
      (detail) => ({ category: 'proof-violated', owner, subject: 'proof', detail }) as const,
    ),
    ...uncovered.map(({ kind, storeIds, subject, reason, searchOnly }): Doubt => ({
      category: searchOnly === true ? 'not-searched' : 'not-covered',
      owner,
      stores: storeIds,
      subject: `${kind} ${subject}`,
      detail: reason,
    })),
    ...ledgerRowErrors.map(({ file, line, column, reason }): Doubt => ({
      category: 'row-not-read',
      owner: 'Finance',
      subject: `${file}:${line}`,
      detail: `${column} ${reason}`.trim(),
      source: `${file}:${line}`,
    })),
    ...completeness.flatMap(({ storeId, tillId, shiftId, currency, gaps }) =>
      gaps.map((gap): Doubt => ({
        category: `completeness-${gap.kind}`,
        owner: gap.kind === 'not-received' ? 'Store operations' : 'Finance',
        stores: [storeId],
        subject: `till ${tillId} ${shiftId}`.trim(),
        detail: gapText(gap, currency),
      })),
    ),
    ...forecastDoubts(forecast),
    ...(ledgerRowErrorsOmitted > 0
      ? [
          {
            category: 'row-not-read',
            owner: 'Finance',
            subject: 'ledger rows',
            detail: `${ledgerRowErrorsOmitted} more ledger rows could not be read and are not listed here`,
          } as const,
        ]
      : []),
    ...repeatedPostings.map(({ file, alsoIn, first, rows, currency }): Doubt => ({
      category: 'row-repeated',
      owner: 'Finance',
      class: 'no action',
      subject: first,
      detail: `${rows} ${rows === 1 ? 'row' : 'rows'} of ${file} in ${currency}, from here on, also in ${alsoIn}; each posting counts once`,
      source: first,
    })),
  ];
}

function forecastDoubts(forecast: DayReport['forecast']): Doubt[] {
  if (!forecast) return [];
  const doubts = forecast.receipts.map(({ storeId, transactionId, refusals }): Doubt => ({
    category: 'will-not-post',
    owner: 'Finance',
    stores: [storeId],
    subject: transactionId,
    detail: refusals.map(({ message }) => message).join('; '),
  }));
  if (forecast.omitted > 0)
    doubts.push({
      category: 'will-not-post',
      owner: 'Finance',
      subject: 'receipts',
      detail: `${forecast.omitted} more receipts will not be posted and are not listed here`,
    });
  return doubts;
}

/** A line of the gift cards' movements, which no exception says where POS and ledger agree. */
function giftCardLine(day: GiftCardDay): Doubt {
  const amount = (minor: TotalMinor): string => formatAmount(BigInt(minor), day.currency);
  return {
    category: 'gift-card-liability',
    owner: 'Finance',
    class: 'no action',
    subject: day.currency,
    detail: `Sold ${amount(day.soldMinor)}, redeemed ${amount(day.redeemedMinor)}, expired ${amount(day.expiredMinor)}, other ${amount(day.otherMinor)}: the liability changed by ${amount(day.posChangeMinor)} at the POS and by ${amount(day.ledgerChangeMinor)} in the ledger`,
  };
}

function doubtRow({ businessDate }: DayReport, doubt: Doubt, onDate: string): string[] {
  const age = ageInDays(businessDate, onDate);
  const cells: Partial<Record<(typeof COLUMNS)[number], string>> = {
    BusinessDate: businessDate,
    Category: doubt.category,
    Class: doubt.class ?? 'requires investigation',
    Owner: doubt.owner,
    Store: (doubt.stores ?? []).join(' '),
    Subject: doubt.subject,
    AgeAsOf: onDate,
    AgeDays: String(age),
    AgeBand: ageBandOf(age),
    Detail: doubt.detail,
    Sources: doubt.source ?? '',
    EvidenceNotListed: '0',
  };
  return COLUMNS.map((column) => cells[column] ?? '');
}

const dataDateOf = ({ dataAsOf, businessDate }: DayReport): string =>
  dataAsOf === '' ? businessDate : dataAsOf.slice(0, 10);

function rowsOf(exception: ReconciliationException, onDate: string): string[][] {
  const { transactionIds, journalLines, omitted } = exception.evidence;
  const { currency, amountMinor } = exception;
  const age = ageInDays(exception.businessDate, onDate);
  const amount = currency === undefined ? '' : formatAmount(BigInt(amountMinor), currency);
  const parts = exception.parts.map((part) => ({
    ...part,
    amount: formatAmount(BigInt(part.amountMinor), part.currency),
  }));
  const rows =
    parts.length > 0
      ? parts
      : [{ storeId: exception.storeId, account: '', currency: currency ?? '', amount: '' }];
  return rows.map((row, index) => [
    exception.businessDate,
    exception.exceptionId,
    exception.category,
    exception.class,
    exception.owner,
    row.storeId,
    exception.subject,
    row.account,
    row.currency,
    row.amount,
    index === 0 ? amount : '',
    onDate,
    String(age),
    ageBandOf(age),
    exception.detail,
    transactionIds.join(' '),
    [...new Set(journalLines.map((line) => line.voucher))].join(' '),
    journalLines.map((line) => line.source).join(' '),
    String(omitted),
  ]);
}
