import type { DayOutcome, Days } from '../../../shared/azure/days/days.ts';
import { ROLES } from '../../../shared/azure/names.ts';
import { parseReport, REPORT_CSV, REPORT_JSON, type Reports } from '../../../shared/azure/days/reports.ts';
import { businessDateSchema, type BusinessDate } from '../../../shared/ids.ts';
import type { Balance } from '../../../shared/reconciliation/day-report.ts';
import { CATEGORIES } from '../../../shared/reconciliation/exception.ts';
import { dayListPage, type DaySummary } from '../../../shared/reports/day-list-page.ts';
import { dayPage } from '../../../shared/reports/day-page.ts';
import type { Clock } from '../../../shared/time.ts';
import type { Principal } from './principal.ts';
import type { StoreLookup } from '../matching/store-lookup.ts';
import { okPage, plainPage, withRole, type PageAnswer, type PageRequest } from './web.ts';

export interface FinanceParts {
  readonly days: Days;
  readonly reports: Reports;
  readonly stores: () => Promise<StoreLookup>;
  readonly clock: Clock;
}

const DOWNLOADS: Readonly<Record<string, string>> = {
  [REPORT_JSON]: 'application/json; charset=utf-8',
  [REPORT_CSV]: 'text/csv; charset=utf-8',
};

/** `/finance`, `/finance/<date>`, and a date's files. Needs the role Finance.Read. */
export function createFinance(parts: FinanceParts) {
  return (request: PageRequest): Promise<PageAnswer> =>
    withRole(request, ROLES.financeRead, async (user) => {
      const [date = '', file, ...more] = request.path.split('/').filter((segment) => segment !== '');
      if (date === '') return listDays(parts, user);
      const businessDate = businessDateSchema.safeParse(date);
      if (!businessDate.success || more.length > 0) return notFound(user);
      return file === undefined
        ? showDay(parts, businessDate.data, request, user)
        : download(parts, businessDate.data, file, user);
    });
}

const notFound = (user: Principal): PageAnswer =>
  plainPage(404, 'Not found', 'There is no such page or report.', user.name);

async function listDays({ days }: FinanceParts, user: Principal): Promise<PageAnswer> {
  const [outcomes, dirty, files] = await Promise.all([
    days.outcomes(),
    days.dirtyDates(),
    days.indexedLedgerFiles(),
  ]);
  const known = new Set(outcomes.map((outcome) => outcome.businessDate));
  const news = new Set<BusinessDate>();
  for (const { businessDate } of dirty) {
    // A mark outlives its reconciliation until planning clears it, so that the inputs decide.
    const outcome = outcomes.find((one) => one.businessDate === businessDate);
    if (outcome && (await days.inputsOf(businessDate)).fingerprint !== outcome.inputs) news.add(businessDate);
  }
  const waiting = dirty.map((one) => one.businessDate).filter((date) => !known.has(date));
  const badFiles = files.filter((file) => file.badRows > 0);
  const summaries = outcomes.map((outcome) => summaryOf(outcome, news));
  return okPage(dayListPage(summaries, waiting, badFiles, user.name));
}

function summaryOf(outcome: DayOutcome, news: ReadonlySet<BusinessDate>): DaySummary {
  return {
    ...outcome,
    balances: JSON.parse(outcome.balances) as Balance[],
    hasNews: news.has(outcome.businessDate),
  };
}

async function showDay(
  { reports, stores, clock }: FinanceParts,
  businessDate: BusinessDate,
  request: PageRequest,
  user: Principal,
): Promise<PageAnswer> {
  const [content, lookup] = await Promise.all([reports.file(businessDate, REPORT_JSON), stores()]);
  if (!content) return notFound(user);
  const category = CATEGORIES.find((name) => name === request.query('category'));
  const pageNumber = Number(request.query('page') ?? 1);
  return okPage(
    dayPage({
      report: parseReport(content),
      storeName: (storeId) => lookup.nameOf(storeId),
      userName: user.name,
      today: new Date(clock()).toISOString().slice(0, 10),
      category,
      pageNumber: Number.isSafeInteger(pageNumber) ? pageNumber : 1,
    }),
  );
}

async function download(
  { reports }: FinanceParts,
  businessDate: BusinessDate,
  file: string,
  user: Principal,
): Promise<PageAnswer> {
  const contentType = DOWNLOADS[file];
  const content = contentType === undefined ? undefined : await reports.file(businessDate, file);
  if (!content || contentType === undefined) return notFound(user);
  return {
    status: 200,
    headers: {
      'content-type': contentType,
      'content-disposition': `attachment; filename="tillstream-${businessDate}-${file}"`,
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
    },
    body: content,
  };
}
