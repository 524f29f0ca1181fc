import type { QueueClient } from '@azure/storage-queue';
import { z } from 'zod';
import { PermanentError } from '../errors.ts';
import { posSourceSchema } from '../pos/event.ts';
import type { HydrateRequest } from '../pos/sources/source.ts';
import { DAY_MS } from '../time.ts';
import { putMessage } from './queue-message.ts';

/** The queue of objects that a vendor has to be asked for. */
export interface HydrateQueue {
  /** @throws TransientError */
  put(request: HydrateRequest, tries?: HydrateTries, delayMs?: number): Promise<void>;
}

export interface HydrateTries {
  /** How often the vendor was away. */
  readonly attempt: number;
  /** How often the vendor did not know the object yet. */
  readonly notFound: number;
}
const NO_TRIES: HydrateTries = { attempt: 0, notFound: 0 };
/** Azure's longest visibility time-out. */
const MAX_DELAY_MS = 7 * DAY_MS;

const messageSchema = z.strictObject({
  attempt: z.int().min(0),
  notFound: z.int().min(0).optional(),
  source: posSourceSchema,
  object: z.string().min(1),
  id: z.string().min(1),
  version: z.int().min(0),
  sender: z.string().min(1).optional(),
  receivedAt: z.string(),
  traceparent: z.string(),
});

export function hydrateQueue(queue: QueueClient): HydrateQueue {
  return {
    async put(request, { attempt, notFound } = NO_TRIES, delayMs = 0) {
      // Fields that the version before this one does not know are written only where they say something.
      const message = { attempt, ...(notFound === 0 ? {} : { notFound }), ...request };
      await putMessage(queue, JSON.stringify(message), Math.min(delayMs, MAX_DELAY_MS));
    },
  };
}

/** @throws PermanentError `bad-hydrate-message` */
export function parseHydrateMessage(text: string): { request: HydrateRequest; tries: HydrateTries } {
  try {
    const { attempt, notFound = 0, sender, ...request } = messageSchema.parse(JSON.parse(text));
    return {
      request: sender === undefined ? request : { ...request, sender },
      tries: { attempt, notFound },
    };
  } catch (cause) {
    throw new PermanentError('bad-hydrate-message', 'A message in the hydrate queue has an invalid format', {
      cause,
    });
  }
}
