import type { app as functionsApp } from '@azure/functions';
import { CONNECTIONS, QUEUES } from '../../shared/azure/names.ts';
import { readSettings } from '../../shared/settings.ts';
import { functionLog, queueText } from '../worker.ts';
import { registerPages } from './pages/register.ts';
import { wireReconcile, type Reconciliation } from './wire.ts';

let wired: Reconciliation | undefined;

/** At the first invocation, so that importing the entry stays cheap. */
function reconciliation(): Reconciliation {
  wired ??= wireReconcile(readSettings(), Date.now, functionLog);
  return wired;
}

/** Timers are in UTC. Planning looks after midnight in every zone: a date that has not ended waits for the next look. */
const EVERY_MINUTE = '0 * * * * *';
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
    handler: (message) => reconciliation().reconcile(message, functionLog),
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
          invocationLog(context),
        ),
    });
  }
}

function instantOf(value: unknown): Date | undefined {
  const instant = value instanceof Date || typeof value === 'string' ? new Date(value) : new Date(Number.NaN);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}
