import type { Currency } from '../money.ts';
import { AGE_BANDS, ageBandOf, ageInDays } from '../reconciliation/ageing.ts';
import { rowsNotReadOf, type DayReport } from '../reconciliation/day-report.ts';
import type { ReconciliationException } from '../reconciliation/exception.ts';
import { missingFromTotals } from '../reconciliation/uncovered.ts';
import type { Item } from '../workflow/item.ts';
import { absolute } from '../workflow/policy.ts';
import type { Phase, StoreDay } from '../workflow/store-day.ts';
import type { XlsxCell, XlsxSheet } from './xlsx-sheet.ts';

export interface ReportXlsxView {
  readonly report: DayReport;
  readonly storeName: (storeId: string) => string | undefined;
  /** Up to which ages count, YYYY-MM-DD. */
  readonly today: string;
  readonly days: readonly {
    readonly storeId: string;
    readonly phase: Phase;
    readonly day: StoreDay | undefined;
  }[];
  /** Every item of the date, by store. */
  readonly items: readonly { readonly storeId: string; readonly item: Item }[];
}

/** A day as a workbook: what a controller files. Every sheet is made while it is written. */
export function reportSheets(view: ReportXlsxView): XlsxSheet[] {
  return [
    {
      name: 'Summary',
      columns: [
        ['', 34],
        ['', 24],
        ['', 18],
        ['', 18],
        ['', 18],
        ['', 18],
      ],
      rows: summaryRows(view),
    },
    { name: 'Exceptions', columns: EXCEPTION_COLUMNS, rows: exceptionRows(view) },
    {
      name: 'Ageing',
      columns: [
        ['Age', 14],
        ['Currency', 10],
        ['Exceptions', 12],
        ['Amount without signs', 22],
        ['To answer', 12],
      ],
      rows: ageingRows(view),
    },
    {
      name: 'By store',
      columns: [
        ['Store', 12],
        ['Name', 24],
        ['Account', 14],
        ['Currency', 10],
        ['POS', 18],
        ['Ledger', 18],
        ['Difference', 18],
        ['Explained', 18],
      ],
      rows: storeRows(view),
    },
    { name: 'Evidence', columns: EVIDENCE_COLUMNS, rows: evidenceRows(view) },
    { name: 'Sign-off', columns: SIGN_OFF_COLUMNS, rows: signOffRows(view) },
  ];
}

const money = (amountMinor: number | string, currency: string): XlsxCell => ({
  amountMinor,
  currency: currency as Currency,
});

function* summaryRows({ report, today, days }: ReportXlsxView): Generator<XlsxCell[]> {
  const { proof, counts, balances, summary } = report;
  yield ['Business date', report.businessDate];
  yield ['Newest POS event received', report.dataAsOf];
  yield ['Ages up to', today];
  yield ['Proof holds', proof.holds ? 'yes' : 'NO: call IT'];
  yield ['Parts missing', missingFromTotals(report.uncovered).length];
  yield ['Ledger rows not read', rowsNotReadOf(report)];
  yield ['Stores', counts.stores];
  yield ['POS documents', counts.documents];
  yield ['Ledger entries', counts.ledgerEntries];
  yield ['Exceptions', report.exceptions.length];
  yield ['Stores signed off', days.filter(({ phase }) => phase === 'signed-off').length];
  yield [];
  yield ['Balances', 'POS', 'Ledger', 'POS above ledger', 'POS below ledger', 'Unexplained'];
  for (const { currency, side, posMinor, ledgerMinor, aboveMinor, belowMinor, unexplainedMinor } of balances)
    yield [
      `${currency} ${side}s`,
      ...[posMinor, ledgerMinor, aboveMinor, belowMinor, unexplainedMinor].map((amount) =>
        money(amount, currency),
      ),
    ];
  yield [];
  yield ['Category', 'Exceptions'];
  for (const [category, count] of Object.entries(summary.byCategory)) yield [category, count];
  yield [];
  yield ['Class', 'Exceptions'];
  for (const [kind, count] of Object.entries(summary.byClass)) yield [kind, count];
  for (const violation of proof.violations) yield ['PROOF', violation];
  for (const { kind, subject, reason } of report.uncovered ?? [])
    yield ['NOT COVERED', `${kind} ${subject}`, reason];
}

const EXCEPTION_COLUMNS = [
  ['Exception', 18],
  ['Store', 12],
  ['Category', 22],
  ['Class', 22],
  ['Owner', 18],
  ['Status', 12],
  ['Assigned to', 20],
  ['Reason', 18],
  ['Reason text', 40],
  ['By', 22],
  ['Subject', 28],
  ['Detail', 60],
  ['Currency', 10],
  ['Amount', 16],
  ['Business date', 14],
  ['Age in days', 12],
  ['Age', 14],
] as const;

/** The items of the workflow by what the report calls them. */
function itemsById({ items }: ReportXlsxView): Map<string, Item> {
  return new Map(items.map(({ storeId, item }) => [JSON.stringify([storeId, item.exceptionId]), item]));
}

