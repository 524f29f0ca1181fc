import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { catalogFile } from '../../shared/azure/catalog-file.ts';
import { circuitBreaker } from './circuit-breaker.ts';
import { containerClient, eventHubProducer, queueClient, tableClient } from '../../shared/azure/clients.ts';
import { blobDeadLetters } from '../../shared/azure/dead-letters.ts';
import { eventHubSender } from '../../shared/azure/hub/hub-sender.ts';
import { tableKeptTokens } from '../../shared/azure/kept-tokens.ts';
import { hydrateQueue } from '../../shared/azure/hydrate-queue.ts';
import type { Logger } from '../../shared/log.ts';
import { tableDays } from '../../shared/azure/days/table-days.ts';
import { tableGaps } from '../../shared/azure/gaps.ts';
import { isLandedUntil } from '../../shared/azure/landing/landed-until.ts';
import { rawBlobs } from '../../shared/azure/landing/raw-blobs.ts';
import { CONTAINERS, HUB, QUEUES, TABLES } from '../../shared/azure/names.ts';
import { durablePublisher } from './publisher.ts';
import { pseudonymsFrom } from '../../shared/azure/pseudonym-keys.ts';
import { cachedSecrets, secretReader } from '../../shared/azure/secrets.ts';
import { queueSpill } from '../../shared/azure/hub/spill.ts';
import { storeLanes } from '../../shared/azure/hub/store-lanes.ts';
import { sendersFile } from '../../shared/azure/senders-file.ts';
import { SOURCES, sourceNamed } from '../../shared/pos/sources/registry.ts';
import type { VendorAccess } from '../../shared/pos/sources/source.ts';
import type { Settings } from '../../shared/settings.ts';
import { MINUTE_MS, SECOND_MS, type Clock } from '../../shared/time.ts';
import { createBackFill, type BackFill } from './backfill/run.ts';
import { createHealth, type Health } from './health.ts';
import { createHydrate, type Hydrate } from './hydrate.ts';
import { openApiAnswer } from './openapi.ts';
import type { HttpAnswer } from './problem.ts';
import { inFlight } from './in-flight.ts';
import { tokenBuckets } from './rate-limit.ts';
import { createReceive, type Receive } from './receive.ts';
import { createRepublish, type Republish } from './republish.ts';
import { cachedKeySets } from './key-sets.ts';
import { sampling } from './sampled-log.ts';
import { SpillOrder } from './spill-order.ts';
import { vendorApi } from './vendor-api.ts';
import { vendorTokens } from './vendor-token.ts';

/** Wires the webhooks to Azure; used by the Functions host, the local host and the tests. */
export interface Webhooks {
  readonly receive: Receive;
  readonly republish: Republish;
  readonly hydrate: Hydrate;
  readonly backFill: BackFill;
  readonly health: Health;
  readonly openApi: () => HttpAnswer;
  close(): Promise<void>;
}

/** Well below the time limit of a function; the next run goes on. */
const BACK_FILL_BUDGET_MS = 5 * MINUTE_MS;
/** A till waits two seconds in all: the hub has this share of them, the spill lane and its half second the rest. */
const HUB_BUDGET_MS = 1_000;
const REPUBLISH_TIMEOUT_MS = 15_000;
const REFRESH_MS = MINUTE_MS;
/** A revoked secret lives for twice as long at most. */
const SECRETS_REFRESH_MS = MINUTE_MS / 2;
const SENDER_RATE = { perSecond: 2_000, burst: 10_000 };
const ADDRESS_RATE = { perSecond: 1_000, burst: 5_000 };
/** Below what host.json lets through, so the refusal comes from us and says when to come back. */
const IN_FLIGHT = { requests: 400, bytes: 128 * 1024 * 1024 };

