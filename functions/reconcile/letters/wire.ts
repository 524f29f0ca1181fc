import { containerClient, eventHubProducer, tableClient } from '../../../shared/azure/clients.ts';
import { blobDeadLetterStore } from '../../../shared/azure/dead-letter-store.ts';
import { blobDeadLetters } from '../../../shared/azure/dead-letters.ts';
import { eventHubSender } from '../../../shared/azure/hub/hub-sender.ts';
import { CONTAINERS, HUB, TABLES } from '../../../shared/azure/names.ts';
import type { Secrets } from '../../../shared/azure/secrets.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { Clock } from '../../../shared/time.ts';
import { tableLetterLog } from '../../../shared/azure/letter-log.ts';
import { tableLetterOrders } from '../../../shared/azure/letter-orders.ts';
import { createBury, type GiveUpCompaction, type GiveUpShard } from './bury.ts';
import { replayDeadLetter } from './replay-dead-letter.ts';
import { replayWays } from './replay-ways.ts';
import { createWorkOrders } from './work-orders.ts';

const HUB_TIMEOUT_MS = 15_000;

export function wireLetters(
  settings: Settings,
  clock: Clock,
  secrets: Secrets,
  giveUp: { readonly giveUpShard: GiveUpShard; readonly giveUpCompaction: GiveUpCompaction },
) {
  const container = containerClient(settings.state, CONTAINERS.deadLetters);
  const store = blobDeadLetterStore(container);
  const producer = eventHubProducer(settings.posEvents, HUB, { timeoutInMs: HUB_TIMEOUT_MS, maxRetries: 1 });
  const ways = replayWays({ settings, secrets, clock, sender: eventHubSender(producer, HUB_TIMEOUT_MS) });
  const deeds = {
    store,
    log: tableLetterLog(tableClient(settings.state, TABLES.letters)),
    replay: (name: string, seen?: string) => replayDeadLetter(store, ways, name, seen),
  };
  const orders = tableLetterOrders(tableClient(settings.state, TABLES.letterOrders));
  return {
    deeds,
    workOrders: createWorkOrders({ ...deeds, orders, clock }),
    bury: createBury({ deadLetters: blobDeadLetters(container), clock, ...giveUp }),
    close: () => producer.close(),
  };
}