function* exceptionRows(view: ReportXlsxView): Generator<XlsxCell[]> {
  const items = itemsById(view);
  for (const exception of view.report.exceptions) {
    const { exceptionId, storeId, category, owner, subject, detail, currency, amountMinor, businessDate } =
      exception;
    const item = items.get(JSON.stringify([storeId, exceptionId]));
    const age = ageInDays(businessDate, view.today);
    yield [
      exceptionId,
      storeId,
      category,
      exception.class,
      owner,
      item?.status,
      item?.assignee,
      item?.reason?.code,
      item?.reason?.text,
      item?.reason?.by.name,
      subject,
      detail,
      currency,
      currency === undefined ? undefined : money(amountMinor, currency),
      businessDate,
      age,
      ageBandOf(age),
    ];
  }
}

function* ageingRows(view: ReportXlsxView): Generator<XlsxCell[]> {
  const items = itemsById(view);
  const sums = new Map<string, { count: number; sum: bigint; open: number }>();
  for (const { exceptionId, storeId, businessDate, currency = '', amountMinor } of view.report.exceptions) {
    const key = JSON.stringify([ageBandOf(ageInDays(businessDate, view.today)), currency]);
    const held = sums.get(key) ?? { count: 0, sum: 0n, open: 0 };
    sums.set(key, held);
    held.count += 1;
    held.sum += absolute(amountMinor);
    if ((items.get(JSON.stringify([storeId, exceptionId]))?.status ?? 'open') === 'open') held.open += 1;
  }
  for (const band of AGE_BANDS) {
    const ofBand = [...sums].filter(([key]) => (JSON.parse(key) as string[])[0] === band);
    if (ofBand.length === 0) yield [band, '', 0, undefined, 0];
    for (const [key, { count, sum, open }] of ofBand) {
      const [, currency = ''] = JSON.parse(key) as string[];
      yield [band, currency, count, currency === '' ? undefined : money(sum.toString(), currency), open];
    }
  }
}

function* storeRows({ report, storeName }: ReportXlsxView): Generator<XlsxCell[]> {
  for (const {
    storeId,
    account,
    currency,
    posMinor,
    ledgerMinor,
    differenceMinor,
    explainedMinor,
  } of report.cells)
    yield [
      storeId,
      storeName(storeId),
      account,
      currency,
      ...[posMinor, ledgerMinor, differenceMinor, explainedMinor].map((amount) => money(amount, currency)),
    ];
}

const EVIDENCE_COLUMNS = [
  ['Exception', 18],
  ['Store', 12],
  ['Evidence', 16],
  ['Reference', 34],
  ['Voucher', 18],
  ['Date', 12],
  ['Account', 14],
  ['Currency', 10],
  ['Amount', 16],
  ['Read at', 30],
] as const;

function* evidenceRows({ report }: ReportXlsxView): Generator<XlsxCell[]> {
  for (const exception of report.exceptions) yield* evidenceOf(exception);
}

function* evidenceOf({
  exceptionId,
  storeId,
  parts,
  evidence,
}: ReconciliationException): Generator<XlsxCell[]> {
  for (const part of parts)
    yield [
      exceptionId,
      part.storeId,
      'POS less ledger',
      '',
      '',
      '',
      part.account,
      part.currency,
      money(part.amountMinor, part.currency),
    ];
  for (const id of evidence.transactionIds) yield [exceptionId, storeId, 'transaction', id];
  for (const id of evidence.eventIds) yield [exceptionId, storeId, 'event', id];
  for (const line of evidence.journalLines)
    yield [
      exceptionId,
      storeId,
      'ledger entry',
      line.documentNumber,
      line.voucher,
      line.accountingDate,
      line.account,
      line.currency,
      money(line.amountMinor, line.currency),
      line.source,
    ];
  if (evidence.omitted > 0) yield [exceptionId, storeId, 'not listed', evidence.omitted];
}

const SIGN_OFF_COLUMNS = [
  ['Store', 12],
  ['Name', 24],
  ['State', 14],
  ['To answer', 12],
  ['Prepared by', 26],
  ['Prepared at', 26],
  ['Remark', 40],
  ['Signed off by', 26],
  ['Signed off at', 26],
  ['Remark', 40],
  ['Withdrawn', 26],
  ['Why', 40],
] as const;

function* signOffRows({ days, storeName }: ReportXlsxView): Generator<XlsxCell[]> {
  for (const { storeId, phase, day } of days)
    yield [
      storeId,
      storeName(storeId),
      phase,
      day?.unanswered,
      day?.prepared?.by.name,
      day?.prepared?.at,
      day?.prepared?.text,
      day?.signedOff?.by.name,
      day?.signedOff?.at,
      day?.signedOff?.text,
      day?.withdrawal?.at,
      day?.withdrawal?.reason,
    ];
}
