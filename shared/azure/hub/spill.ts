import type { ContainerClient } from '@azure/storage-blob';
import type { QueueClient } from '@azure/storage-queue';
import { z } from 'zod';
import { PermanentError } from '../../errors.ts';
import type { PublishableEvent } from '../../pos/publishable.ts';
import { laterFormatReason } from '../../stored-format.ts';
import { SECOND_MS, type Clock } from '../../time.ts';
import { putMessage } from '../queue-message.ts';
import { asOurError, isNotFound } from '../sdk-errors.ts';

/**
 * Holds events while the hub is away. Each store has a lane of blobs, named in the order in which they were spilled; a
 * message of the queue points to one of them and has the whole lane brought back, in that order. What comes while a lane
 * is not empty goes behind it, so the store's events keep their order (promise P4): see `SpillOrder`.
 */
export interface Spill {
  /**
   * The place in the lane is taken when this is called, not when it is done.
   * @returns the place. @throws TransientError
   */
  put(storeId: string, events: readonly PublishableEvent[]): Promise<string>;
  /** Whether what was put there still waits. @throws TransientError */
  holds(place: string): Promise<boolean>;
  /** A text that `changeMark` changes, for all instances; empty before the first time. @throws TransientError */
  mark(): Promise<string>;
  /** @throws TransientError */
  changeMark(): Promise<void>;
  /**
   * What the message has to be brought back, in order: the lane of its store, also where others than it pointed there.
   * @throws PermanentError `bad-spill-message`, TransientError
   */
  parts(message: string): AsyncIterable<SpillPart>;
  /** How often the message was put back. @throws PermanentError `bad-spill-message` */
  attemptOf(message: string): number;
  /** Puts a message back, to be read again after a while that grows with its attempts. @throws TransientError */
  postpone(message: string): Promise<void>;
  /** Whether anything of the store waits. @throws TransientError */
  isWaiting(storeId: string): Promise<boolean>;
  /** The stores of which anything waits. @throws TransientError */
  storesWaiting(): Promise<string[]>;
}

interface SpillPart {
  readonly events: readonly PublishableEvent[];
  /** Once they are in the hub. */
  forget(): Promise<void>;
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

const BLOB_PREFIX = 'spill/';
/** No lane: a lane's name ends with a slash. */
const MARK = `${BLOB_PREFIX}lanes-opened`;
const FIRST_DELAY_S = 10;
const MAX_DELAY_S = 300;

interface SpillOptions {
  readonly clock: Clock;
  /** Tells the blobs of two instances apart that were spilled in one millisecond. */
  readonly instance: string;
}

export function queueSpill(queue: QueueClient, blobs: ContainerClient, options: SpillOptions): Spill {
  const send = (message: SpillMessage, delayS: number): Promise<void> =>
    putMessage(queue, JSON.stringify(message), delayS * SECOND_MS);
  const nameOf = laneNames(options);

  return {
    async put(storeId, events) {
      const name = nameOf(storeId);
      const json = JSON.stringify(events.map(spilled));
      try {
        await blobs
          .getBlockBlobClient(name)
          .upload(json, Buffer.byteLength(json), { conditions: { ifNoneMatch: '*' } });
      } catch (thrown) {
        throw asOurError(thrown, 'Writing a spilled event');
      }
      await send({ attempt: 0, blob: name }, 0);
      return name;
    },
    holds: (place) => trying('Looking for a spilled event', () => blobs.getBlobClient(place).exists()),
    mark: () =>
      trying('Reading the mark of the spill lanes', async () => {
        try {
          return (await blobs.getBlobClient(MARK).getProperties()).etag ?? '';
        } catch (thrown) {
          if (isNotFound(thrown)) return '';
          throw thrown;
        }
      }),
    // Each write gives the blob another ETag.
    changeMark: () =>
      trying('Changing the mark of the spill lanes', async () => {
        await blobs.getBlockBlobClient(MARK).upload('', 0);
      }),
    parts: (text) => partsOf(blobs, parseMessage(text)),
    attemptOf: (text) => parseMessage(text).attempt,
    async postpone(text) {
      const message = parseMessage(text);
      const delayS = Math.min(FIRST_DELAY_S * 2 ** message.attempt, MAX_DELAY_S);
      await send({ ...message, attempt: message.attempt + 1 }, delayS);
    },
    isWaiting: (storeId) =>
      trying(LISTING, async () => {
        for await (const _blob of blobs.listBlobsFlat({ prefix: laneOf(storeId) })) return true;
        return false;
      }),
    storesWaiting: () =>
      trying(LISTING, async () => {
        const stores: string[] = [];
        for await (const item of blobs.listBlobsByHierarchy('/', { prefix: BLOB_PREFIX })) {
          if (item.kind === 'prefix')
            stores.push(decodeURIComponent(item.name.slice(BLOB_PREFIX.length, -1)));
        }
        return stores;
      }),
  };
}

const laneOf = (storeId: string): string => `${BLOB_PREFIX}${encodeURIComponent(storeId)}/`;

/** Names that sort in the order in which they are given out; the tilde puts them behind those of the version before. */
function laneNames({ clock, instance }: SpillOptions): (storeId: string) => string {
  let lastMs = 0;
  let count = 0;
  return (storeId) => {
    const nowMs = Math.max(clock(), lastMs);
    count = nowMs === lastMs ? count + 1 : 0;
    lastMs = nowMs;
    const place = `${String(nowMs).padStart(14, '0')}-${String(count).padStart(6, '0')}-${instance}`;
    return `${laneOf(storeId)}~${place}.json`;
  };
}

const LISTING = 'Listing spilled events';

async function trying<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw asOurError(thrown, doing);
  }
}

async function* partsOf(blobs: ContainerClient, { events, blob }: SpillMessage): AsyncGenerator<SpillPart> {
  // As the version before wrote them: what fits stands in the message itself.
  if (events) yield { events: events.map(publishableOf), forget: () => Promise.resolve() };
  if (blob === undefined) return;
  const names = await trying(LISTING, async () => {
    const found: string[] = [];
    const lane = blob.slice(0, blob.lastIndexOf('/') + 1);
    for await (const { name } of blobs.listBlobsFlat({ prefix: lane })) found.push(name);
    return found.sort();
  });
  for (const name of names) {
    yield {
      events: (await download(blobs, name)).map(publishableOf),
      async forget() {
        try {
          await blobs.deleteBlob(name, { deleteSnapshots: 'include' });
        } catch (thrown) {
          // Another message of the lane was faster.
          if (!isNotFound(thrown)) throw asOurError(thrown, 'Forgetting a spilled event');
        }
      },
    };
  }
}

type SpilledEvent = z.infer<typeof spilledEventSchema>;

const spilled = (event: PublishableEvent): SpilledEvent => ({ ...event, body: event.body.toString('utf8') });
const publishableOf = (event: SpilledEvent): PublishableEvent => ({
  ...event,
  body: Buffer.from(event.body),
});

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
