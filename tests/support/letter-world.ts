import { replayDeadLetter, type ReplayWays } from '../../functions/reconcile/letters/replay-dead-letter.ts';
import { createWorkOrders } from '../../functions/reconcile/letters/work-orders.ts';
import { createApi } from '../../functions/reconcile/pages/api/api-router.ts';
import { letterRoutes } from '../../functions/reconcile/pages/api/letter-routes.ts';
import { OPERATIONS_API, openApiRoute } from '../../functions/reconcile/pages/api/openapi.ts';
import { letterPageRoutes } from '../../functions/reconcile/pages/letter-pages.ts';
import { createPages } from '../../functions/reconcile/pages/router.ts';
import { tableLetterLog } from '../../shared/azure/letter-log.ts';
import { tableLetterOrders } from '../../shared/azure/letter-orders.ts';
import type { DeadLetter } from '../../shared/pos/dead-letter.ts';
import { memoryLetters } from './memory-letters.ts';
import { memoryTable } from './memory-table.ts';
import { atHour, transactionOf } from './stream-events.ts';
import { silentLog } from './stream-fixture.ts';

/**
 * Dead letters with their API, their pages and what works orders off, in memory.
 * @param before called before and after each change that a run makes; it throws where the run is killed.
 */
export function letterWorld(before: () => void = () => {}) {
  const held = memoryLetters(before);
  const log = tableLetterLog(memoryTable().client);
  const orders = tableLetterOrders(memoryTable().client);
  const killable =
    <Args extends unknown[]>(change: (...args: Args) => Promise<void>) =>
    async (...args: Args): Promise<void> => {
      before();
      await change(...args);
      before();
    };
  /** Ids of the events that reached the hub. */
  const replayed: string[] = [];
  const fault: { ways?: Error } = {};
  const ways: ReplayWays = {
    toHub: ({ eventId }) => {
      if (fault.ways) return Promise.reject(fault.ways);
      replayed.push(eventId);
      return Promise.resolve();
    },
    toQueue: () => Promise.resolve(),
    toWebhook: () => Promise.resolve(),
  };
  let nowMs = Date.parse('2026-03-02T12:00:00.000Z');
  const clock = () => (nowMs += 1_000);
  const parts = { store: held.store, log, orders, clock, newKey: () => 'key-of-a-form' };
  const workOrders = createWorkOrders({
    ...parts,
    log: { add: killable((name, deed) => log.add(name, deed)) },
    orders: { ...orders, settle: killable((order, outcome) => orders.settle(order, outcome)) },
    replay: (name, seen) => replayDeadLetter(held.store, ways, name, seen),
  });
  const routes = letterRoutes(parts);
  const api = createApi([...routes, openApiRoute(routes, '/', OPERATIONS_API)]);
  return {
    ...held,
    log,
    orders,
    replayed,
    fault,
    api,
    pages: createPages(letterPageRoutes(parts), api),
    /** A run of the app that does what was ordered. */
    work: () => workOrders(silentLog),
  };
}

/** A sale that died in the stream. */
export function letterNamed(id: string, more: Partial<DeadLetter> = {}): DeadLetter {
  const event = { ...transactionOf(atHour(9)), eventId: `tillstream:${id}` };
  return {
    deadLetterId: id,
    stage: 'stock',
    code: 'fold',
    message: 'for the test',
    diedAt: '2026-03-02T12:00:00.000Z',
    source: 'tillstream',
    storeId: 'S1',
    eventId: `tillstream:${id}`,
    replay: { to: 'hub' },
    payload: JSON.stringify(event),
    ...more,
  };
}
