import { BODY_LIMIT } from '../../../shared/azure/names.ts';
import { join } from 'node:path';
import { messageOf } from '../../../shared/errors.ts';
import type { StorageConnection } from '../../../shared/settings.ts';
import type { Clock } from '../../../shared/time.ts';
import { startAzurite, type Azurite } from '../azurite/azurite.ts';
import { forkChild, type Child } from '../../kit/child.ts';
import { portToUse } from '../../kit/port.ts';
import { makeResources, uploadMasterData, type MasterData } from '../resources.ts';
import { readHubAgain } from './after-kill.ts';
import { readChaosRequest, writeChaosAnswer, type ChaosPart } from './chaos-file.ts';
import type { DataFolder } from './data-folder.ts';
import type { Screen } from './screen.ts';
import type { DemoSecrets } from './secrets-file.ts';
import { supervise, type Supervised } from './supervised.ts';

/** Where a local command finds the build, where it keeps its data, and how it is stopped. */
export interface LocalRun {
  readonly folder: DataFolder;
  /** Folder of the built product: `functions/main.js`, `local/host.js`, `local/event-hubs.js`. */
  readonly dist: string;
  readonly hostJson: string;
  readonly screen: Screen;
  readonly clock: Clock;
  /** Ctrl+C, or a part that failed. */
  readonly signal: AbortSignal;
  /** Called when a part ends unexpectedly. */
  readonly onLost: (what: string) => void;
}

export interface LocalTillstreamOptions extends Pick<
  LocalRun,
  'folder' | 'dist' | 'hostJson' | 'onLost' | 'screen' | 'signal'
> {
  readonly secrets: DemoSecrets;
  /** 0 picks a free port. */
  readonly port: number;
  readonly masterData: MasterData;
}

/** Tillstream on this machine: storage, Event Hubs and the functions host, each in its own process. */
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
    // The host first: it still needs the others for its current work.
    for (const part of started.reverse().splice(0)) await part.stop();
  };
  try {
    const [azurite, hubs] = await Promise.all([
      storageOf(options),
      supervised<HubsReady>('The Event Hubs endpoint', HUBS_GRACE_MS, options, (before) =>
        eventHubsOf(options, before),
      ),
    ]);
    started.push({ stop: () => azurite.stop() }, hubs);
    const storage: StorageConnection = {
      kind: 'connection-string',
      connectionString: azurite.connectionString,
    };
    await makeResources(storage);
    if (options.folder.wasKilled) await readHubAgain(storage);
    await uploadMasterData(storage, options.masterData);
    const host = await supervised('The functions host', HOST_GRACE_MS, options, () =>
      hostOf(options, port, azurite, hubs.ready),
    );
    started.push(host, obeyChaos(options, { hub: hubs, host }));
    return { url: `http://127.0.0.1:${host.ready.port}`, storage, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

async function storageOf({ folder }: LocalTillstreamOptions): Promise<Azurite> {
  const azurite = await startAzurite({
    dataDir: folder.storage,
    log: (text) => folder.appendLog('azurite.log', text),
  });
  await folder.noteChild(azurite.pid);
  return azurite;
}

async function eventHubsOf(
  { folder, dist }: LocalTillstreamOptions,
  before: HubsReady | undefined,
): Promise<Child<HubsReady>> {
  const hubs = await forkChild<HubsReady>(
    join(dist, 'local', 'event-hubs.js'),
    ['--data', folder.file('event-hubs'), '--port', String(before?.port ?? 0)],
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
  hubs: HubsReady,
): Promise<Child<Ready>> {
  const host = await forkChild<Ready>(
    join(dist, 'local', 'host.js'),
    ['--app', join(dist, 'functions', 'main.js'), '--host-json', hostJson, '--port', String(port)],
    {
      ...process.env,
      PosEvents: hubs.connectionString,
      State: azurite.connectionString,
      AzureWebJobsStorage: azurite.connectionString,
      Secrets__file: secrets.path,
      [BODY_LIMIT.setting]: String(BODY_LIMIT.bytes),
      Webhooks__publicUrl: `http://127.0.0.1:${port}`,
    },
    { name: 'The functions host', logFile: folder.file('logs', 'host.log') },
  );
  await folder.noteChild(host.process.pid ?? 0);
  return host;
}

function supervised<T extends Ready>(
  name: string,
  graceMs: number,
  { screen, onLost, folder, signal }: LocalTillstreamOptions,
  start: (before: T | undefined) => Promise<Child<T>>,
): Promise<Supervised<T>> {
  return supervise({
    name,
    graceMs,
    start,
    signal,
    say: (text) => screen.say(`    ${text}`),
    onLost: (what) => onLost(`${what}; see ${folder.logs}`),
  });
}

const CHAOS_POLL_MS = 200;

/** Takes parts down on request of `npm run chaos`. */
function obeyChaos(
  { folder, onLost }: LocalTillstreamOptions,
  parts: Readonly<Record<ChaosPart, Supervised<Ready>>>,
): { stop(): Promise<void> } {
  let last = readChaosRequest(folder)?.id;
  const look = async (): Promise<void> => {
    const request = readChaosRequest(folder);
    if (!request || request.id === last) return;
    last = request.id;
    const part = parts[request.part];
    await part.takeDown(request.downForMs);
    writeChaosAnswer(folder, { id: request.id, state: 'down' });
    await part.whenUp();
    writeChaosAnswer(folder, { id: request.id, state: 'up' });
  };
  const timer = setInterval(
    () => void look().catch((thrown: unknown) => onLost(messageOf(thrown))),
    CHAOS_POLL_MS,
  );
  return { stop: async () => clearInterval(timer) };
}
