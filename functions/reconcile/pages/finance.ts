import { buffer } from 'node:stream/consumers';
import type { DayOutcome, Days } from '../../../shared/azure/days/days.ts';
import type { DeadLetterStore } from '../../../shared/azure/dead-letter-store.ts';
import { parseReport, REPORT_CSV, REPORT_JSON, type Reports } from '../../../shared/azure/days/reports.ts';
import { PermanentError } from '../../../shared/errors.ts';
import { businessDateSchema, type BusinessDate } from '../../../shared/ids.ts';
import type { PostingProfile } from '../../../shared/ledger/posting-profile.ts';
import type { Balance } from '../../../shared/reconciliation/balances.ts';
import type { DayReport } from '../../../shared/reconciliation/day-report.ts';
import {
  rollForward,
  type GiftCardRollForward,
} from '../../../shared/reconciliation/gift-card-roll-forward.ts';
import type { GiftCardDay } from '../../../shared/reconciliation/gift-cards.ts';
import { CATEGORIES } from '../../../shared/reconciliation/exception.ts';
import { dayListPage, DAYS_PER_PAGE, type DaySummary } from '../../../shared/reports/day-list-page.ts';
import { dayPage } from '../../../shared/reports/day-page.ts';
import { DEFAULT_JOURNAL, journalCsv } from '../../../shared/reports/journal-csv.ts';
import { COMMON_HEADERS } from '../../../shared/reports/page.ts';
import { reportCsv } from '../../../shared/reports/report-csv.ts';
import { reportSheets } from '../../../shared/reports/report-xlsx.ts';
import { storeDayListPage } from '../../../shared/reports/store-day-list-page.ts';
import { reportOfStores } from '../../../shared/reports/store-view.ts';
import type { Clock } from '../../../shared/time.ts';
import type { StoreLookup } from '../matching/store-lookup.ts';
import type { Closing } from '../workflow/closing.ts';
import { xlsxFile } from './xlsx-file.ts';
import { financeScopeOf, READS_FINANCE } from './access.ts';
import { lettersInDoubt, type FoundLetters } from './letters-of-day.ts';
import type { PageCall, PageRoute } from './router.ts';
import { notFound, okPage, type PageAnswer } from './web.ts';

const JOURNAL_CSV = 'correcting-journal.csv';

export interface FinanceParts {
  readonly deadLetterStore: Pick<DeadLetterStore, 'newest' | 'read'>;
  readonly days: Days;
  readonly reports: Reports;
  readonly stores: () => Promise<StoreLookup>;
  readonly closing: Pick<Closing, 'storesOf' | 'itemsOf'>;
  readonly profile: () => Promise<PostingProfile>;
  readonly clock: Clock;
}

const REPORT_XLSX = 'report.xlsx';

/** `/finance`, `/finance/<date>`, and a date's files. */
export function financeRoutes(parts: FinanceParts): PageRoute[] {
  const letters = lettersInDoubt(parts.deadLetterStore);
  const get = (path: string, handle: PageRoute['handle']): PageRoute => ({
    method: 'GET',
    path,
    roles: READS_FINANCE,
    handle,
  });
  return [
    get('/finance', (call) => listDays(parts, call, letters)),
    get('/finance/{date}', (call) => showDay(parts, call, letters)),
    get(`/finance/{date}/${REPORT_JSON}`, (call) => downloadJson(parts, call)),
    get(`/finance/{date}/${REPORT_CSV}`, (call) => downloadCsv(parts, call)),
    get(`/finance/{date}/${REPORT_XLSX}`, (call) => downloadXlsx(parts, call)),
    get(`/finance/{date}/${JOURNAL_CSV}`, (call) => downloadJournal(parts, call)),
  ];
}

async function listDays(
  { days, clock }: FinanceParts,
  call: PageCall,
  letters: () => Promise<FoundLetters>,
): Promise<PageAnswer> {
  const { viewer, user } = call;
  const outcomes = await days.outcomes();
  const pageNumber = pageNumberOf(call);
  // A list of the chain's totals would tell the reader of one store what the others took.
  if (financeScopeOf(user) !== 'all')
    return okPage(
      storeDayListPage({ viewer, dates: outcomes.map(({ businessDate }) => businessDate), pageNumber }),
    );
  const [dirty, files, inDoubt] = await Promise.all([
    days.dirtyDates(),
    days.indexedLedgerFiles(),
    letters(),
  ]);
  const lettersOf = countByDate(inDoubt);
  const known = new Set(outcomes.map((outcome) => outcome.businessDate));
  const news = await datesWithNews(
    days,
    outcomes,
    dirty.map(({ businessDate }) => businessDate),
    pageNumber,
  );
  return okPage(
    dayListPage({
      viewer,
      days: outcomes.map((outcome) => ({
        ...summaryOf(outcome, news),
        letters: lettersOf.get(outcome.businessDate) ?? 0,
      })),
      lettersElsewhere: [...lettersOf].filter(([date]) => !known.has(date as BusinessDate)),
      lettersOmitted: inDoubt.omitted,
      waiting: dirty.map((one) => one.businessDate).filter((date) => !known.has(date)),
      badFiles: files.filter((file) => file.badRows > 0),
      today: todayOf(clock),
      pageNumber,
    }),
  );
}

