/**
 * `npm run azure:local`: storage and Event Hubs on this machine, without the functions host, so that the built app runs
 * under `func start`. Prints local.settings.json on standard output and stays up until Ctrl+C.
 */
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { CONNECTIONS } from '../../shared/azure/names.ts';
import { startAzurite } from './azurite/azurite.ts';
import { forkChild } from './child.ts';

const USAGE = `Usage: npm run azure:local [-- OPTIONS]

  --data DIR             where everything is kept (default .tillstream/azure)
  --event-hubs-port N    default 5672
  --blob-port N, --queue-port N, --table-port N
                         default 10000, 10001, 10002
  --functions-port N     where func start will listen (default 7071)`;

const STOP_WITHIN_MS = 10_000;

interface HubReady {
  ready: true;
  connectionString: string;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: '.tillstream/azure' },
      'event-hubs-port': { type: 'string', default: '5672' },
      'blob-port': { type: 'string', default: '10000' },
      'queue-port': { type: 'string', default: '10001' },
      'table-port': { type: 'string', default: '10002' },
      'functions-port': { type: 'string', default: '7071' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const data = resolve(values.data);
  mkdirSync(data, { recursive: true });
  const [blob, queue, table] = [values['blob-port'], values['queue-port'], values['table-port']].map(Number);
  const azurite = await startAzurite({
    dataDir: join(data, 'storage'),
    ports: { blob: blob ?? 0, queue: queue ?? 0, table: table ?? 0 },
  });
  const eventHubs = await forkChild<HubReady>(
    join(dirname(process.argv[1] ?? ''), 'event-hubs.js'),
    ['--data', join(data, 'event-hubs'), '--port', values['event-hubs-port']],
    process.env,
    { name: 'The Event Hubs endpoint', logFile: join(data, 'event-hubs.log') },
  ).catch(async (thrown: unknown) => {
    await azurite.stop();
    throw thrown;
  });
  const stop = (): void => {
    void Promise.all([azurite.stop(), eventHubs.stop(STOP_WITHIN_MS)]).then(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  eventHubs.process.once('close', (code) => {
    if (code === 0) return;
    console.error(`The Event Hubs endpoint ended; see ${join(data, 'event-hubs.log')}`);
    stop();
  });
  const settings = {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    [CONNECTIONS.host]: azurite.connectionString,
    [CONNECTIONS.state]: azurite.connectionString,
    [CONNECTIONS.posEvents]: eventHubs.ready.connectionString,
    Webhooks__publicUrl: `http://localhost:${values['functions-port']}`,
    Secrets__file: join(data, 'secrets.json'),
  };
  console.log(JSON.stringify({ IsEncrypted: false, Values: settings }, null, 2));
  console.error(
    'Azure is up on this machine. Save the above as local.settings.json, then: func start. Ctrl+C ends it.',
  );
}

main().catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exit(1);
});
