import { createServer } from 'node:net';
import { join } from 'node:path';
import { containerClient, queueClient, tableClient } from '../../../shared/azure/clients.ts';
import { CONTAINERS, MASTER_DATA_FILES, QUEUES, TABLES } from '../../../shared/azure/names.ts';
import { isConflict } from '../../../shared/azure/sdk-errors.ts';
import type { StorageConnection } from '../../../shared/settings.ts';
import { startAzurite, type Azurite } from '../azurite/azurite.ts';
import { forkChild, type Child } from '../child.ts';
import type { DataFolder } from './data-folder.ts';
import type { DemoSecrets } from './secrets-file.ts';
import { UsageError } from './usage-error.ts';

/** What an operator would upload: file name to content. */
export type MasterData = Readonly<Record<keyof typeof MASTER_DATA_FILES, unknown>>;

export interface LocalTillstreamOptions {
  readonly folder: DataFolder;
  readonly secrets: DemoSecrets;
  /** Folder of the built product: `functions/main.js`, `local/host.js`, `local/event-hubs.js`. */
  readonly dist: string;
  readonly hostJson: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly masterData: MasterData;
  /** Called when a part ends that should not. */
  readonly onLost: (what: string) => void;
}

/** The whole of Tillstream on this machine: storage, Event Hubs and the functions host, each a process of its own. */
export interface LocalTillstream {
  /** Without a trailing slash. */
  readonly url: string;
  readonly storage: StorageConnection;
  stop(): Promise<void>;
}

interface Ready {
  ready: true;
  port: number;
}
type HubsReady = Ready & { connectionString: string };

const HOST_GRACE_MS = 3_000;
const HUBS_GRACE_MS = 3_000;

/** @throws UsageError when the port is taken. */
export async function startLocalTillstream(options: LocalTillstreamOptions): Promise<LocalTillstream> {
  const port = await portToUse(options.port);
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    // The host first: it still needs the others for what it is doing.
    for (const part of started.reverse().splice(0)) await part.stop();
  };
  try {
    const [azurite, hubs] = await Promise.all([storageOf(options), eventHubsOf(options)]);
    started.push({ stop: () => azurite.stop() }, { stop: () => hubs.stop(HUBS_GRACE_MS) });
    const storage: StorageConnection = {
      kind: 'connection-string',
      connectionString: azurite.connectionString,
    };
    await makeResources(storage);
    await uploadMasterData(storage, options.masterData);
    const host = await hostOf(options, port, azurite, hubs);
    started.push({ stop: () => host.stop(HOST_GRACE_MS) });
    watch(host, 'The functions host', options);
    watch(hubs, 'The Event Hubs endpoint', options);
    return { url: `http://127.0.0.1:${host.ready.port}`, storage, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

async function storageOf({ folder }: LocalTillstreamOptions): Promise<Azurite> {
  const azurite = await startAzurite({
    dataDir: folder.file('azurite'),
    log: (text) => folder.appendLog('azurite.log', text),
  });
  await folder.noteChild(azurite.pid);
  return azurite;
}

async function eventHubsOf({ folder, dist }: LocalTillstreamOptions): Promise<Child<HubsReady>> {
  const hubs = await forkChild<HubsReady>(
    join(dist, 'local', 'event-hubs.js'),
    ['--data', folder.file('event-hubs'), '--port', '0'],
    process.env,
    { name: 'The Event Hubs endpoint', logFile: folder.file('logs', 'event-hubs.log') },
  );
  await folder.noteChild(hubs.process.pid ?? 0);
  return hubs;
}

async function hostOf(
  { folder, secrets, dist, hostJson }: LocalTillstreamOptions,
  port: number,
  azurite: Azurite,
  hubs: Child<HubsReady>,
): Promise<Child<Ready>> {
  const host = await forkChild<Ready>(
    join(dist, 'local', 'host.js'),
    ['--app', join(dist, 'functions', 'main.js'), '--host-json', hostJson, '--port', String(port)],
    {
      ...process.env,
      PosEvents: hubs.ready.connectionString,
      State: azurite.connectionString,
      AzureWebJobsStorage: azurite.connectionString,
      Secrets__file: secrets.path,
      Webhooks__publicUrl: `http://127.0.0.1:${port}`,
    },
    { name: 'The functions host', logFile: folder.file('logs', 'host.log') },
  );
  await folder.noteChild(host.process.pid ?? 0);
  return host;
}

function watch(child: Child<Ready>, name: string, { onLost, folder }: LocalTillstreamOptions): void {
  child.process.once('exit', (code, signal) =>
    onLost(`${name} ended (${signal ?? `exit code ${code}`}); see ${folder.logs}`),
  );
}

/** The tables, queues and containers that Bicep makes in Azure. */
async function makeResources(storage: StorageConnection): Promise<void> {
  const made = [
    // The table service answers 409 for a table that exists, and its client takes that for success.
    ...Object.values(TABLES).map((name) => tableClient(storage, name).createTable()),
    ...Object.values(QUEUES).map((name) => queueClient(storage, name).createIfNotExists()),
    ...Object.values(CONTAINERS).map((name) => containerClient(storage, name).createIfNotExists()),
  ];
  for (const result of await Promise.allSettled(made)) {
    if (result.status === 'rejected' && !isConflict(result.reason)) throw result.reason;
  }
}

async function uploadMasterData(storage: StorageConnection, masterData: MasterData): Promise<void> {
  const container = containerClient(storage, CONTAINERS.masterData);
  for (const [name, file] of Object.entries(MASTER_DATA_FILES)) {
    const text = JSON.stringify(masterData[name as keyof MasterData], undefined, 2);
    await container.getBlockBlobClient(file).upload(text, Buffer.byteLength(text), {
      blobHTTPHeaders: { blobContentType: 'application/json' },
    });
  }
}

/** Takes the port for a moment, as the address must be known before the host is started with it. */
function portToUse(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') return reject(error);
      const why = error.code === 'EACCES' ? 'may not be used' : 'is taken';
      return reject(
        new UsageError(`Port ${port} ${why}. Choose another with --port, or let --port 0 take a free one.`),
      );
    });
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address();
      const free = typeof address === 'object' && address !== null ? address.port : port;
      probe.close(() => resolve(free));
    });
  });
}
