import type { QueueClient } from '@azure/storage-queue';
import { asOurError } from '../sdk-errors.ts';

/** The queue of dates and shards to reconcile. */
export function reconcileQueue(queue: QueueClient): { put(message: object): Promise<void> } {
  return {
    async put(message) {
      try {
        // The default life of seven days would forget a date in silence.
        const text = Buffer.from(JSON.stringify(message)).toString('base64');
        await queue.sendMessage(text, { messageTimeToLive: -1 });
      } catch (thrown) {
        throw asOurError(thrown, 'Writing to the queue reconcile');
      }
    },
  };
}