export function wireWebhooks(settings: Settings, clock: Clock, log: Logger): Webhooks {
  const producer = eventHubProducer(settings.posEvents, HUB, {
    timeoutInMs: REPUBLISH_TIMEOUT_MS,
    maxRetries: 1,
  });
  const deadLetterContainer = containerClient(settings.state, CONTAINERS.deadLetters);
  const spillQueue = queueClient(settings.state, QUEUES.spill);
  const spill = queueSpill(spillQueue, deadLetterContainer, { clock, instance: randomHex(6) });
  const breaker = circuitBreaker({ threshold: 3, openMs: 5 * SECOND_MS, clock });
  const lanes = storeLanes(eventHubSender(producer, HUB_BUDGET_MS), HUB_BUDGET_MS);
  const hydration = hydrateQueue(queueClient(settings.state, QUEUES.hydrate));
  const parts = {
    ...configuration(settings, clock, log),
    sourceNamed,
    publisher: durablePublisher({
      lanes,
      order: new SpillOrder(spill, clock, (ms) => setTimeout(ms)),
      breaker,
    }),
    deadLetters: blobDeadLetters(deadLetterContainer),
    clock,
  };
  const fetching = {
    ...parts,
    tokens: vendorTokens({
      clock,
      fetchFrom: fetch,
      kept: tableKeptTokens(tableClient(settings.state, TABLES.tokens)),
      pause: (ms) => setTimeout(ms),
      tokenUrls: settings.vendorTokenUrls,
      apiUrls: settings.vendorApiUrls,
    }),
    vendorApi: (source: string, access: VendorAccess, token: string, sender: string | undefined) => {
      const apiUrl = settings.vendorApiUrls[source];
      return vendorApi({ source, access, apiUrl, sender, token, fetchFrom: fetch });
    },
  };
  return {
    receive: createReceive({
      ...parts,
      keySets: cachedKeySets({ clock, fetchFrom: fetch }),
      requestHydration: (request) => hydration.put(request),
      inFlight: inFlight(IN_FLIGHT),
      addressLimit: tokenBuckets({ ...ADDRESS_RATE, clock }),
      senderLimit: tokenBuckets({ ...SENDER_RATE, clock }),
      sampling: sampling(clock),
      publicUrl: settings.publicUrl,
      randomHex,
    }),
    republish: createRepublish({ ...parts, spill, sender: eventHubSender(producer, REPUBLISH_TIMEOUT_MS) }),
    hydrate: createHydrate({ ...fetching, queue: hydration }),
    backFill: createBackFill({ ...fetching, ...backFillParts(settings, producer), randomHex }),
    health: createHealth({
      durable: {
        hub: async () => void (await producer.getEventHubProperties()),
        spillQueue: async () => void (await spillQueue.getProperties()),
      },
      needed: {
        masterData: async () => void (await parts.catalog()),
        secrets: async () => void (await pseudonymsFrom(parts.secrets)),
      },
      state: () => ({ hubCircuit: breaker.state }),
      clock,
    }),
    openApi: () => openApiAnswer(settings.publicUrl, SOURCES),
    close: () => producer.close(),
  };
}

function backFillParts(settings: Settings, producer: Parameters<typeof isLandedUntil>[0]) {
  const days = tableDays(tableClient(settings.state, TABLES.days));
  return {
    sources: SOURCES,
    days,
    gaps: tableGaps(tableClient(settings.state, TABLES.gaps)),
    blobs: rawBlobs(containerClient(settings.raw, CONTAINERS.raw)),
    isLandedUntil: (epochMs: number) => isLandedUntil(producer, days, epochMs),
    pause: (ms: number) => setTimeout(ms),
    budgetMs: BACK_FILL_BUDGET_MS,
    // A weekend on which the app was stopped is made good on Monday.
    dates: 5,
  };
}

/** What operators set: secrets and master data, each read again while the app runs. */
function configuration(settings: Settings, clock: Clock, log: Logger) {
  const read = secretReader(settings.secrets, clock);
  const container = containerClient(settings.state, CONTAINERS.masterData);
  const catalog = catalogFile({ container, refreshMs: REFRESH_MS, clock, log });
  const senders = sendersFile({ container, refreshMs: REFRESH_MS, clock, log });
  return {
    secrets: cachedSecrets({ read, refreshMs: SECRETS_REFRESH_MS, clock, log }),
    catalog: () => catalog.get(),
    senders: () => senders.get(),
  };
}

/** From UUIDs, for which Node keeps randomness in store: asking the system for it costs as much as a signature. */
function randomHex(bytes: number): string {
  return randomUUID()
    .replaceAll('-', '')
    .slice(0, bytes * 2);
}
