import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventHubConsumerClient, earliestEventPosition, type ReceivedEventData } from '@azure/event-hubs';
import { startAzurite } from '../../infra/local/azurite/azurite.ts';
import { startEventHubsServer } from '../../infra/local/event-hubs/server.ts';
import { containerClient, queueClient, tableClient } from '../../shared/azure/clients.ts';
import { CONSUMER_GROUPS, CONTAINERS, HUB, QUEUES, SECRETS, TABLES } from '../../shared/azure/names.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { readSettings, type Settings } from '../../shared/settings.ts';

/** The real Azurite and the real Event Hubs endpoint, with every table, queue and container, in a temporary folder. */
export interface LocalAzure {
  readonly folder: string;
  /** For a child process, or `readSettings(env)`. */
  readonly env: Readonly<Record<string, string>>;
  readonly settings: Settings;
  /** `master-data/<file>`. */
  putMasterData(file: string, content: unknown): Promise<void>;
  /** All blobs of a container, name to content. */
  blobs(container: string): Promise<Map<string, Buffer>>;
  /** Everything that the hub holds now, partition by partition, in order. */
  hubEvents(): Promise<HubEvent[]>;
  stopHub(): Promise<void>;
  /** On the same port, with the same data. */
  startHub(): Promise<void>;
  stop(): Promise<void>;
}

interface HubEvent {
  readonly partition: string;
  readonly sequenceNumber: number;
  readonly partitionKey: string | undefined;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly event: PosEvent;
}

/** Every deployment has them; a test that cares gives its own. */
export const PSEUDONYM_KEYS = {
  [SECRETS.pseudonymKey]: 'key of the tests',
  [SECRETS.operatorKey]: 'key of the operators',
  [SECRETS.idKey]: 'key of the ids',
};

export interface LocalAzureOptions {
  readonly partitions?: number;
  /** Name to value, newest first. */
  readonly secrets?: Readonly<Record<string, string | readonly string[]>>;
}

export async function startLocalAzure(options: LocalAzureOptions = {}): Promise<LocalAzure> {
  const folder = await mkdtemp(join(tmpdir(), 'tillstream-test-'));
  const hubOptions = {
    dataDir: join(folder, 'hub'),
    hubs: [
      { name: HUB, partitionCount: options.partitions ?? 2, consumerGroups: Object.values(CONSUMER_GROUPS) },
    ],
  };
  const [azurite, firstHub] = await Promise.all([
    startAzurite({ dataDir: join(folder, 'azurite') }),
    startEventHubsServer({ ...hubOptions, port: 0 }),
  ]);
  let hub: typeof firstHub | undefined = firstHub;
  const secretsFile = join(folder, 'secrets.json');
  await writeFile(secretsFile, JSON.stringify({ ...PSEUDONYM_KEYS, ...options.secrets }));
  const env = {
    PosEvents: firstHub.connectionString,
    State: azurite.connectionString,
    AzureWebJobsStorage: azurite.connectionString,
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    Secrets__file: secretsFile,
    Webhooks__publicUrl: 'http://127.0.0.1:1',
  };
  const settings = readSettings(env);
  await makeResources(settings);

  return {
    folder,
    env,
    settings,
    async putMasterData(file, content) {
      const text = JSON.stringify(content);
      const blob = containerClient(settings.state, CONTAINERS.masterData).getBlockBlobClient(file);
      await blob.upload(text, Buffer.byteLength(text));
    },
    async blobs(container) {
      const client = containerClient(settings.state, container);
      const found = new Map<string, Buffer>();
      for await (const { name } of client.listBlobsFlat()) {
        found.set(name, await client.getBlobClient(name).downloadToBuffer());
      }
      return found;
    },
    hubEvents: () => readHub(firstHub.connectionString),
    async stopHub() {
      await hub?.stop();
      hub = undefined;
    },
    async startHub() {
      hub ??= await startEventHubsServer({ ...hubOptions, port: firstHub.port });
    },
    async stop() {
      await hub?.stop();
      await azurite.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function makeResources({ state }: Settings): Promise<void> {
  await Promise.all([
    ...Object.values(TABLES).map((name) => tableClient(state, name).createTable()),
    ...Object.values(QUEUES).map((name) => queueClient(state, name).createIfNotExists()),
    ...Object.values(CONTAINERS).map((name) => containerClient(state, name).createIfNotExists()),
  ]);
}

async function readHub(connectionString: string): Promise<HubEvent[]> {
  const client = new EventHubConsumerClient('$Default', connectionString, HUB);
  try {
    const partitions = await client.getPartitionIds();
    const found = await Promise.all(partitions.map((partition) => readPartition(client, partition)));
    return found.flat();
  } finally {
    await client.close();
  }
}

async function readPartition(client: EventHubConsumerClient, partition: string): Promise<HubEvent[]> {
  const { isEmpty, lastEnqueuedSequenceNumber } = await client.getPartitionProperties(partition);
  if (isEmpty) return [];
  const received: ReceivedEventData[] = [];
  await new Promise<void>((resolve, reject) => {
    const subscription = client.subscribe(
      partition,
      {
        processEvents: async (events) => {
          received.push(...events);
          if ((received.at(-1)?.sequenceNumber ?? -1) < lastEnqueuedSequenceNumber) return;
          await subscription.close();
          resolve();
        },
        processError: async (error) => {
          reject(error);
          return Promise.resolve();
        },
      },
      { startPosition: earliestEventPosition, skipParsingBodyAsJson: true, maxBatchSize: 500 },
    );
  });
  return received.map(({ sequenceNumber, partitionKey, properties, body }) => ({
    partition,
    sequenceNumber,
    partitionKey: partitionKey ?? undefined,
    properties: properties ?? {},
    event: JSON.parse((body as Buffer).toString('utf8')) as PosEvent,
  }));
}
