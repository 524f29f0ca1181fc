import type { app as functionsApp } from '@azure/functions';
import { CONNECTIONS, QUEUES } from '../../shared/azure/names.ts';
import { functionLog, lazily, queueText } from '../worker.ts';
import { MAX_DEQUEUE_COUNT } from './letters/bury.ts';
import { registerPages } from './pages/register.ts';
import { wireReconcile } from './wire.ts';

const reconciliation = lazily(wireReconcile);

/** Timers are in UTC. Planning looks after midnight in every zone: a date that has not ended waits for the next look. */
const EVERY_MINUTE = '0 * * * * *';
/** Whoever orders something on a page waits for it. */
const FOUR_TIMES_A_MINUTE = '*/15 * * * * *';
const EVERY_HOUR_AT_TEN = '0 10 * * * *';

export function registerReconcile(app: typeof functionsApp): void {
  app.timer('land', {
    schedule: EVERY_MINUTE,
    handler: async () => void (await reconciliation().land(functionLog)),
  });
  app.timer('plan', {
    schedule: EVERY_HOUR_AT_TEN,
    handler: async () => void (await reconciliation().plan(functionLog)),
  });
  app.storageQueue('reconcile', {
    queueName: QUEUES.reconcile,
    connection: CONNECTIONS.state,
    handler: (message, context) => {
      const tries = Number(context.triggerMetadata?.['dequeueCount'] ?? 1);
      if (tries <= MAX_DEQUEUE_COUNT) return reconciliation().reconcile(message, functionLog);
      // A message that ends the process or runs into its time limit may come again without end: the host moves only
      // what it has seen fail.
      const given = {
        queue: QUEUES.reconcile,
        text: queueText(message),
        insertedAt: undefined,
        triedBefore: 1,
      };
      return reconciliation().bury(given, functionLog);
    },
  });
  app.timer('letterOrders', {
    schedule: FOUR_TIMES_A_MINUTE,
    handler: () => reconciliation().workLetterOrders(functionLog),
  });
  app.storageQueue('compact', {
    queueName: QUEUES.compact,
    connection: CONNECTIONS.state,
    handler: (message, context) => {
      const tries = Number(context.triggerMetadata?.['dequeueCount'] ?? 1);
      if (tries <= MAX_DEQUEUE_COUNT) return reconciliation().compact(message, functionLog);
      const given = {
        queue: QUEUES.compact,
        text: queueText(message),
        insertedAt: undefined,
        triedBefore: 1,
      };
      return reconciliation().bury(given, functionLog);
    },
  });
  registerPages(app);
  registerBurials(app);
}

/** What a queue has given up lies in `<queue>-poison`. */
function registerBurials(app: typeof functionsApp): void {
  const burials = [
    ['buryAlerts', QUEUES.alerts],
    ['burySpill', QUEUES.spill],
    ['buryHydrate', QUEUES.hydrate],
    ['buryReconcile', QUEUES.reconcile],
    ['buryCompact', QUEUES.compact],
  ] as const;
  for (const [name, queue] of burials) {
    app.storageQueue(name, {
      queueName: `${queue}-poison`,
      connection: CONNECTIONS.state,
      handler: (message, context) =>
        reconciliation().bury(
          {
            queue,
            text: queueText(message),
            insertedAt: instantOf(context.triggerMetadata?.['insertionTime']),
            triedBefore: Number(context.triggerMetadata?.['dequeueCount'] ?? 1) - 1,
          },
          functionLog,
        ),
    });
  }
}

function instantOf(value: unknown): Date | undefined {
  const instant = value instanceof Date || typeof value === 'string' ? new Date(value) : new Date(Number.NaN);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}
