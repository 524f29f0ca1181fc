import type { LoggedAlert } from '../../../shared/azure/alert-log.ts';
import type { Days } from '../../../shared/azure/days/days.ts';
import type { DeadLetterStore } from '../../../shared/azure/dead-letter-store.ts';
import type { BusinessDate } from '../../../shared/ids.ts';
import { operationsPage } from '../../../shared/reports/operations-page.ts';
import { addDays, type Clock } from '../../../shared/time.ts';
import { READS_OPERATIONS } from './access.ts';
import { boardOf, type AlertPageParts } from './alerts.ts';
import type { PageCall, PageRoute } from './router.ts';
import { okPage, type PageAnswer } from './web.ts';

export interface OperationsParts extends AlertPageParts {
  readonly days: Days;
  readonly deadLetterStore: Pick<DeadLetterStore, 'newest' | 'countByStage' | 'read'>;
  readonly clock: Clock;
}

const SHOWN_LETTERS = 30;
const SHOWN_ALERTS = 100;
const SHOWN_DATES = 5;

/** `/operations`: recent alerts, dead letters, landing. */
export function operationsRoutes(parts: OperationsParts): PageRoute[] {
  return [
    { method: 'GET', path: '/operations', roles: READS_OPERATIONS, handle: (call) => show(parts, call) },
  ];
}

async function show(parts: OperationsParts, call: PageCall): Promise<PageAnswer> {
  const { days, deadLetterStore } = parts;
  const [outcomes, marks, deadLettersByStage, newest, alerts, board] = await Promise.all([
    days.outcomes(),
    days.landingMarks(),
    deadLetterStore.countByStage(),
    deadLetterStore.newest(SHOWN_LETTERS),
    recentAlerts(parts),
    boardOf(parts, call),
  ]);
  const letters = await Promise.all(
    newest.map(async ({ name }) => ({ name, letter: await deadLetterStore.read(name) })),
  );
  return okPage(
    operationsPage({
      viewer: call.viewer,
      board,
      lag: marks.map(({ partition, nextSequenceNumber, lastEnqueued }) => ({
        partition,
        landed: nextSequenceNumber,
        waiting: Math.max(0, lastEnqueued + 1 - nextSequenceNumber),
      })),
      deadLettersByStage,
      deadLetters: letters.flatMap(({ name, letter }) => (letter ? [{ name, letter }] : [])),
      daysInDoubt: outcomes
        .filter(({ proofHolds, uncovered }) => !proofHolds || uncovered > 0)
        .sort((left, right) => (left.businessDate < right.businessDate ? 1 : -1)),
      alerts: alerts.slice(0, SHOWN_ALERTS),
      moreAlerts: Math.max(0, alerts.length - SHOWN_ALERTS),
    }),
  );
}

/**
 * Of today and yesterday, and of the newest dates that have data, as stores may send a day that is long past; newest
 * first.
 */
export async function recentAlerts({
  days,
  alertLog,
  clock,
}: Pick<OperationsParts, 'days' | 'alertLog' | 'clock'>): Promise<LoggedAlert[]> {
  const today = new Date(clock()).toISOString().slice(0, 10) as BusinessDate;
  const tomorrow = addDays(today, 1);
  const [dirty, outcomes] = await Promise.all([days.dirtyDates(), days.outcomes()]);
  // A till with a wrong clock must not push the real dates out.
  const known = [...dirty, ...outcomes]
    .map(({ businessDate }) => businessDate)
    .filter((date) => date <= tomorrow);
  const newest = [...new Set(known)].sort().slice(-SHOWN_DATES);
  const dates = new Set([today, addDays(today, -1), ...newest]);
  const found = await Promise.all([...dates].map((date) => alertLog.list(date)));
  return found.flat().sort((left, right) => (left.alert.raisedAt < right.alert.raisedAt ? 1 : -1));
}
