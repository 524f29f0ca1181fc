import type { EventHubConsumerClient } from '@azure/event-hubs';
import { asOurError } from '../sdk-errors.ts';

/**
 * Which hub a sequence number belongs to. A hub that is deleted and created again under the same name counts its
 * events from 0 again, so a number alone does not name an event. The time of creation tells the two hubs apart.
 *
 * The text is the UTC time of creation to the millisecond, such as `20261125T134005123Z`. It sorts by time, after every
 * zero-padded sequence number that starts with 0 or 1, and is safe in blob names, row keys and properties.
 */
export type HubGeneration = string;

export function hubGenerationOf(createdOn: Date): HubGeneration {
  return createdOn.toISOString().replaceAll(/[-:.]/g, '');
}

/** Asks the hub, through a consumer or a producer. @throws TransientError */
export async function readHubGeneration(
  client: Pick<EventHubConsumerClient, 'getEventHubProperties'>,
): Promise<HubGeneration> {
  try {
    const { createdOn } = await client.getEventHubProperties();
    return hubGenerationOf(createdOn);
  } catch (thrown) {
    throw asOurError(thrown, 'Asking the hub when it was created');
  }
}
