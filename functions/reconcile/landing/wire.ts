import { containerClient, tableClient } from '../../../shared/azure/clients.ts';
import { tableDays } from '../../../shared/azure/days/table-days.ts';
import { blobDeadLetters } from '../../../shared/azure/dead-letters.ts';
import { eventHubConsumer, eventHubReader } from '../../../shared/azure/landing/landing-reader.ts';
import { rawBlobs } from '../../../shared/azure/landing/raw-blobs.ts';
import { CONSUMER_GROUPS, CONTAINERS, HUB, TABLES } from '../../../shared/azure/names.ts';
import type { Settings } from '../../../shared/settings.ts';
import { createLand, type LandParts } from './land.ts';

/** What bounds the memory of one run. */
export const LANDING_LIMITS = { maxBlobBytes: 16 * 1024 * 1024, maxBlobEvents: 20_000, concurrency: 4 };

export function wireLanding(
  { posEvents, raw, state }: Settings,
  limits: Pick<LandParts, keyof typeof LANDING_LIMITS>,
) {
  const hub = eventHubReader(eventHubConsumer(posEvents, HUB, CONSUMER_GROUPS.landing));
  const land = createLand({
    ...limits,
    hub,
    blobs: rawBlobs(containerClient(raw, CONTAINERS.raw)),
    days: tableDays(tableClient(state, TABLES.days)),
    deadLetters: blobDeadLetters(containerClient(state, CONTAINERS.deadLetters)),
  });
  return { land, close: () => hub.close() };
}
