import type { QueueClient } from '@azure/storage-queue';
import { z } from 'zod';
import { PermanentError } from '../errors.ts';
import { posSourceSchema } from '../pos/event.ts';
import type { HydrateRequest } from '../pos/sources/source.ts';
import { laterFormatReason } from '../stored-format.ts';
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

/** Written without its number while it is the first. Fields may be added to it. */
const HYDRATE_FORMAT = 1;

const messageSchema = z.object({
  format: z.int().min(1).optional(),
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
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw badMessage('A message in the hydrate queue is not JSON', cause);
  }
  const later = laterFormatReason(content, HYDRATE_FORMAT);
  if (later !== undefined) throw badMessage(later);
  const read = messageSchema.safeParse(content);
  if (!read.success) throw badMessage('A message in the hydrate queue has an invalid format', read.error);
  const { format: _format, attempt, notFound = 0, sender, ...request } = read.data;
  return {
    request: sender === undefined ? request : { ...request, sender },
    tries: { attempt, notFound },
  };
}

const badMessage = (message: string, cause?: unknown): PermanentError =>
  new PermanentError('bad-hydrate-message', message, { cause });
