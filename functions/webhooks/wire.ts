import { randomUUID } from 'node:crypto';
import { catalogFile } from '../../shared/azure/catalog-file.ts';
import { circuitBreaker } from './circuit-breaker.ts';
import { containerClient, eventHubProducer, queueClient } from '../../shared/azure/clients.ts';
import { blobDeadLetters } from '../../shared/azure/dead-letters.ts';
import { eventHubSender } from '../../shared/azure/hub/hub-sender.ts';
import { hydrateQueue } from '../../shared/azure/hydrate-queue.ts';
import type { Logger } from '../../shared/azure/log.ts';
import { CONTAINERS, HUB, QUEUES } from '../../shared/azure/names.ts';
import { durablePublisher } from './publisher.ts';
import { pseudonymsFrom } from '../../shared/azure/pseudonym-keys.ts';
import { cachedSecrets, secretReader } from '../../shared/azure/secrets.ts';
import { queueSpill } from '../../shared/azure/hub/spill.ts';
import { storeLanes } from '../../shared/azure/hub/store-lanes.ts';
import { sourceNamed } from '../../shared/pos/sources/registry.ts';
import type { Settings } from '../../shared/settings.ts';
import { MINUTE_MS, SECOND_MS, type Clock } from '../../shared/time.ts';
import { createHealth, type Health } from './health.ts';
import { createHydrate, type Hydrate } from './hydrate.ts';
import { openApiAnswer } from './openapi.ts';
import type { HttpAnswer } from './problem.ts';
import { tokenBuckets } from './rate-limit.ts';
import { createReceive, type Receive } from './receive.ts';
import { createRepublish, type Republish } from './republish.ts';
import { squareApi } from './square-api.ts';

/** The webhooks, put together from business and Azure; the host, the local host and the tests use the same. */
export interface Webhooks {
  readonly receive: Receive;
  readonly republish: Republish;
  readonly hydrate: Hydrate;
  readonly health: Health;
  readonly openApi: () => HttpAnswer;
  close(): Promise<void>;
}

/** A till waits two seconds in all: the hub has this share of them, the spill queue the rest. */
const HUB_BUDGET_MS = 1_200;
const REPUBLISH_TIMEOUT_MS = 15_000;
const REFRESH_MS = MINUTE_MS;
const RATE = { perSecond: 2_000, burst: 10_000 };

export function wireWebhooks(settings: Settings, clock: Clock, log: Logger): Webhooks {
  const producer = eventHubProducer(settings.posEvents, HUB, {
    timeoutInMs: REPUBLISH_TIMEOUT_MS,
    maxRetries: 1,
  });
  const deadLetterContainer = containerClient(settings.state, CONTAINERS.deadLetters);
  const spillQueue = queueClient(settings.state, QUEUES.spill);
  const spill = queueSpill(spillQueue, deadLetterContainer);
  const deadLetters = blobDeadLetters(deadLetterContainer);
  const secrets = cachedSecrets({
    read: secretReader(settings.secrets, clock),
    refreshMs: REFRESH_MS,
    clock,
    log,
  });
  const catalog = catalogFile({
    container: containerClient(settings.state, CONTAINERS.masterData),
    refreshMs: REFRESH_MS,
    clock,
    log,
  });
  const breaker = circuitBreaker({ threshold: 3, openMs: 5 * SECOND_MS, clock });
  const lanes = storeLanes(eventHubSender(producer, HUB_BUDGET_MS), HUB_BUDGET_MS);
  const publisher = durablePublisher({ lanes, spill, breaker });
  const hydration = hydrateQueue(queueClient(settings.state, QUEUES.hydrate));
  return {
    receive: createReceive({
      sourceNamed,
      catalog: () => catalog.get(),
      secrets,
      publisher,
      deadLetters,
      requestHydration: (request) => hydration.put(request),
      rateLimit: tokenBuckets({ ...RATE, clock }),
      publicUrl: settings.publicUrl,
      clock,
      randomHex,
    }),
    republish: createRepublish({
      spill,
      sender: eventHubSender(producer, REPUBLISH_TIMEOUT_MS),
      deadLetters,
      clock,
    }),
    hydrate: createHydrate({
      square: squareApi(settings.squareApiUrl, fetch),
      queue: hydration,
      catalog: () => catalog.get(),
      secrets,
      publisher,
      deadLetters,
      clock,
    }),
    health: createHealth({
      probes: {
        hub: async () => void (await producer.getEventHubProperties()),
        spillQueue: async () => void (await spillQueue.getProperties()),
        masterData: async () => void (await catalog.get()),
        secrets: async () => void (await pseudonymsFrom(secrets)),
      },
      state: () => ({ hubCircuit: breaker.state }),
      clock,
    }),
    openApi: () => openApiAnswer(settings.publicUrl),
    close: () => producer.close(),
  };
}

/** From UUIDs, for which Node keeps randomness in store: asking the system for it costs as much as a signature. */
function randomHex(bytes: number): string {
  return randomUUID()
    .replaceAll('-', '')
    .slice(0, bytes * 2);
}
