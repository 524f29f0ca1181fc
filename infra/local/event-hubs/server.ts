import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { createServer as createTlsServer } from 'node:tls';
import { join } from 'node:path';
import rhea from 'rhea';
import { ClientConnection } from './client-connection.ts';
import type { HubConfig } from './config.ts';
import { checkHubs } from './config.ts';
import { lockDirectory } from '../../kit/directory-lock.ts';
import { Hub } from './hub.ts';
import { IngressBudget } from './ingress-budget.ts';
import { MAX_FRAME_BYTES } from './rhea-guards.ts';
import type { Durability } from './segment-store.ts';
import type { SharedAccessKey } from './sas-token.ts';

export interface EventHubsServerOptions {
  /** Created if missing, and locked while the endpoint runs. */
  readonly dataDir: string;
  /** TCP port on the loopback interface; 0 picks a free one. */
  readonly port: number;
  readonly hubs: readonly HubConfig[];
  /** The policy whose key signs tokens; a fixed, well-known one by default, as the endpoint is local. */
  readonly sharedAccessKey?: SharedAccessKey;
  /** What "accepted" survives: a killed process (default) or also a power cut. */
  readonly durability?: Durability;
  readonly clock?: () => number;
  readonly log?: (line: string) => void;
  /** Interface to listen on; loopback by default. */
  readonly host?: string;
  /** Certificate and key to speak AMQP over TLS, as Azure does; plain TCP without. */
  readonly tls?: Pick<TlsOptions, 'key' | 'cert'>;
  /** Throttle as a namespace of so many throughput units would; unlimited without. */
  readonly throughputUnits?: number;
}

export interface EventHubsServer {
  readonly port: number;
  /** For any Event Hubs client; without a hub's name. */
  readonly connectionString: string;
  stop(): Promise<void>;
}

/** Known to everyone and worth nothing: it only makes a wrong key an error here as in Azure. */
const LOCAL_POLICY: SharedAccessKey = {
  name: 'RootManageSharedAccessKey',
  key: Buffer.from('tillstream local event hubs key!').toString('base64'),
};

const LOOPBACK = '127.0.0.1';
const HEARTBEAT_MS = 60_000;
const MAINTENANCE_MS = 10_000;

/**
 * Starts an Event Hubs endpoint (AMQP 1.0) over a data folder.
 * @throws ConfigError for an impossible hub
 * @throws DirectoryHeldError when another process works in the folder
 * @throws CorruptLogError when stored data is damaged
 */
export async function startEventHubsServer(options: EventHubsServerOptions): Promise<EventHubsServer> {
  const {
    clock = Date.now,
    log = () => {},
    durability = 'process',
    sharedAccessKey: policy = LOCAL_POLICY,
  } = options;
  checkHubs(options.hubs);
  const lock = await lockDirectory(options.dataDir);
  const hubs = new Map<string, Hub>();
  const closeHubs = async (): Promise<void> => {
    await Promise.all([...hubs.values()].map((hub) => hub.close()));
    await lock.release();
  };
  try {
    for (const config of options.hubs)
      hubs.set(
        config.name.toLowerCase(),
        await Hub.open(config, join(options.dataDir, 'hubs'), { clock, log, durability }),
      );
    let lastProducerId = 0;
    const budget = new IngressBudget({
      clock,
      ...(options.throughputUnits === undefined ? {} : { throughputUnits: options.throughputUnits }),
    });
    // Ids must not repeat after a restart, as partitions remember producers.
    const nextProducerId = (): number => (lastProducerId = Math.max(lastProducerId + 1, Date.now() * 1_000));
    const { server, connections } = accept(
      options,
      (connection, socket) =>
        new ClientConnection(connection, socket, { hubs, policy, budget, clock, log, nextProducerId }),
    );
    const port = await listen(server, options.port, options.host ?? LOOPBACK);
    const maintenance = setInterval(() => void maintain(hubs, log), MAINTENANCE_MS);
    maintenance.unref();
    return {
      port,
      connectionString: connectionStringOf(port, policy, options.tls !== undefined),
      stop: async () => {
        clearInterval(maintenance);
        const closed = new Promise((resolve) => server.close(resolve));
        for (const connection of connections) connection.destroy();
        await closed;
        await closeHubs();
      },
    };
  } catch (error) {
    await closeHubs();
    throw error;
  }
}

const connectionStringOf = (port: number, { name, key }: SharedAccessKey, isTls: boolean): string =>
  `Endpoint=sb://localhost:${port};SharedAccessKeyName=${name};SharedAccessKey=${key}${isTls ? '' : ';UseDevelopmentEmulator=true'}`;

async function maintain(hubs: ReadonlyMap<string, Hub>, log: (line: string) => void): Promise<void> {
  try {
    for (const hub of hubs.values()) await hub.maintain();
  } catch (error) {
    log(`Retention failed: ${(error as Error).message}`);
  }
}

/** The listening socket, and the connections that are open on it. */
function accept(
  { tls }: EventHubsServerOptions,
  open: (connection: ReturnType<typeof rhea.create_connection>, socket: Socket) => ClientConnection,
): { server: Server; connections: Set<ClientConnection> } {
  const container = rhea.create_container({ id: 'tillstream-local-event-hubs' });
  container.on('error', () => {});
  const mechanisms = container.sasl_server_mechanisms as Record<string, unknown> & {
    enable_anonymous(): void;
  };
  mechanisms.enable_anonymous();
  // The .NET clients' name for "the token comes later, by $cbs".
  mechanisms['MSSBCBS'] = mechanisms['ANONYMOUS'];
  const connections = new Set<ClientConnection>();
  const onSocket = (socket: Socket): void => {
    const connection = container.create_connection({
      max_frame_size: MAX_FRAME_BYTES,
      idle_time_out: HEARTBEAT_MS,
      reconnect: false,
      receiver_options: { credit_window: 0, autoaccept: false },
    } as Parameters<typeof container.create_connection>[0]);
    const client = open(connection, socket);
    connections.add(client);
    socket.on('close', () => connections.delete(client));
  };
  const server = tls ? createTlsServer(tls, onSocket) : createServer(onSocket);
  server.on('tlsClientError', () => {});
  return { server, connections };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      server.on('error', () => {});
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}
