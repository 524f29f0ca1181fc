import type { ContainerClient } from '@azure/storage-blob';
import type { QueueClient } from '@azure/storage-queue';
import { SpillOrder } from '../../functions/webhooks/spill-order.ts';
import { queueSpill, type Spill } from '../../shared/azure/hub/spill.ts';
import type { PublishableEvent } from '../../shared/pos/publishable.ts';

const never = () => {
  throw new Error('not used here');
};

let nowMs = 0;
/** Time that passes between any two looks. */
const restless = () => (nowMs += 10_000);

/** A spill lane of which everything is gone at once, as if it were brought back without delay. */
export function orderWithoutWaiting(
  put: (storeId: string, events: readonly PublishableEvent[]) => Promise<void>,
  clock: () => number = restless,
): SpillOrder {
  const spill: Spill = {
    put: async (storeId, events) => {
      await put(storeId, events);
      return 'a place';
    },
    holds: () => Promise.resolve(false),
    mark: () => Promise.resolve(''),
    changeMark: () => Promise.resolve(),
    parts: never,
    attemptOf: never,
    postpone: never,
    isWaiting: () => Promise.resolve(false),
    storesWaiting: () => Promise.resolve([]),
  };
  return new SpillOrder(spill, clock, () => Promise.resolve());
}

const notFound = (): Error => Object.assign(new Error('status 404'), { statusCode: 404 });

/**
 * The spill lanes on a container and a queue in memory, for any number of instances.
 * @param answerAfter what an operation of storage waits for, before it has its effect and after it.
 */
export function memorySpill(answerAfter: () => Promise<unknown> = () => Promise.resolve()) {
  const blobs = new Map<string, string>();
  const etags = new Map<string, string>();
  const messages: string[] = [];
  let writes = 0;
  const found = (prefix: string) => [...blobs.keys()].filter((name) => name.startsWith(prefix)).sort();
  const taking = async <T>(effect: () => T): Promise<T> => {
    await answerAfter();
    const result = effect();
    await answerAfter();
    return result;
  };
  const blobNamed = (name: string) => ({
    upload: (content: string) =>
      taking(() => {
        blobs.set(name, content);
        etags.set(name, `"${(writes += 1)}"`);
      }),
    exists: () => taking(() => blobs.has(name)),
    getProperties: () =>
      taking(() => {
        if (!blobs.has(name)) throw notFound();
        return { etag: etags.get(name) };
      }),
    downloadToBuffer: () =>
      taking(() => {
        const content = blobs.get(name);
        if (content === undefined) throw notFound();
        return Buffer.from(content);
      }),
  });
  const container = {
    getBlockBlobClient: blobNamed,
    getBlobClient: blobNamed,
    deleteBlob: (name: string) =>
      taking(() => {
        if (!blobs.delete(name)) throw notFound();
      }),
    async *listBlobsFlat({ prefix }: { prefix: string }) {
      for (const name of await taking(() => found(prefix))) yield { name };
    },
    async *listBlobsByHierarchy(_delimiter: string, { prefix }: { prefix: string }) {
      const folders = await taking(() =>
        found(prefix)
          .filter((name) => name.includes('/', prefix.length))
          .map((name) => name.slice(0, name.indexOf('/', prefix.length) + 1)),
      );
      for (const name of new Set(folders)) yield { kind: 'prefix' as const, name };
    },
  } as unknown as ContainerClient;
  const queue = {
    name: 'spill',
    sendMessage: (text: string) => {
      messages.push(Buffer.from(text, 'base64').toString('utf8'));
      return Promise.resolve({});
    },
  } as unknown as QueueClient;
  return {
    blobs,
    /** What waits in the lanes. */
    spilled: () => [...blobs.keys()].filter((name) => name.endsWith('.json')),
    messages,
    spillOf: (instance: string, clock: () => number) => queueSpill(queue, container, { clock, instance }),
  };
}
