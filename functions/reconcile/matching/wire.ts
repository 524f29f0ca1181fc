import type { Alert } from '../../../shared/alerts/alert.ts';
import { containerClient, queueClient, tableClient } from '../../../shared/azure/clients.ts';
import { tableExceptions } from '../../../shared/azure/days/exceptions.ts';
import { ledgerFileStore, withoutCardNumbers } from '../../../shared/azure/days/ledger-files.ts';
import { blobReports } from '../../../shared/azure/days/reports.ts';
import { tableDays } from '../../../shared/azure/days/table-days.ts';
import type { DynamicsNetwork } from '../../../shared/azure/dynamics-client.ts';
import { compactedDays } from '../../../shared/azure/lake/compacted-days.ts';
import { ledgerTableStore } from '../../../shared/azure/lake/ledger-tables.ts';
import { rawBlobs } from '../../../shared/azure/landing/raw-blobs.ts';
import type { Logger } from '../../../shared/log.ts';
import { masterDataFile } from '../../../shared/azure/master-data.ts';
import { CONTAINERS, MASTER_DATA_FILES, QUEUES, TABLES } from '../../../shared/azure/names.ts';
import { pseudonymsFrom } from '../../../shared/azure/pseudonym-keys.ts';
import { putMessage } from '../../../shared/azure/queue-message.ts';
import type { Secrets } from '../../../shared/azure/secrets.ts';
import { tableWorkflow } from '../../../shared/azure/workflow/table-workflow.ts';
import { allLedgerSources } from '../../../shared/ledger/ledger-source.ts';
import { postingProfileSchema } from '../../../shared/ledger/posting-profile.ts';
import { settlementMappingsFileSchema } from '../../../shared/ledger/settlement/mapped/settlement-mapping.ts';
import { settlementSource } from '../../../shared/ledger/settlement/settlement-source.ts';
import { fileSource } from '../../../shared/ledger/sources/files/file-source.ts';
import { ledgerMappingsFileSchema } from '../../../shared/ledger/sources/files/mapping.ts';
import { storesFileSchema } from '../../../shared/pos/stores-file.ts';
import type { Settings } from '../../../shared/settings.ts';
import { MINUTE_MS, type Clock } from '../../../shared/time.ts';
import type { CompactMessage } from '../compaction/compact-message.ts';
import { createCompact, createGiveUpCompaction } from '../compaction/compact.ts';
import { closePolicyOf } from '../workflow/close-policy.ts';
import { isSweepHour, sweepRules, type SweepParts } from '../workflow/sweep-rules.ts';
import { createPlan, type Plan, type PlanParts } from './plan.ts';
import { dynamicsSetupOf, wireDynamicsFinance, wireHeadquarters } from './wire-dynamics.ts';
import { createGiveUp, createReconcile, type ReconcileMessage } from './reconcile.ts';
import { storeLookup } from './store-lookup.ts';

/** What bounds the memory of one reconciliation. */
export const STORES_PER_SHARD = 50;
/** Of DuckDB, beside what this process holds; one database at a time is open in an instance. */
const SET_WORK_LIMITS = { memoryMib: 224, threads: 2 };

export function wireMatching(
  settings: Settings,
  clock: Clock,
  log: Logger,
  secrets: Secrets,
  storesPerShard: number,
  network: DynamicsNetwork,
) {
  const { state, raw } = settings;
  const { fromMasterData, stores, profile, mappings, settlementMappings } = masterDataOf(state, clock, log);
  const ledgerContainer = ledgerFileStore(containerClient(state, CONTAINERS.ledger));
  const queue = queueClient(state, QUEUES.reconcile);
  const compactions = queueClient(state, QUEUES.compact);
  const lakeContainer = containerClient(state, CONTAINERS.lake);
  const alerts = queueClient(state, QUEUES.alerts);
  const parts = {
    clock,
    storesPerShard,
    days: tableDays(tableClient(state, TABLES.days)),
    blobs: rawBlobs(containerClient(raw, CONTAINERS.raw)),
    ledgerFiles: withoutCardNumbers(
      allLedgerSources(
        fileSource(ledgerContainer, () => mappings.get()),
        // A further kind of ledger is one line here.
        wireDynamicsFinance(settings, fromMasterData, secrets, network),
      ),
      () => pseudonymsFrom(secrets),
    ),
    headquarters: wireHeadquarters(settings, fromMasterData, secrets, network),
    settlementFiles: settlementSource(
      ledgerContainer,
      () => settlementMappings.get(),
      () => pseudonymsFrom(secrets),
    ),
    reports: blobReports(containerClient(state, CONTAINERS.reports)),
    exceptions: tableExceptions(tableClient(state, TABLES.exceptions)),
    workflow: tableWorkflow(tableClient(state, TABLES.workflow)),
    policy: closePolicyOf(fromMasterData),
    stores: () => stores.get(),
    profile: () => profile.get(),
    setup: dynamicsSetupOf(fromMasterData),
    tell: (message: Alert) => putMessage(alerts, JSON.stringify(message)),
    enqueue: (message: ReconcileMessage) => putMessage(queue, JSON.stringify(message)),
    enqueueCompaction: (message: CompactMessage) => putMessage(compactions, JSON.stringify(message)),
    lake: {
      compacted: compactedDays(lakeContainer),
      ledger: ledgerTableStore(lakeContainer),
      ...SET_WORK_LIMITS,
    },
  };
  return {
    plan: sweepingFirst(parts),
    reconcile: createReconcile(parts),
    compact: createCompact(parts),
    giveUpShard: createGiveUp(parts),
    giveUpCompaction: createGiveUpCompaction(parts),
  };
}

/** One run a day asks the rules that wait for an age as well. */
function sweepingFirst(parts: SweepParts & PlanParts): Plan {
  const plan = createPlan(parts);
  return async (log, byHand) => {
    if (byHand === undefined && isSweepHour(parts.clock())) await sweepRules(parts, log);
    return plan(log, byHand);
  };
}

/** The files of master data that reconciliation reads. */
function masterDataOf(state: Settings['state'], clock: Clock, log: Logger) {
  const fromMasterData = {
    container: containerClient(state, CONTAINERS.masterData),
    refreshMs: MINUTE_MS,
    clock,
    log,
  };
  const stores = masterDataFile({
    ...fromMasterData,
    file: MASTER_DATA_FILES.stores,
    schema: storesFileSchema,
    index: (file) => storeLookup(file.stores),
    // A store that is left out is an unknown store on the report, where finance sees it.
    entries: 'stores',
  });
  const profile = masterDataFile({
    ...fromMasterData,
    file: MASTER_DATA_FILES.postingProfile,
    schema: postingProfileSchema,
    index: (file) => file,
  });
  const mappings = masterDataFile({
    ...fromMasterData,
    file: MASTER_DATA_FILES.ledgerMappings,
    schema: ledgerMappingsFileSchema,
    whenAbsent: { mappings: [] },
    index: (file) => file.mappings,
  });
  const settlementMappings = masterDataFile({
    ...fromMasterData,
    file: MASTER_DATA_FILES.settlementMappings,
    schema: settlementMappingsFileSchema,
    whenAbsent: { mappings: [] },
    index: (file) => file.mappings,
  });
  return { fromMasterData, stores, profile, mappings, settlementMappings };
}
