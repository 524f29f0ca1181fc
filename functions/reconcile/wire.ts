import { containerClient, eventHubProducer, queueClient, tableClient } from '../../shared/azure/clients.ts';
import { tableDays } from '../../shared/azure/days/table-days.ts';
import { blobDeadLetters } from '../../shared/azure/dead-letters.ts';
import { blobDeadLetterStore } from '../../shared/azure/dead-letter-store.ts';
import { tableExceptions } from '../../shared/azure/days/exceptions.ts';
import { eventHubConsumer, eventHubReader } from '../../shared/azure/landing/landing-reader.ts';
import { ledgerFileStore, withoutCardNumbers } from '../../shared/azure/days/ledger-files.ts';
import type { Logger } from '../../shared/azure/log.ts';
import { masterDataFile } from '../../shared/azure/master-data.ts';
import {
  CONSUMER_GROUPS,
  CONTAINERS,
  HUB,
  MASTER_DATA_FILES,
  QUEUES,
  TABLES,
} from '../../shared/azure/names.ts';
import { rawBlobs } from '../../shared/azure/landing/raw-blobs.ts';
import { putMessage } from '../../shared/azure/queue-message.ts';
import { blobReports } from '../../shared/azure/days/reports.ts';
import { pseudonymsFrom } from '../../shared/azure/pseudonym-keys.ts';
import { cachedSecrets, secretReader } from '../../shared/azure/secrets.ts';
import { eventHubSender } from '../../shared/azure/hub/hub-sender.ts';
import { allLedgerSources } from '../../shared/ledger/ledger-source.ts';
import { postingProfileSchema } from '../../shared/ledger/posting-profile.ts';
import { fileSource } from '../../shared/ledger/sources/files/file-source.ts';
import { ledgerMappingsFileSchema } from '../../shared/ledger/sources/files/mapping.ts';
import { storesFileSchema } from '../../shared/pos/store.ts';
import type { Settings } from '../../shared/settings.ts';
import { MINUTE_MS, type Clock } from '../../shared/time.ts';
import { createBury } from './letters/bury.ts';
import { createLand } from './landing/land.ts';
import { createPlan } from './matching/plan.ts';
import { createGiveUp, createReconcile, type ReconcileMessage } from './matching/reconcile.ts';
import { replayDeadLetter } from './letters/replay-dead-letter.ts';
import { replayWays } from './letters/replay-ways.ts';
import { storeLookup } from './matching/store-lookup.ts';

const REFRESH_MS = MINUTE_MS;
/** What bounds the memory of one run. */
const LIMITS = {
  storesPerShard: 50,
  maxBlobBytes: 16 * 1024 * 1024,
  maxBlobEvents: 20_000,
  concurrency: 4,
};
const HUB_TIMEOUT_MS = 15_000;

/** Everything that runs by the clock; the host, the local host and the tests use the same. */
export function wireReconcile(settings: Settings, clock: Clock, log: Logger, limits = LIMITS) {
  const stored = storedParts(settings, clock, log);
  const hub = eventHubReader(eventHubConsumer(settings.posEvents, HUB, CONSUMER_GROUPS.landing));
  const replay = wireReplay(settings, clock, log);
  return {
    land: createLand({ ...stored, ...limits, hub }),
    plan: createPlan({ ...stored, ...limits }),
    reconcile: createReconcile(stored),
    bury: createBury({ ...stored, giveUpShard: createGiveUp(stored) }),
    replayDeadLetter: (name: string) => replayDeadLetter(stored.deadLetterStore, replay.ways, name),
    close: async (): Promise<void> => {
      await Promise.all([hub.close(), replay.close()]);
    },
  };
}
export type Reconciliation = ReturnType<typeof wireReconcile>;

/** What lies in tables, blobs and queues. */
function storedParts(settings: Settings, clock: Clock, log: Logger) {
  const fromMasterData = {
    container: containerClient(settings.state, CONTAINERS.masterData),
    refreshMs: REFRESH_MS,
    clock,
    log,
  };
  const stores = masterDataFile({
    ...fromMasterData,
    file: MASTER_DATA_FILES.stores,
    schema: storesFileSchema,
    index: (file) => storeLookup(file.stores),
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
  const secrets = cachedSecrets({
    read: secretReader(settings.secrets, clock),
    refreshMs: REFRESH_MS,
    clock,
    log,
  });
  const deadLetterContainer = containerClient(settings.state, CONTAINERS.deadLetters);
  const queue = queueClient(settings.state, QUEUES.reconcile);
  return {
    clock,
    days: tableDays(tableClient(settings.state, TABLES.days)),
    blobs: rawBlobs(containerClient(settings.raw, CONTAINERS.raw)),
    ledgerFiles: withoutCardNumbers(
      allLedgerSources(
        fileSource(ledgerFileStore(containerClient(settings.state, CONTAINERS.ledger)), () => mappings.get()),
        // A further kind of ledger is one line here.
        {},
      ),
      () => pseudonymsFrom(secrets),
    ),
    reports: blobReports(containerClient(settings.state, CONTAINERS.reports)),
    exceptions: tableExceptions(tableClient(settings.state, TABLES.exceptions)),
    deadLetters: blobDeadLetters(deadLetterContainer),
    deadLetterStore: blobDeadLetterStore(deadLetterContainer),
    stores: () => stores.get(),
    profile: () => profile.get(),
    enqueue: (message: ReconcileMessage) => putMessage(queue, JSON.stringify(message)),
  };
}

function wireReplay(settings: Settings, clock: Clock, log: Logger) {
  const producer = eventHubProducer(settings.posEvents, HUB, { timeoutInMs: HUB_TIMEOUT_MS, maxRetries: 1 });
  const read = secretReader(settings.secrets, clock);
  const ways = replayWays({
    settings,
    secrets: cachedSecrets({ read, refreshMs: REFRESH_MS, clock, log }),
    clock,
    sender: eventHubSender(producer, HUB_TIMEOUT_MS),
  });
  return { ways, close: () => producer.close() };
}
