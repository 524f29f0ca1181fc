import { alertRoutesFileSchema, localAlertRoutesFileSchema } from '../../shared/alert-rules/files.ts';
import { alertLimitsFile } from '../../shared/azure/alert-limits-file.ts';
import { catalogFile } from '../../shared/azure/catalog-file.ts';
import { containerClient, queueClient, tableClient } from '../../shared/azure/clients.ts';
import { blobDeadLetters } from '../../shared/azure/dead-letters.ts';
import type { Logger } from '../../shared/log.ts';
import { masterDataFile } from '../../shared/azure/master-data.ts';
import { CONTAINERS, MASTER_DATA_FILES, QUEUES, TABLES } from '../../shared/azure/names.ts';
import { tableOutbox } from '../../shared/azure/state/outbox.ts';
import { cachedSecrets, secretReader } from '../../shared/azure/secrets.ts';
import { caseFiles } from '../../shared/azure/case-files.ts';
import { storeRecords } from '../../shared/azure/state/store-records.ts';
import { storeStates } from '../../shared/azure/state/store-state.ts';
import { putMessage } from '../../shared/azure/queue-message.ts';
import type { Settings } from '../../shared/settings.ts';
import { MINUTE_MS, type Clock } from '../../shared/time.ts';
import { concernsStock, concernsTills, stockFold, stockShape, tillFold, tillShape } from './folds.ts';
import type { AlertLinks } from './alert-links.ts';
import type { FollowUp } from './follow-up.ts';
import type { Notify } from './notify.ts';
import { createStream, type Stream } from './stream.ts';
import { wireShelves, type ShelfFunctions } from './wire-shelves.ts';
import { wireAlerts } from './wire-alerts.ts';
import { createWatch, type Watch } from './watch-tills.ts';

/** Wires the stream to Azure; used by the Functions host, the local host and the tests. */
export interface StreamFunctions extends ShelfFunctions {
  readonly stock: Stream;
  readonly tills: Stream;
  /** Sends alerts that killed processes left in outboxes; returns their number. */
  readonly sweep: () => Promise<number>;
  readonly notify: Notify;
  /** What the clock does to alerts: digests, escalations, the ends of snoozes. */
  readonly followUp: FollowUp;
  readonly alertLinks: AlertLinks;
  readonly watch: Watch;
}

const REFRESH_MS = MINUTE_MS;

/** @param more.ladderMs how long to wait after each failed try of an alert; tests do not wait. */
export function wireStream(
  settings: Settings,
  clock: Clock,
  log: Logger,
  more: { readonly ladderMs?: readonly number[] } = {},
): StreamFunctions {
  const masterData = containerClient(settings.state, CONTAINERS.masterData);
  const deadLetters = blobDeadLetters(containerClient(settings.state, CONTAINERS.deadLetters));
  const alertsQueue = queueClient(settings.state, QUEUES.alerts);
  const stockTable = tableClient(settings.state, TABLES.stock);
  const tillsTable = tableClient(settings.state, TABLES.tills);
  const stockOutbox = tableOutbox(stockTable, alertsQueue);
  const tillsOutbox = tableOutbox(tillsTable, alertsQueue);
  const catalog = catalogFile({ container: masterData, refreshMs: REFRESH_MS, clock, log });
  const limits = alertLimitsFile({ container: masterData, refreshMs: REFRESH_MS, clock, log });
  const routes = routesFile(settings, { container: masterData, clock, log });
  const stockStates = storeStates(stockTable, stockShape);
  const secrets = cachedSecrets({
    read: secretReader(settings.secrets, clock),
    refreshMs: REFRESH_MS,
    clock,
    log,
  });
  const alerts = wireAlerts({ settings, clock, log, secrets, deadLetters, catalog, routes, ...more });
  return {
    stock: createStream({
      stage: 'stock',
      states: stockStates,
      concerns: concernsStock,
      deliver: (storeId, row) => stockOutbox.send(storeId, row),
      currentFold: async () => stockFold(await catalog.get(), await limits.get()),
      deadLetters,
      clock,
      log,
    }),
    tills: createStream({
      stage: 'tills',
      states: storeStates(tillsTable, tillShape),
      concerns: concernsTills,
      deliver: (storeId, row) => tillsOutbox.send(storeId, row),
      currentFold: async () => tillFold({ catalog: await catalog.get(), limits: await limits.get() }),
      deadLetters,
      clock,
      log,
    }),
    sweep: async () => (await stockOutbox.sweep()) + (await tillsOutbox.sweep()),
    ...alerts,
    ...wireShelves(settings, {
      stockTable,
      states: stockStates,
      alertsQueue,
      catalog,
      limits,
      clock,
      log,
    }),
    watch: createWatch({
      records: storeRecords(tillsTable, tillShape),
      catalog: () => catalog.get(),
      limits: () => limits.get(),
      raise: (alert) => putMessage(alertsQueue, JSON.stringify(alert)),
      keepCases: caseFiles(containerClient(settings.state, CONTAINERS.reports)),
      clock,
      log,
    }),
  };
}

/** In development, alerts may also go to this machine. */
function routesFile(
  { isDevelopment }: Settings,
  options: Pick<Parameters<typeof catalogFile>[0], 'container' | 'clock' | 'log'>,
) {
  return masterDataFile({
    ...options,
    file: MASTER_DATA_FILES.alertRoutes,
    schema: isDevelopment ? localAlertRoutesFileSchema : alertRoutesFileSchema,
    index: (file) => file.routes,
    refreshMs: REFRESH_MS,
  });
}
