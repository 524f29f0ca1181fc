import { parseArgs } from 'node:util';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { HubConfig } from './config.ts';
import { ConfigError, parseConfig } from './config.ts';
import { DirectoryHeldError } from '../../kit/directory-lock.ts';
import { CorruptLogError } from './segment.ts';
import type { EventHubsServerOptions } from './server.ts';
import { startEventHubsServer } from './server.ts';

const USAGE = `Event Hubs on this machine (AMQP 1.0), for any Event Hubs client.

  --data DIR          where events are kept (default .tillstream/event-hubs)
  --port N            TCP port, 0 for a free one (default 5672, which the connection string may leave out)
  --host ADDRESS      interface to listen on (default 127.0.0.1)
  --config FILE       hubs and consumer groups, in the shape of the Event Hubs emulator's Config.json
  --durability WHAT   process: survives a killed process (default); machine: also a power cut
  --throughput-units N  throttle as a namespace of N units would
  --tls-cert FILE, --tls-key FILE  speak AMQP over TLS`;

/** Started without a configuration, the endpoint has the hub of the product. */
const DEFAULT_HUBS: readonly HubConfig[] = [
  { name: 'pos-events', partitionCount: 4, consumerGroups: ['stock', 'tills', 'landing'] },
];

/** An error that the user can fix; reported in one line. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

const EXIT_USAGE = 2;

function parseOptions(args: readonly string[]): EventHubsServerOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string', default: '.tillstream/event-hubs' },
      port: { type: 'string', default: '5672' },
      host: { type: 'string' },
      config: { type: 'string' },
      durability: { type: 'string', default: 'process' },
      'throughput-units': { type: 'string' },
      'tls-cert': { type: 'string' },
      'tls-key': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535)
    throw new UsageError(`--port ${values.port} is no port number`);
  const { durability, host, config } = values;
  if (durability !== 'process' && durability !== 'machine')
    throw new UsageError(`--durability must be process or machine, not ${durability}`);
  const units = values['throughput-units'];
  if (units !== undefined && !(Number(units) > 0))
    throw new UsageError(`--throughput-units ${units} is no number above 0`);
  const [cert, key] = [values['tls-cert'], values['tls-key']];
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError('--tls-cert and --tls-key belong together');
  return {
    dataDir: resolve(values.data),
    port,
    durability,
    hubs: config === undefined ? DEFAULT_HUBS : parseConfig(readFileSync(config, 'utf8')),
    log: (line) => console.error(line),
    ...(host === undefined ? {} : { host }),
    ...(units === undefined ? {} : { throughputUnits: Number(units) }),
    ...(cert === undefined || key === undefined
      ? {}
      : { tls: { cert: readFileSync(cert), key: readFileSync(key) } }),
  };
}

/** How the user can fix the error; undefined for any other error. */
function adviceFor(error: unknown, port: number | undefined): string | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return `Port ${port} is taken. Stop what uses it, or choose another with --port.`;
  if (code === 'EACCES') return `${message}. Choose another --port or --data.`;
  if (code?.startsWith('ERR_PARSE_ARGS') || code === 'ENOENT') return `${message}. See --help.`;
  const isOurs = [UsageError, ConfigError, DirectoryHeldError, CorruptLogError].some(
    (kind) => error instanceof kind,
  );
  return isOurs ? message : undefined;
}

async function main(): Promise<void> {
  let port: number | undefined;
  try {
    const options = parseOptions(process.argv.slice(2));
    if (!options) {
      console.log(USAGE);
      return;
    }
    port = options.port;
    const server = await startEventHubsServer(options);
    console.log(server.connectionString);
    let isStopping = false;
    const stop = (): void => {
      if (isStopping) return;
      isStopping = true;
      void server.stop().finally(() => process.exit(0));
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    process.on('disconnect', stop);
    process.send?.({ ready: true, port: server.port, connectionString: server.connectionString });
  } catch (error) {
    const advice = adviceFor(error, port);
    if (advice === undefined) throw error;
    console.error(advice);
    process.exitCode = EXIT_USAGE;
  }
}

void main();
