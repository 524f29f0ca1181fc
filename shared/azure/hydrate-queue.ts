import type { QueueClient } from '@azure/storage-queue';
import { z } from 'zod';
import { PermanentError } from '../errors.ts';
import type { HydrateRequest } from '../pos/sources/source.ts';
import { putMessage } from './queue-message.ts';

/** The queue of objects that a vendor has to be asked for. */
export interface HydrateQueue {
  /** @throws TransientError */
  put(request: HydrateRequest, attempt?: number, delayMs?: number): Promise<void>;
}

const messageSchema = z.strictObject({
  attempt: z.int().min(0),
  source: z.literal('square'),
  object: z.literal('order'),
  id: z.string().min(1),
  version: z.int().min(0),
  receivedAt: z.string(),
  traceparent: z.string(),
});

export function hydrateQueue(queue: QueueClient): HydrateQueue {
  return {
    async put(request, attempt = 0, delayMs = 0) {
      await putMessage(queue, JSON.stringify({ attempt, ...request }), delayMs);
    },
  };
}

/** @throws PermanentError `bad-hydrate-message` */
export function parseHydrateMessage(text: string): { request: HydrateRequest; attempt: number } {
  try {
    const { attempt, ...request } = messageSchema.parse(JSON.parse(text));
    return { request, attempt };
  } catch (cause) {
    throw new PermanentError('bad-hydrate-message', 'A message of the hydrate queue is not in its form', {
      cause,
    });
  }
}
