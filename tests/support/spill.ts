import type { ContainerClient } from '@azure/storage-blob';
import type { QueueClient } from '@azure/storage-queue';
import { SpillOrder } from '../../functions/webhooks/spill-order.ts';
import { queueSpill, type Spill } from '../../shared/azure/hub/spill.ts';
import type { PublishableEvent } from '../../shared/pos/publishable.ts';

const never = () => {
  throw new Error('not used here');
};

/** A spill lane of which everything is gone at once, as if it were brought back without delay. */
export function orderWithoutWaiting(
  put: (storeId: string, events: readonly PublishableEvent[]) => Promise<void>,
): SpillOrder {
  const spill: Spill = {
    put,
    parts: never,
    attemptOf: never,
    postpone: never,
    isWaiting: () => Promise.resolve(false),
    storesWaiting: () => Promise.resolve([]),
  };
  // Time passes between any two looks.
  let nowMs = 0;
  return new SpillOrder(spill, () => (nowMs += 10_000));
}

const notFound = (): Error => Object.assign(new Error('status 404'), { statusCode: 404 });

/** The spill lanes on a container and a queue in memory, for any number of instances. */
export function memorySpill() {
  const blobs = new Map<string, string>();
  const messages: string[] = [];
  const found = (prefix: string) => [...blobs.keys()].filter((name) => name.startsWith(prefix)).sort();
  const container = {
    getBlockBlobClient: (name: string) => ({
      upload: (content: string) => Promise.resolve(void blobs.set(name, content)),
      downloadToBuffer: () => {
        const content = blobs.get(name);
        return content === undefined ? Promise.reject(notFound()) : Promise.resolve(Buffer.from(content));
      },
    }),
    deleteBlob: (name: string) => (blobs.delete(name) ? Promise.resolve() : Promise.reject(notFound())),
    async *listBlobsFlat({ prefix }: { prefix: string }) {
      await Promise.resolve();
      for (const name of found(prefix)) yield { name };
    },
    async *listBlobsByHierarchy(_delimiter: string, { prefix }: { prefix: string }) {
      await Promise.resolve();
      const folders = found(prefix).map((name) => name.slice(0, name.indexOf('/', prefix.length) + 1));
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
    messages,
    spillOf: (instance: string, clock: () => number) => queueSpill(queue, container, { clock, instance }),
  };
}
