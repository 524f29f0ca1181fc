import { alertRoutesFileSchema, localAlertRoutesFileSchema } from '../../shared/alert-rules/files.ts';
import { tableAlertLog } from '../../shared/azure/alert-log.ts';
import { alertLimitsFile } from '../../shared/azure/alert-limits-file.ts';
import { catalogFile } from '../../shared/azure/catalog-file.ts';
import { containerClient, queueClient, tableClient } from '../../shared/azure/clients.ts';
import { blobDeadLetters } from '../../shared/azure/dead-letters.ts';
import type { Logger } from '../../shared/log.ts';
import { masterDataFile } from '../../shared/azure/master-data.ts';
import { CONTAINERS, MASTER_DATA_FILES, QUEUES, TABLES } from '../../shared/azure/names.ts';
import { tableOutbox } from '../../shared/azure/state/outbox.ts';
import { cachedSecrets, secretReader } from '../../shared/azure/secrets.ts';
import { storeStates } from '../../shared/azure/state/store-state.ts';
import type { Settings } from '../../shared/settings.ts';
import { MINUTE_MS, type Clock } from '../../shared/time.ts';
import { concernsStock, concernsTills, stockFold, stockShape, tillFold, tillShape } from './folds.ts';
import { createNotify, type Notify } from './notify.ts';
import { createSendWebhook } from './send-webhook.ts';
import { createStream, type Stream } from './stream.ts';

/** Wires the stream to Azure; used by the Functions host, the local host and the tests. */
export interface StreamFunctions {
  readonly stock: Stream;
  readonly tills: Stream;
  /** Sends alerts that killed processes left in outboxes; returns their number. */
  readonly sweep: () => Promise<number>;
  readonly notify: Notify;
}

const REFRESH_MS = MINUTE_MS;

export function wireStream(settings: Settings, clock: Clock, log: Logger): StreamFunctions {
  const masterData = containerClient(settings.state, CONTAINERS.masterData);
  const deadLetters = blobDeadLetters(containerClient(settings.state, CONTAINERS.deadLetters));
  const alertsQueue = queueClient(settings.state, QUEUES.alerts);
  const stockTable = tableClient(settings.state, TABLES.stock);
  const tillsTable = tableClient(settings.state, TABLES.tills);
  const stockOutbox = tableOutbox(stockTable, alertsQueue);
  const tillsOutbox = tableOutbox(tillsTable, alertsQueue);
  const catalog = catalogFile({ container: masterData, refreshMs: REFRESH_MS, clock, log });
  const limits = alertLimitsFile({ container: masterData, refreshMs: REFRESH_MS, clock, log });
  const routes = masterDataFile({
    container: masterData,
    file: MASTER_DATA_FILES.alertRoutes,
    schema: settings.isDevelopment ? localAlertRoutesFileSchema : alertRoutesFileSchema,
    index: (file) => file.routes,
    refreshMs: REFRESH_MS,
    clock,
    log,
  });
  const secrets = cachedSecrets({
    read: secretReader(settings.secrets, clock),
    refreshMs: REFRESH_MS,
    clock,
    log,
  });
  return {
    stock: createStream({
      stage: 'stock',
      states: storeStates(stockTable, stockShape),
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
    notify: createNotify({
      alertLog: tableAlertLog(tableClient(settings.state, TABLES.alerts)),
      routes: () => routes.get(),
      secrets,
      send: createSendWebhook({ mayStay: settings.isDevelopment }),
      deadLetters,
      clock,
      log,
    }),
  };
}
