/** Owner levels, the limit of sharing readers, and processors that share and steal partitions. */
import type { CheckpointStore } from '@azure/event-hubs';
import { EventHubConsumerClient, earliestEventPosition } from '@azure/event-hubs';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import { ContainerClient } from '@azure/storage-blob';
import { startAzurite } from '../../infra/local/azurite/azurite.ts';
import type { Received } from '../support/event-hubs-endpoint.ts';
import {
  FEW_RETRIES,
  HUB,
  NO_RETRIES,
  Opened,
  PARTITIONS,
  subscribe,
  until,
} from '../support/event-hubs-endpoint.ts';

const opened = new Opened();
afterEach(() => opened.closeAll());

const DISCONNECTED = { code: 'ReceiverDisconnectedError' };

const owning = (connectionString: string, ownerLevel?: number): Received =>
  subscribe(
    opened.consumer(connectionString),
    '0',
    earliestEventPosition,
    ownerLevel === undefined ? {} : { ownerLevel },
  );

const reads = (received: Received): Promise<void> =>
  until('the reader has events', () => {
    if (received.errors[0]) throw received.errors[0];
    return received.events.length > 0;
  });
const isRefused = async (received: Received, error: object = DISCONNECTED): Promise<void> => {
  await until('the reader is refused or detached', () => received.errors.length > 0);
  expect(received.errors[0]).toMatchObject(error);
};

async function serverWithEvents(): Promise<string> {
  const { connectionString } = await opened.server();
  await opened.producer(connectionString).sendBatch([{ body: 1 }], { partitionId: '0' });
  return connectionString;
}

describe('owner levels', () => {
  // The SDK takes an owner level of 0 for none where no checkpoint store is given: levels here begin at 1.
  test.each([
    ['a higher level', 1, 2],
    ['the same level', 2, 2],
  ])('%s takes the partition over', async (_, first, second) => {
    const connectionString = await serverWithEvents();
    const before = owning(connectionString, first);
    await reads(before);
    const after = owning(connectionString, second);
    await reads(after);
    await isRefused(before);
    expect(after.errors).toEqual([]);
  });

  test('an owner detaches all who share', async () => {
    const connectionString = await serverWithEvents();
    const sharing = [owning(connectionString), owning(connectionString)];
    for (const one of sharing) await reads(one);
    const owner = owning(connectionString, 1);
    await reads(owner);
    for (const one of sharing) await isRefused(one);
  });

  test('a lower level and none are refused while the owner stays, and let in once it has gone', async () => {
    const connectionString = await serverWithEvents();
    const owner = owning(connectionString, 5);
    await reads(owner);
    await isRefused(owning(connectionString, 4));
    await isRefused(owning(connectionString));
    expect(owner.errors).toEqual([]);
    await owner.close();
    await reads(owning(connectionString));
  });

  test('levels of other groups and partitions do not matter', async () => {
    const connectionString = await serverWithEvents();
    await reads(owning(connectionString, 5));
    await reads(subscribe(opened.consumer(connectionString, NO_RETRIES, 'other'), '0'));
  });
});

test('five readers share a partition, the sixth exceeds the quota until one leaves', async () => {
  const connectionString = await serverWithEvents();
  const five = Array.from({ length: 5 }, () => owning(connectionString));
  for (const one of five) await reads(one);
  await isRefused(owning(connectionString), { code: 'QuotaExceededError' });
  await five[0]?.close();
  await reads(owning(connectionString));
});

/** The checkpoint store that production has, on the real Azurite; the processors of a test share its container. */
async function blobStore(): Promise<CheckpointStore> {
  const azurite = await startAzurite({ dataDir: await opened.folder() });
  opened.defer(() => azurite.stop());
  const container = new ContainerClient(azurite.connectionString, 'checkpoints');
  await container.create();
  return new BlobCheckpointStore(container);
}

interface Processor {
  readonly partitions: Set<string>;
  readonly bodies: number[];
  close(): Promise<void>;
}

function process(connectionString: string, store: CheckpointStore): Processor {
  const client = opened.add(
    new EventHubConsumerClient('$Default', connectionString, HUB, store, {
      ...FEW_RETRIES,
      loadBalancingOptions: {
        strategy: 'greedy',
        updateIntervalInMs: 300,
        partitionOwnershipExpirationIntervalInMs: 6_000,
      },
    }),
  );
  const partitions = new Set<string>();
  const bodies: number[] = [];
  const subscription = client.subscribe(
    {
      processInitialize: async ({ partitionId }) => void partitions.add(partitionId),
      processClose: async (_, { partitionId }) => void partitions.delete(partitionId),
      processEvents: async (events, context) => {
        bodies.push(...events.map(({ body }) => body as number));
        const last = events.at(-1);
        if (last) await context.updateCheckpoint(last);
      },
      processError: async () => {},
    },
    { startPosition: earliestEventPosition, maxWaitTimeInSeconds: 1 },
  );
  return { partitions, bodies, close: () => subscription.close() };
}

test('processors share partitions, give and take them, and go on from checkpoints', async () => {
  const { connectionString } = await opened.server();
  const producer = opened.producer(connectionString);
  const store = await blobStore();
  let sent = 0;
  const send = async (): Promise<void> => {
    for (let partition = 0; partition < PARTITIONS; partition++)
      await producer.sendBatch([{ body: sent++ }], { partitionId: String(partition) });
  };
  const first = process(connectionString, store);
  await until('the first owns all', () => first.partitions.size === PARTITIONS);
  await send();
  await until('the first has all', () => first.bodies.length === sent);
  const second = process(connectionString, store);
  await until('they share', () => first.partitions.size === 2 && second.partitions.size === 2);
  await send();
  await until('both have the rest', () => new Set([...first.bodies, ...second.bodies]).size === sent);
  await first.close();
  await until('the second owns all', () => second.partitions.size === PARTITIONS);
  await send();
  await until('nothing is missing', () => new Set([...first.bodies, ...second.bodies]).size === sent);
  expect(second.bodies.length).toBeLessThan(sent);
});
