import type { AlertLog, LoggedAlert } from '../../../shared/azure/alert-log.ts';
import type { Days } from '../../../shared/azure/days/days.ts';
import type { DeadLetterStore } from '../../../shared/azure/dead-letter-store.ts';
import { ROLES } from '../../../shared/azure/names.ts';
import type { BusinessDate } from '../../../shared/ids.ts';
import { operationsPage } from '../../../shared/reports/operations-page.ts';
import { addDays, type Clock } from '../../../shared/time.ts';
import type { Principal } from './principal.ts';
import { okPage, plainPage, withRole, type PageAnswer, type PageRequest } from './web.ts';

export interface OperationsParts {
  readonly days: Days;
  readonly deadLetters: DeadLetterStore;
  readonly alertLog: AlertLog;
  readonly clock: Clock;
}

const SHOWN_LETTERS = 30;
const SHOWN_ALERTS = 100;
const SHOWN_DATES = 5;

/** `/operations`: recent alerts, dead letters, landing. Needs the role Operations. */
export function createOperations(parts: OperationsParts) {
  return (request: PageRequest): Promise<PageAnswer> =>
    withRole(request, ROLES.operations, async (user) => {
      if (request.path !== '') return plainPage(404, 'Not found', 'There is no such page.', user.name);
      return show(parts, user);
    });
}

async function show(parts: OperationsParts, user: Principal): Promise<PageAnswer> {
  const [marks, deadLettersByStage, newest, alerts] = await Promise.all([
    parts.days.landingMarks(),
    parts.deadLetters.countByStage(),
    parts.deadLetters.newest(SHOWN_LETTERS),
    recentAlerts(parts),
  ]);
  const letters = await Promise.all(
    newest.map(async ({ name }) => ({ name, letter: await parts.deadLetters.read(name) })),
  );
  return okPage(
    operationsPage({
      userName: user.name,
      lag: marks.map(({ partition, nextSequenceNumber, lastEnqueued }) => ({
        partition,
        landed: nextSequenceNumber,
        waiting: Math.max(0, lastEnqueued + 1 - nextSequenceNumber),
      })),
      deadLettersByStage,
      deadLetters: letters.flatMap(({ name, letter }) => (letter ? [{ name, letter }] : [])),
      alerts,
    }),
  );
}

/** Of today and yesterday, and of the newest dates that have data: stores may send a day that is long past. */
async function recentAlerts({ days, alertLog, clock }: OperationsParts): Promise<LoggedAlert[]> {
  const today = new Date(clock()).toISOString().slice(0, 10) as BusinessDate;
  const [dirty, outcomes] = await Promise.all([days.dirtyDates(), days.outcomes()]);
  const known = [...dirty, ...outcomes].map(({ businessDate }) => businessDate);
  const newest = [...new Set(known)].sort().slice(-SHOWN_DATES);
  const dates = new Set([today, addDays(today, -1), ...newest]);
  const found = await Promise.all([...dates].map((date) => alertLog.list(date)));
  return found
    .flat()
    .sort((left, right) => (left.alert.raisedAt < right.alert.raisedAt ? 1 : -1))
    .slice(0, SHOWN_ALERTS);
}