/**
 * A mark stays after reconciliation until planning clears it, so the inputs decide. Only the dates around the shown
 * page are looked up, as each takes a query.
 */
async function datesWithNews(
  days: Days,
  outcomes: readonly DayOutcome[],
  dirty: readonly BusinessDate[],
  pageNumber: number,
): Promise<ReadonlySet<BusinessDate>> {
  const newestFirst = [...outcomes].sort((left, right) => (left.businessDate < right.businessDate ? 1 : -1));
  const pages = Math.max(1, Math.ceil(newestFirst.length / DAYS_PER_PAGE));
  const end = Math.min(Math.max(1, pageNumber), pages) * DAYS_PER_PAGE;
  const marked = new Set(dirty);
  const shown = newestFirst.slice(end - DAYS_PER_PAGE, end).filter((one) => marked.has(one.businessDate));
  const news = await Promise.all(
    shown.map(async ({ businessDate, inputs }) =>
      (await fingerprintOf(days, businessDate)) === inputs ? [] : [businessDate],
    ),
  );
  return new Set(news.flat());
}

/** Undefined where a row of the date is damaged: its day has news, and the other days are shown all the same. */
async function fingerprintOf(days: Days, businessDate: BusinessDate): Promise<string | undefined> {
  try {
    return (await days.inputsOf(businessDate)).fingerprint;
  } catch (thrown) {
    if (thrown instanceof PermanentError) return undefined;
    throw thrown;
  }
}

function countByDate({ letters }: FoundLetters): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { businessDate } of letters) counts.set(businessDate, (counts.get(businessDate) ?? 0) + 1);
  return counts;
}

function summaryOf(outcome: DayOutcome, news: ReadonlySet<BusinessDate>): Omit<DaySummary, 'letters'> {
  return {
    ...outcome,
    balances: JSON.parse(outcome.balances) as Balance[],
    hasNews: news.has(outcome.businessDate),
  };
}

async function showDay(
  parts: FinanceParts,
  call: PageCall,
  letters: () => Promise<FoundLetters>,
): Promise<PageAnswer> {
  const { request, viewer, user } = call;
  const [report, lookup, files, inDoubt] = await Promise.all([
    readReport(parts, call),
    parts.stores(),
    parts.days.indexedLedgerFiles(),
    letters(),
  ]);
  if (!report) return notFound(viewer);
  const closing = await parts.closing.storesOf(report.businessDate);
  const scope = financeScopeOf(user);
  const names = new Set(report.ledgerFiles);
  const uploads = files.flatMap(({ name, modifiedAt }) =>
    names.has(name) && modifiedAt ? [modifiedAt] : [],
  );
  return okPage(
    dayPage({
      report,
      isOfSomeStores: scope !== 'all',
      storeName: (storeId) => lookup.nameOf(storeId),
      viewer,
      today: todayOf(parts.clock),
      ledgerAsOf: uploads.sort().at(-1),
      letters: inDoubt.letters.filter(
        ({ businessDate, storeId }) =>
          businessDate === report.businessDate &&
          (scope === 'all' || (storeId !== undefined && scope.has(storeId))),
      ),
      lettersOmitted: inDoubt.omitted,
      giftCards: scope === 'all' ? await giftCardsOf(parts, report) : [],
      closing: closing
        .filter(({ storeId }) => scope === 'all' || scope.has(storeId))
        .map(({ storeId, phase, day }) => ({
          storeId,
          phase,
          unanswered: day?.unanswered ?? 0,
          preparedBy: day?.prepared?.by.name,
          signedOffBy: day?.signedOff?.by.name,
        })),
      category: CATEGORIES.find((name) => name === request.query('category')),
      pageNumber: pageNumberOf(call),
    }),
  );
}

