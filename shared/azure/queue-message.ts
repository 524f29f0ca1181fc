import type { QueueClient } from '@azure/storage-queue';
import { SECOND_MS } from '../time.ts';
import { asOurError } from './sdk-errors.ts';

/** The default life of seven days would lose a message in silence while the app is stopped. */
const KEEP_FOREVER_S = -1;

/** Puts a text on a queue as the Functions host expects it: base64, and kept until it is handled. @throws TransientError */
export async function putMessage(queue: QueueClient, text: string, delayMs = 0): Promise<void> {
  try {
    await queue.sendMessage(Buffer.from(text).toString('base64'), {
      messageTimeToLive: KEEP_FOREVER_S,
      ...(delayMs > 0 ? { visibilityTimeout: Math.ceil(delayMs / SECOND_MS) } : {}),
    });
  } catch (thrown) {
    throw asOurError(thrown, `Writing to the queue ${queue.name}`);
  }
}
