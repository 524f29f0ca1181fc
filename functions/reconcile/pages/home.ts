import { ROLES } from '../../../shared/azure/names.ts';
import type { BusinessDate } from '../../../shared/ids.ts';
import { homePage, type FinanceFigures, type OperationsFigures } from '../../../shared/reports/home-page.ts';
import { financeScopeOf, holdsAny, READS_FINANCE, READS_OPERATIONS } from './access.ts';
import type { FinanceParts } from './finance.ts';
import { recentAlerts, type OperationsParts } from './operations.ts';
import type { PageRoute } from './router.ts';
import { okPage } from './web.ts';

type HomeParts = Pick<OperationsParts, 'days' | 'deadLetterStore' | 'alertLog' | 'clock'>;

/** `/`: what needs attention, by role. */
export function homeRoutes(parts: FinanceParts & HomeParts): PageRoute[] {
  return [
    {
      method: 'GET',
      path: '/',
      roles: [...Object.values(ROLES), 'Store.Read'],
      handle: async ({ user, viewer }) => {
        const seesChain = holdsAny(user, READS_FINANCE) && financeScopeOf(user) === 'all';
        const [finance, operations] = await Promise.all([
          seesChain ? financeFigures(parts) : undefined,
          holdsAny(user, READS_OPERATIONS) ? operationsFigures(parts) : undefined,
        ]);
        return okPage(homePage({ viewer, finance, operations }));
      },
    },
  ];
}

async function financeFigures({ days, clock }: FinanceParts): Promise<FinanceFigures> {
  const today = new Date(clock()).toISOString().slice(0, 10) as BusinessDate;
  const [outcomes, dirty, files] = await Promise.all([
    days.outcomes(),
    days.dirtyDates(),
    days.indexedLedgerFiles(),
  ]);
  const known = new Set(outcomes.map(({ businessDate }) => businessDate));
  const newest = [...outcomes].sort((left, right) => (left.businessDate < right.businessDate ? 1 : -1))[0];
  return {
    newest,
    brokenProofs: outcomes.filter(({ proofHolds }) => !proofHolds).length,
    daysWithExceptions: outcomes.filter(({ exceptions }) => exceptions > 0).length,
    waiting: dirty.filter(({ businessDate }) => !known.has(businessDate) && businessDate < today).length,
    badRows: files.reduce((sum, file) => sum + file.badRows, 0),
  };
}

async function operationsFigures(parts: HomeParts): Promise<OperationsFigures> {
  const [alerts, byStage, marks] = await Promise.all([
    recentAlerts(parts),
    parts.deadLetterStore.countByStage(),
    parts.days.landingMarks(),
  ]);
  const ofSeverity = (severity: string): number =>
    alerts.filter(({ alert }) => alert.severity === severity).length;
  return {
    critical: ofSeverity('critical'),
    warnings: ofSeverity('warning'),
    undelivered: alerts.filter(({ deliveredTo }) => deliveredTo.length === 0).length,
    deadLetters: [...byStage.values()].reduce((sum, count) => sum + count, 0),
    waitingToLand: marks.reduce(
      (sum, { lastEnqueued, nextSequenceNumber }) => sum + Math.max(0, lastEnqueued + 1 - nextSequenceNumber),
      0,
    ),
  };
}
