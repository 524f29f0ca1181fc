import { randomUUID } from 'node:crypto';
import { alertRoutesFileSchema, localAlertRoutesFileSchema } from '../../../shared/alert-rules/files.ts';
import { tableAlertLog } from '../../../shared/azure/alert-log.ts';
import { tableResponses } from '../../../shared/azure/alerts/responses.ts';
import { tableRouteSwitches } from '../../../shared/azure/alerts/route-switches.ts';
import { containerClient, tableClient } from '../../../shared/azure/clients.ts';
import { tableDays } from '../../../shared/azure/days/table-days.ts';
import { blobReports } from '../../../shared/azure/days/reports.ts';
import { tableGaps } from '../../../shared/azure/gaps.ts';
import { blobDeadLetterStore } from '../../../shared/azure/dead-letter-store.ts';
import { tableLetterLog } from '../../../shared/azure/letter-log.ts';
import { tableLetterOrders } from '../../../shared/azure/letter-orders.ts';
import type { Logger } from '../../../shared/log.ts';
import { masterDataFile } from '../../../shared/azure/master-data.ts';
import { liveTills } from '../../../shared/azure/state/live-tills.ts';
import { CONTAINERS, MASTER_DATA_FILES, TABLES } from '../../../shared/azure/names.ts';
import { postingProfileSchema } from '../../../shared/ledger/posting-profile.ts';
import { tableWorkflow } from '../../../shared/azure/workflow/table-workflow.ts';
import { storesFileSchema } from '../../../shared/pos/stores-file.ts';
import type { Settings } from '../../../shared/settings.ts';
import { MINUTE_MS, type Clock } from '../../../shared/time.ts';
import { storeLookup, type StoreLookup } from '../matching/store-lookup.ts';
import { closePolicyOf } from '../workflow/close-policy.ts';
import { Closing } from '../workflow/closing.ts';
import { createApi } from './api/api-router.ts';
import { AlertDesk } from './alert-desk.ts';
import { alertPageRoutes } from './alerts.ts';
import { alertRoutes } from './api/alert-routes.ts';
import { closeRoutes } from './api/close-routes.ts';
import { letterRoutes } from './api/letter-routes.ts';
import { OPERATIONS_API, openApiRoute } from './api/openapi.ts';
import { financeRoutes } from './finance.ts';
import { gapRoutes } from './gaps.ts';
import { liveRoutes } from './live.ts';
import { homeRoutes } from './home.ts';
import { letterPageRoutes } from './letter-pages.ts';
import { lettersInDoubt } from './letters-of-day.ts';
import { operationsRoutes } from './operations.ts';
import { createPages, type Pages } from './router.ts';
import { storeDayRoutes } from './store-day.ts';

/** The pages, from what their app may read: no hub, no queue, no raw landing. */
export function wirePages(settings: Settings, clock: Clock, log: Logger): Pages {
  const { state } = settings;
  const stores = masterDataFile({
    container: containerClient(state, CONTAINERS.masterData),
    file: MASTER_DATA_FILES.stores,
    schema: storesFileSchema,
    index: (file) => storeLookup(file.stores),
    refreshMs: MINUTE_MS,
    clock,
    log,
  });
  const profile = masterDataFile({
    container: containerClient(state, CONTAINERS.masterData),
    file: MASTER_DATA_FILES.postingProfile,
    schema: postingProfileSchema,
    index: (file) => file,
    refreshMs: MINUTE_MS,
    clock,
    log,
  });
  const parts = {
    clock,
    stores: () => stores.get(),
    profile: () => profile.get(),
    days: tableDays(tableClient(state, TABLES.days)),
    reports: blobReports(containerClient(state, CONTAINERS.reports)),
    gaps: tableGaps(tableClient(state, TABLES.gaps)),
    alertLog: tableAlertLog(tableClient(state, TABLES.alerts)),
    deadLetterStore: blobDeadLetterStore(containerClient(state, CONTAINERS.deadLetters)),
  };
  const desk = alertDesk(settings, clock, log, parts.stores);
  const letters = lettersInDoubt(parts.deadLetterStore);
  const closing = new Closing({
    ...parts,
    letters,
    workflow: tableWorkflow(tableClient(state, TABLES.workflow)),
    policy: closePolicyOf({
      container: containerClient(state, CONTAINERS.masterData),
      refreshMs: MINUTE_MS,
      clock,
      log,
    }),
  });
  const apiRoutes = closeRoutes({ closing, stores: parts.stores });
  const letterParts = {
    store: parts.deadLetterStore,
    log: tableLetterLog(tableClient(state, TABLES.letters)),
    orders: tableLetterOrders(tableClient(state, TABLES.letterOrders)),
    clock,
    newKey: randomUUID,
  };
  const ofOperations = [...alertRoutes(desk), ...letterRoutes(letterParts)];
  const api = createApi([
    ...apiRoutes,
    openApiRoute(apiRoutes, '/'),
    ...ofOperations,
    openApiRoute(ofOperations, '/', OPERATIONS_API),
  ]);
  const withClosing = { ...parts, closing, desk, newKey: randomUUID };
  return createPages(
    [
      ...homeRoutes(withClosing),
      ...financeRoutes(withClosing),
      ...storeDayRoutes(withClosing),
      ...operationsRoutes(withClosing),
      ...alertPageRoutes(withClosing),
      ...gapRoutes(parts),
      ...letterPageRoutes(letterParts),
      ...liveRoutes({ ...parts, tills: liveTills(tableClient(state, TABLES.tills)) }),
    ],
    api,
  );
}

function alertDesk(
  settings: Settings,
  clock: Clock,
  log: Logger,
  stores: () => Promise<StoreLookup>,
): AlertDesk {
  const { state, isDevelopment } = settings;
  const routes = masterDataFile({
    container: containerClient(state, CONTAINERS.masterData),
    file: MASTER_DATA_FILES.alertRoutes,
    schema: isDevelopment ? localAlertRoutesFileSchema : alertRoutesFileSchema,
    index: (file) => file.routes,
    refreshMs: MINUTE_MS,
    clock,
    log,
  });
  const responses = tableClient(state, TABLES.responses);
  return new AlertDesk({
    responses: tableResponses(responses),
    switches: tableRouteSwitches(responses),
    routes: () => routes.get(),
    zoneOf: async (storeId) => (await stores()).zoneOf(storeId),
    clock,
  });
}
