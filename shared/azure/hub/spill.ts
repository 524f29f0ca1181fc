import { createHash } from 'node:crypto';
import type { ContainerClient } from '@azure/storage-blob';
import type { QueueClient } from '@azure/storage-queue';
import { z } from 'zod';
import { PermanentError } from '../../errors.ts';
import type { PublishableEvent } from '../../pos/publishable.ts';
import { laterFormatReason } from '../../stored-format.ts';
import { SECOND_MS } from '../../time.ts';
import { putMessage } from '../queue-message.ts';
import { asOurError, isConflict, isNotFound } from '../sdk-errors.ts';

/**
 * The spill queue holds events while the hub is away. A message holds events of one store; what is larger than a
 * queue message may be goes to a blob, to which the message points.
 */
export interface Spill {
  /** @throws TransientError */
  put(storeId: string, events: readonly PublishableEvent[]): Promise<void>;
  /** The events of a message. @throws PermanentError `bad-spill-message`, TransientError */
  read(message: string): Promise<{ events: PublishableEvent[]; attempt: number }>;
  /** Puts a message back, to be read again after a while that grows with its attempts. @throws TransientError */
  postpone(message: string): Promise<void>;
  /** Forgets what a message has besides itself, once its events are in the hub. */
  forget(message: string): Promise<void>;
}

/**
 * Of messages and of the blobs they point to. The first format is written without its number. Fields may be added to
 * it: a reader passes on what it does not know.
 */
const SPILL_FORMAT = 1;

const spilledEventSchema = z.object({
  storeId: z.string(),
  eventId: z.string(),
  kind: z.string(),
  traceparent: z.string(),
  body: z.string(),
});
const messageSchema = z.looseObject({
  format: z.int().min(1).optional(),
  attempt: z.int().min(0),
  events: z.array(spilledEventSchema).optional(),
  blob: z.string().optional(),
});
type SpillMessage = z.infer<typeof messageSchema>;

/** A queue message may have 64 KiB, and base64 takes a third more; some room is left for the attempt counter. */
const MAX_MESSAGE_BYTES = 48 * 1024 - 100;
const BLOB_PREFIX = 'spill/';
const FIRST_DELAY_S = 10;
const MAX_DELAY_S = 300;

export function queueSpill(queue: QueueClient, blobs: ContainerClient): Spill {
  const send = (message: SpillMessage, delayS: number): Promise<void> =>
    putMessage(queue, JSON.stringify(message), delayS * SECOND_MS);

  return {
    async put(storeId, events) {
      for (const group of messageGroups(events.map(spilled))) {
        const json = JSON.stringify(group);
        if (Buffer.byteLength(json) <= MAX_MESSAGE_BYTES) {
          await send({ attempt: 0, events: group }, 0);
        } else {
          await send({ attempt: 0, blob: await upload(blobs, storeId, json) }, 0);
        }
      }
    },
    async read(text) {
      const message = parseMessage(text);
      const found = message.events ?? (await download(blobs, message.blob ?? ''));
      return {
        attempt: message.attempt,
        events: found.map((event) => ({ ...event, body: Buffer.from(event.body) })),
      };
    },
    async postpone(text) {
      const message = parseMessage(text);
      const delayS = Math.min(FIRST_DELAY_S * 2 ** message.attempt, MAX_DELAY_S);
      await send({ ...message, attempt: message.attempt + 1 }, delayS);
    },
    async forget(text) {
      const { blob } = parseMessage(text);
      if (blob === undefined) return;
      try {
        await blobs.deleteBlob(blob, { deleteSnapshots: 'include' });
      } catch {
        // Everything in it is already in the hub, and a name by content is overwritten, not duplicated.
      }
    },
  };
}

type SpilledEvent = z.infer<typeof spilledEventSchema>;

const spilled = (event: PublishableEvent): SpilledEvent => ({ ...event, body: event.body.toString('utf8') });

/** In order, as many events a message as it takes; an event that alone is too large stands alone. */
function messageGroups(events: readonly SpilledEvent[]): SpilledEvent[][] {
  const groups: SpilledEvent[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const event of events) {
    const eventBytes = Buffer.byteLength(JSON.stringify(event)) + 1;
    if (bytes + eventBytes > MAX_MESSAGE_BYTES) {
      groups.push([]);
      bytes = 2;
    }
    groups.at(-1)?.push(event);
    bytes += eventBytes;
  }
  return groups;
}

async function upload(blobs: ContainerClient, storeId: string, json: string): Promise<string> {
  const digest = createHash('sha256').update(json).digest('hex').slice(0, 32);
  const name = `${BLOB_PREFIX}${encodeURIComponent(storeId)}/${digest}.json`;
  try {
    await blobs
      .getBlockBlobClient(name)
      .upload(json, Buffer.byteLength(json), { conditions: { ifNoneMatch: '*' } });
  } catch (thrown) {
    if (!isConflict(thrown)) throw asOurError(thrown, 'Writing a spilled event');
  }
  return name;
}

async function download(blobs: ContainerClient, name: string): Promise<SpilledEvent[]> {
  let content: Buffer;
  try {
    content = await blobs.getBlockBlobClient(name).downloadToBuffer();
  } catch (thrown) {
    // Only `forget` removes it, once its events are in the hub: the message was delivered again after that.
    if (isNotFound(thrown)) return [];
    throw asOurError(thrown, 'Reading a spilled event');
  }
  return parsed(z.array(spilledEventSchema), content.toString('utf8'));
}

function parseMessage(text: string): SpillMessage {
  const message = parsed(messageSchema, text);
  if ((message.events === undefined) === (message.blob === undefined)) throw badMessage();
  return message;
}

function parsed<S extends z.ZodType>(schema: S, text: string): z.infer<S> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw badMessage(cause);
  }
  const later = laterFormatReason(content, SPILL_FORMAT);
  if (later !== undefined) throw new PermanentError('bad-spill-message', later);
  const read = schema.safeParse(content);
  if (!read.success) throw badMessage(read.error);
  return read.data;
}

function badMessage(cause?: unknown): PermanentError {
  return new PermanentError('bad-spill-message', 'A message in the spill queue has an invalid format', {
    cause,
  });
}
