import { containerClient, eventHubProducer } from '../../../shared/azure/clients.ts';
import { blobDeadLetterStore } from '../../../shared/azure/dead-letter-store.ts';
import { blobDeadLetters } from '../../../shared/azure/dead-letters.ts';
import { eventHubSender } from '../../../shared/azure/hub/hub-sender.ts';
import { CONTAINERS, HUB } from '../../../shared/azure/names.ts';
import type { Secrets } from '../../../shared/azure/secrets.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { Clock } from '../../../shared/time.ts';
import { createBury, type GiveUpShard } from './bury.ts';
import { replayDeadLetter } from './replay-dead-letter.ts';
import { replayWays } from './replay-ways.ts';

const HUB_TIMEOUT_MS = 15_000;

export function wireLetters(settings: Settings, clock: Clock, secrets: Secrets, giveUpShard: GiveUpShard) {
  const container = containerClient(settings.state, CONTAINERS.deadLetters);
  const store = blobDeadLetterStore(container);
  const producer = eventHubProducer(settings.posEvents, HUB, { timeoutInMs: HUB_TIMEOUT_MS, maxRetries: 1 });
  const ways = replayWays({ settings, secrets, clock, sender: eventHubSender(producer, HUB_TIMEOUT_MS) });
  return {
    bury: createBury({ deadLetters: blobDeadLetters(container), clock, giveUpShard }),
    replayDeadLetter: (name: string) => replayDeadLetter(store, ways, name),
    close: () => producer.close(),
  };
}
