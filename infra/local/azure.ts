/**
 * `npm run azure:local`: storage and Event Hubs on this machine, without the functions host, so the built app runs
 * under `func start`. It creates what Bicep creates in Azure (tables, queues, containers), secrets, and the demonstration
 * chain's master data if there is none; then it prints local.settings.json and runs until Ctrl+C.
 */
import { dirname, join } from 'node:path';

import { BODY_LIMIT, CONNECTIONS } from '../../shared/azure/names.ts';
import { messageOf } from '../../shared/errors.ts';
import type { StorageConnection } from '../../shared/settings.ts';
import { startAzurite, type Azurite } from './azurite/azurite.ts';
import { forkChild, type Child } from '../kit/child.ts';
import { demonstrationChain, masterDataOfChain } from './demo/chain.ts';
import { holdDataFolder, type DataFolder } from './demo/data-folder.ts';
import { folder as folderOption, read, wholeNumber } from '../kit/command-line.ts';
import { openSecrets } from './demo/secrets-file.ts';
import { UsageError } from '../kit/usage-error.ts';
import { portToUse } from '../kit/port.ts';
import { makeResources, uploadMasterData } from './resources.ts';

const USAGE = `Storage and Event Hubs on this machine, for func start and for any Azure SDK.

  npm run azure:local -- [options]

  --data DIR             data folder (default .tillstream/azure)
  --event-hubs-port N    default 5672
  --blob-port N          default 10000
  --queue-port N         default 10001
  --table-port N         default 10002
  --functions-port N     where func start will listen (default 7071)
  --help                 this text

Port 0 means any free port. Standard output is local.settings.json.
`;

const STOP_WITHIN_MS = 10_000;
const EXIT_USAGE = 2;

interface HubReady {
  ready: true;
  connectionString: string;
}

function parseOptions(args: readonly string[]) {
  const { values } = read(args, {
    data: { type: 'string' },
    'event-hubs-port': { type: 'string' },
    'blob-port': { type: 'string' },
    'queue-port': { type: 'string' },
    'table-port': { type: 'string' },
    'functions-port': { type: 'string' },
    help: { type: 'boolean' },
  });
  type Port = Exclude<keyof typeof values, 'data' | 'help'>;
  const port = (name: Port, byDefault: number): number =>
    wholeNumber(`--${name}`, values[name], 0, 65_535) ?? byDefault;
  return {
    help: values.help === true,
    data: folderOption(values.data, '.tillstream/azure'),
    eventHubsPort: port('event-hubs-port', 5672),
    functionsPort: port('functions-port', 7071),
    blobPort: port('blob-port', 10_000),
    queuePort: port('queue-port', 10_001),
    tablePort: port('table-port', 10_002),
  };
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  const ports = {
    blob: await portToUse(options.blobPort, '--blob-port'),
    queue: await portToUse(options.queuePort, '--queue-port'),
    table: await portToUse(options.tablePort, '--table-port'),
  };
  const eventHubsPort = await portToUse(options.eventHubsPort, '--event-hubs-port');
  const folder = await holdDataFolder(options.data);
  const azurite = await startAzurite({ dataDir: folder.storage, ports });
  await folder.noteChild(azurite.pid);
  const eventHubs = await eventHubsOf(folder, eventHubsPort).catch(async (thrown: unknown) => {
    await azurite.stop();
    throw thrown;
  });
  stopWith(folder, azurite, eventHubs);
  const secrets = openSecrets(folder.file('secrets.json'));
  await fill({ kind: 'connection-string', connectionString: azurite.connectionString });
  const settings = {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    [CONNECTIONS.host]: azurite.connectionString,
    [CONNECTIONS.state]: azurite.connectionString,
    [CONNECTIONS.posEvents]: eventHubs.ready.connectionString,
    [BODY_LIMIT.setting]: String(BODY_LIMIT.bytes),
    Webhooks__publicUrl: `http://localhost:${options.functionsPort}`,
    Secrets__file: secrets.path,
  };
  console.log(JSON.stringify({ IsEncrypted: false, Values: settings }, null, 2));
  console.error('The local Azure is up. Save the above as local.settings.json, then run: func start');
  console.error(`The signing secrets are in ${secrets.path}. Press Ctrl+C to stop.`);
}

function eventHubsOf(folder: DataFolder, port: number): Promise<Child<HubReady>> {
  return forkChild<HubReady>(
    join(dirname(process.argv[1] ?? ''), 'event-hubs.js'),
    ['--data', folder.file('event-hubs'), '--port', String(port)],
    process.env,
    { name: 'The Event Hubs endpoint', logFile: folder.file('logs', 'event-hubs.log') },
  );
}

/** Keep master data that someone has uploaded. */
async function fill(storage: StorageConnection): Promise<void> {
  await makeResources(storage);
  const chain = demonstrationChain(5);
  await uploadMasterData(storage, masterDataOfChain(chain, []), { keepExisting: true });
}

function stopWith(folder: DataFolder, azurite: Azurite, eventHubs: Child<HubReady>): void {
  let isStopping = false;
  const stop = (exitCode: number): void => {
    if (isStopping) return;
    isStopping = true;
    void Promise.allSettled([azurite.stop(), eventHubs.stop(STOP_WITHIN_MS)])
      .then(() => folder.release())
      .finally(() => process.exit(exitCode));
  };
  process.once('SIGINT', () => stop(0));
  process.once('SIGTERM', () => stop(0));
  eventHubs.process.once('close', () => {
    if (!isStopping) console.error(`The Event Hubs endpoint ended; see ${folder.logs}`);
    stop(1);
  });
}

main().catch((thrown: unknown) => {
  console.error(messageOf(thrown));
  process.exit(thrown instanceof UsageError ? EXIT_USAGE : 1);
});
