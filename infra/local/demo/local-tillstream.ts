import { join } from 'node:path';
import type { StorageConnection } from '../../../shared/settings.ts';
import type { Clock } from '../../../shared/time.ts';
import { startAzurite, type Azurite } from '../azurite/azurite.ts';
import { forkChild, type Child } from '../child.ts';
import { portToUse } from '../port.ts';
import { makeResources, uploadMasterData, type MasterData } from '../resources.ts';
import type { DataFolder } from './data-folder.ts';
import type { Screen } from './screen.ts';
import type { DemoSecrets } from './secrets-file.ts';

/** Where a command for this machine finds what is built, where it keeps its data, and how it is stopped. */
export interface LocalRun {
  readonly folder: DataFolder;
  /** Folder of the built product: `functions/main.js`, `local/host.js`, `local/event-hubs.js`. */
  readonly dist: string;
  readonly hostJson: string;
  readonly screen: Screen;
  readonly clock: Clock;
  /** Ctrl+C, or a part that was lost. */
  readonly signal: AbortSignal;
  /** Called when a part ends that should not. */
  readonly onLost: (what: string) => void;
}

export interface LocalTillstreamOptions extends Pick<LocalRun, 'folder' | 'dist' | 'hostJson' | 'onLost'> {
  readonly secrets: DemoSecrets;
  /** 0 takes a free one. */
  readonly port: number;
  readonly masterData: MasterData;
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
  const port = await portToUse(options.port, '--port');
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