/** Balances are calculated when they are looked at, as an earlier date may have changed since. */
async function giftCardsOf(
  { days, profile }: FinanceParts,
  { businessDate, giftCards = [] }: DayReport,
): Promise<GiftCardRollForward[]> {
  const [outcomes, { giftCardOpening }] = await Promise.all([days.outcomes(), profile()]);
  const moves = outcomes.map((outcome) => ({
    businessDate: outcome.businessDate,
    days: outcome.giftCards === '' ? undefined : (JSON.parse(outcome.giftCards) as GiftCardDay[]),
    isPartial: outcome.uncovered > 0,
  }));
  return rollForward(businessDate, giftCards, moves, giftCardOpening);
}

/** The date's report, as far as the user may see it; undefined where there is none. */
async function readReport(
  { reports }: FinanceParts,
  { params, user }: PageCall,
): Promise<DayReport | undefined> {
  const businessDate = businessDateSchema.safeParse(params['date']);
  const content = businessDate.success ? await reports.file(businessDate.data, REPORT_JSON) : undefined;
  if (!content) return undefined;
  const report = parseReport(content);
  const scope = financeScopeOf(user);
  return scope === 'all' ? report : reportOfStores(report, scope);
}

async function downloadJson(parts: FinanceParts, call: PageCall): Promise<PageAnswer> {
  const { params, user, viewer } = call;
  const report = await readReport(parts, call);
  if (!report) return notFound(viewer);
  // Whoever sees everything gets the very bytes that were archived.
  const stored =
    financeScopeOf(user) === 'all' && (await parts.reports.file(report.businessDate, REPORT_JSON));
  const body = stored || `${JSON.stringify(report, undefined, 1)}\n`;
  return attachment(`tillstream-${params['date']}-${REPORT_JSON}`, 'application/json; charset=utf-8', body);
}

/** Generated on request, so ages count up to today like on the page. */
async function downloadCsv(parts: FinanceParts, call: PageCall): Promise<PageAnswer> {
  const { params, viewer } = call;
  const report = await readReport(parts, call);
  if (!report) return notFound(viewer);
  const body = reportCsv(report, todayOf(parts.clock));
  return attachment(`tillstream-${params['date']}-${REPORT_CSV}`, 'text/csv; charset=utf-8', body);
}

/** Generated on request: it holds how far people are. A reader of some stores gets these stores alone. */
async function downloadXlsx(parts: FinanceParts, call: PageCall): Promise<PageAnswer> {
  const { params, viewer, user } = call;
  const report = await readReport(parts, call);
  if (!report) return notFound(viewer);
  const scope = financeScopeOf(user);
  const isSeen = ({ storeId }: { readonly storeId: string }): boolean =>
    scope === 'all' || scope.has(storeId);
  const [lookup, days, items] = await Promise.all([
    parts.stores(),
    parts.closing.storesOf(report.businessDate),
    parts.closing.itemsOf(report.businessDate),
  ]);
  const sheets = reportSheets({
    report,
    storeName: (storeId) => lookup.nameOf(storeId),
    today: todayOf(parts.clock),
    days: days.filter(isSeen),
    items: items.filter(isSeen),
  });
  const body = await buffer(xlsxFile(sheets));
  const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
  return attachment(`tillstream-${params['date']}-${REPORT_XLSX}`, type, body);
}

/** The correcting entries of the exceptions that the reader may see, to be imported into Dynamics 365. */
async function downloadJournal(parts: FinanceParts, call: PageCall): Promise<PageAnswer> {
  const { params, viewer } = call;
  const report = await readReport(parts, call);
  if (!report) return notFound(viewer);
  const [lookup, { correctingJournal = DEFAULT_JOURNAL }] = await Promise.all([
    parts.stores(),
    parts.profile(),
  ]);
  const { csv } = journalCsv(report.businessDate, report.exceptions, {
    ...correctingJournal,
    dimensionOf: (storeId) => lookup.dimensionOf(storeId),
  });
  return attachment(`tillstream-${params['date']}-${JOURNAL_CSV}`, 'text/csv; charset=utf-8', csv);
}

function attachment(fileName: string, contentType: string, body: string | Uint8Array): PageAnswer {
  return {
    status: 200,
    headers: {
      ...COMMON_HEADERS,
      'content-type': contentType,
      'content-disposition': `attachment; filename="${fileName}"`,
      'content-security-policy': "default-src 'none'; sandbox",
    },
    body,
  };
}

const todayOf = (clock: Clock): BusinessDate => new Date(clock()).toISOString().slice(0, 10) as BusinessDate;

function pageNumberOf({ request }: PageCall): number {
  const pageNumber = Number(request.query('page') ?? 1);
  return Number.isSafeInteger(pageNumber) ? pageNumber : 1;
}
