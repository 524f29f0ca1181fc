import { alertRoutesFileSchema, localAlertRoutesFileSchema } from '../../shared/alert-rules/files.ts';
import { ALERT_CHANNELS } from '../../shared/alerts/channels/list.ts';
import { tableAlertLog } from '../../shared/azure/alert-log.ts';
import { tableRouteSwitches } from '../../shared/azure/alerts/route-switches.ts';
import { putMessage } from '../../shared/azure/queue-message.ts';
import { alertLimitsFile } from '../../shared/azure/alert-limits-file.ts';
import { catalogFile } from '../../shared/azure/catalog-file.ts';
import { containerClient, queueClient, tableClient } from '../../shared/azure/clients.ts';
import { blobDeadLetters } from '../../shared/azure/dead-letters.ts';
import type { Logger } from '../../shared/log.ts';
import { masterDataFile, type MasterDataFile } from '../../shared/azure/master-data.ts';
import type { Catalog } from '../../shared/pos/master-data.ts';
import { CONTAINERS, MASTER_DATA_FILES, QUEUES, TABLES } from '../../shared/azure/names.ts';
import { tableOutbox } from '../../shared/azure/state/outbox.ts';
import { cachedSecrets, secretReader } from '../../shared/azure/secrets.ts';
import { storeStates } from '../../shared/azure/state/store-state.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Alert } from '../../shared/alerts/alert.ts';
import type { NoticeItem } from '../../shared/alerts/notice.ts';
import { epochMsOf, localText, MINUTE_MS, type Clock } from '../../shared/time.ts';
import { concernsStock, concernsTills, stockFold, stockShape, tillFold, tillShape } from './folds.ts';
import { createNotify, type Notify } from './notify.ts';
import { createDeliver } from './deliver.ts';
import { createSend } from './send.ts';
import { createStream, type Stream } from './stream.ts';
import type { WatchShelves } from './watch-shelves.ts';
import { wireWatchShelves } from './wire-shelves.ts';

/** Wires the stream to Azure; used by the Functions host, the local host and the tests. */
export interface StreamFunctions {
  readonly stock: Stream;
  readonly tills: Stream;
  /** Sends alerts that killed processes left in outboxes; returns their number. */
  readonly sweep: () => Promise<number>;
  readonly notify: Notify;
  /** Looks at the shelves of all stores; returns the number of alerts. */
  readonly watchShelves: WatchShelves;
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
  const alertLog = tableAlertLog(tableClient(settings.state, TABLES.alerts));
  const deliver = createDeliver({
    channels: ALERT_CHANNELS,
    secrets,
    send: createSend({ mayStay: settings.isDevelopment }),
    alertLog,
    switches: tableRouteSwitches(tableClient(settings.state, TABLES.responses)),
    putLater: (message, delayMs) => putMessage(alertsQueue, message, delayMs),
    itemOf: (alert) => itemOf(alert, catalog),
    deadLetters,
    clock,
    log,
    random: Math.random,
    ladderMs: more.ladderMs,
  });
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
    notify: createNotify({ alertLog, routes: () => routes.get(), deliver, deadLetters, clock }),
    watchShelves: wireWatchShelves(settings, {
      stockTable,
      states: stockStates,
      alertsQueue,
      catalog,
      limits,
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

/**
 * When an alert was raised, as the people of its store read the clock. Without master data it is UTC: the alert is worth
 * more than its clock.
 */
async function itemOf(alert: Alert, catalog: Pick<MasterDataFile<Catalog>, 'get'>): Promise<NoticeItem> {
  const stores = await catalog.get().then(
    (found) => found.stores,
    () => undefined,
  );
  const timeZone = stores?.get(alert.storeId)?.timeZone ?? 'UTC';
  return {
    alert,
    raisedAtText: `${localText(epochMsOf(alert.raisedAt), timeZone)} (${timeZone})`,
    links: [],
  };
}
