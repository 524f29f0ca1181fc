/** The local Event Hubs endpoint and the SDK's clients for tests: free ports, folders of their own, all closed at the end. */
import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  EventHubClientOptions,
  EventPosition,
  ReceivedEventData,
  SubscribeOptions,
} from '@azure/event-hubs';
import { EventHubConsumerClient, EventHubProducerClient, earliestEventPosition } from '@azure/event-hubs';
import type { EventHubsServer, EventHubsServerOptions } from '../../infra/local/event-hubs/server.ts';
import { startEventHubsServer } from '../../infra/local/event-hubs/server.ts';

export const HUB = 'test-hub';
export const PARTITIONS = 4;

/** Clients that give up soon, so an expected error does not wait for retries. */
export const NO_RETRIES: EventHubClientOptions = { retryOptions: { maxRetries: 0, timeoutInMs: 10_000 } };
export const FEW_RETRIES: EventHubClientOptions = {
  retryOptions: { maxRetries: 10, retryDelayInMs: 50, maxRetryDelayInMs: 200, timeoutInMs: 2_000 },
};

type Closable = { close(): Promise<void> };

/** What a test opened, closed in reverse order. */
export class Opened {
  readonly #undo: (() => Promise<unknown>)[] = [];

  defer(undo: () => Promise<unknown>): void {
    this.#undo.push(undo);
  }

  add<T extends Closable>(what: T): T {
    this.defer(() => what.close());
    return what;
  }

  async closeAll(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) await undo();
  }

  async folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'event-hubs-test-'));
    this.defer(() => rm(path, { recursive: true, force: true }));
    return path;
  }

  async server(options: Partial<EventHubsServerOptions> = {}): Promise<EventHubsServer> {
    const server = await startEventHubsServer({
      dataDir: options.dataDir ?? (await this.folder()),
      port: 0,
      hubs: [{ name: HUB, partitionCount: PARTITIONS, consumerGroups: ['other'] }],
      ...options,
    });
    this.defer(() => server.stop());
    return server;
  }

  producer(
    connectionString: string,
    options: EventHubClientOptions = NO_RETRIES,
    hub = HUB,
  ): EventHubProducerClient {
    return this.add(new EventHubProducerClient(connectionString, hub, options));
  }

  consumer(
    connectionString: string,
    options: EventHubClientOptions = NO_RETRIES,
    group = '$Default',
    hub = HUB,
  ): EventHubConsumerClient {
    return this.add(new EventHubConsumerClient(group, connectionString, hub, options));
  }
}

/** Waits until a condition holds; a deadline ends the wait with what was awaited. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 30_000,
): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What a subscription has brought so far. */
export interface Received {
  readonly events: ReceivedEventData[];
  readonly errors: (Error & { code?: string })[];
  close(): Promise<void>;
}

export function subscribe(
  consumer: EventHubConsumerClient,
  partition: string,
  startPosition: EventPosition = earliestEventPosition,
  options: SubscribeOptions = {},
): Received {
  const events: ReceivedEventData[] = [];
  const errors: Error[] = [];
  const subscription = consumer.subscribe(
    partition,
    {
      processEvents: async (batch) => void events.push(...batch),
      processError: async (error) => void errors.push(error),
    },
    // A reader finds out about a lost connection when its wait ends.
    { startPosition, maxBatchSize: 100, maxWaitTimeInSeconds: 1, ...options },
  );
  return { events, errors, close: () => subscription.close() };
}

/** Reads exactly so many events of a partition from a position on. */
export async function read(
  consumer: EventHubConsumerClient,
  partition: string,
  count: number,
  startPosition: EventPosition = earliestEventPosition,
): Promise<ReceivedEventData[]> {
  const received = subscribe(consumer, partition, startPosition);
  try {
    await until(`${count} events of partition ${partition}`, () => {
      if (received.errors[0]) throw received.errors[0];
      return received.events.length >= count;
    });
  } finally {
    await received.close();
  }
  return received.events;
}

/** A TCP proxy, so a test can cut connections where a network would. */
export class CuttingProxy {
  readonly #sockets = new Set<Socket>();
  readonly #server;
  cuts = 0;

  constructor(targetPort: number) {
    this.#server = createServer((client) => {
      const target = connect(targetPort, '127.0.0.1');
      for (const socket of [client, target]) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.#sockets.delete(socket);
          client.destroy();
          target.destroy();
        });
      }
      client.pipe(target);
      target.pipe(client);
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => resolve());
    });
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  /** Drops every connection without a word. */
  cut(): void {
    this.cuts++;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }
}

export const throughPort = (connectionString: string, port: number): string =>
  connectionString.replace(/localhost:\d+/, `localhost:${port}`);
