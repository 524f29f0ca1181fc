import type { EventHubProducerClient } from '@azure/event-hubs';
import { TransientError, messageOf } from '../../errors.ts';
import type { Days } from '../days/days.ts';

/**
 * Whether everything that the hub took before an instant has landed: of each partition all there is, or all there was at a
 * landing after that instant.
 * @throws TransientError `hub-unavailable`
 */
export async function isLandedUntil(
  hub: Pick<EventHubProducerClient, 'getPartitionIds' | 'getPartitionProperties'>,
  days: Pick<Days, 'landingMarks'>,
  epochMs: number,
): Promise<boolean> {
  const marks = new Map((await days.landingMarks()).map((mark) => [mark.partition, mark]));
  try {
    for (const partition of await hub.getPartitionIds()) {
      const { lastEnqueuedSequenceNumber: last } = await hub.getPartitionProperties(partition);
      const { nextSequenceNumber: next = 0, lastEnqueued = -1, writtenAtMs = 0 } = marks.get(partition) ?? {};
      const caughtUp = lastEnqueued < next && writtenAtMs >= epochMs;
      if (last >= next && !caughtUp) return false;
    }
  } catch (cause) {
    throw new TransientError('hub-unavailable', `Asking the hub how far it is: ${messageOf(cause)}`, {
      cause,
    });
  }
  return true;
}
