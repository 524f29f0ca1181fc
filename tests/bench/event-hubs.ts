/**
 * The local Event Hubs endpoint against the unmodified SDK: the SDK must be the bottleneck. Events of 552 bytes in
 * batches of 100; the endpoint runs as it is built, in a process of its own.
 */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReceivedEventData } from '@azure/event-hubs';
import { EventHubConsumerClient, EventHubProducerClient, earliestEventPosition } from '@azure/event-hubs';
import type { BenchRow } from './row.ts';

/** The hub that the endpoint has when started without a configuration. */
const HUB = 'pos-events';
const GROUP = '$Default';
const BATCH = 100;
const EVENT_BYTES = 552;
const WARM_UP_BATCHES = 100;
const BATCHES = 600;
const STORED_FEW = 10_000;
const STORED_MANY = 500_000;
const SENDERS = 4;

const body = 'x'.repeat(EVENT_BYTES - 60);
const batchOfEvents = Array.from({ length: BATCH }, (_, i) => ({ body, properties: { i } }));

/** Runs in the endpoint's process before its own code, to separate its CPU time and memory from the client's. */
const PRELOAD = `
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  globalThis.gc?.();
  process.send({ cpuUs: user + system, rssBytes: process.memoryUsage().rss });
});
`;

interface Endpoint {
  readonly connectionString: string;
  readonly usage: () => Promise<{ cpuUs: number; rssBytes: number }>;
  readonly stop: () => Promise<void>;
}

async function ask<T>(child: ChildProcess, question?: object): Promise<T> {
  const answer = once(child, 'message');
  if (question) child.send(question);
  const [message] = (await answer) as [T];
  return message;
}

async function startEndpoint(dataDir: string, durability: string): Promise<Endpoint> {
  const child = fork(
    join('dist', 'local', 'event-hubs.js'),
    ['--data', dataDir, '--port', '0', '--durability', durability],
    {
      // A compiler that runs along, as the parent's, would slow the endpoint down.
      execArgv: ['--expose-gc', '--import', `data:text/javascript,${encodeURIComponent(PRELOAD)}`],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  );
  const { connectionString } = await ask<{ connectionString: string }>(child);
  return {
    connectionString,
    usage: () => ask(child, { usage: true }),
    stop: async () => {
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}

/** Sends batches from a few senders at once, as one alone waits for each answer. */
async function send(connectionString: string, batches: number): Promise<void> {
  let left = batches;
  const sendSome = async (partition: number): Promise<void> => {
    const producer = new EventHubProducerClient(connectionString, HUB);
    while (left-- > 0) await producer.sendBatch(batchOfEvents, { partitionId: String(partition) });
    await producer.close();
  };
  await Promise.all(Array.from({ length: SENDERS }, (_, partition) => sendSome(partition)));
}

async function receive(connectionString: string, events: number): Promise<void> {
  const consumer = new EventHubConsumerClient(GROUP, connectionString, HUB);
  await new Promise<void>((resolve, reject) => {
    let left = events;
    consumer.subscribe(
      {
        processEvents: (received: ReceivedEventData[]) => {
          left -= received.length;
          if (left <= 0) resolve();
          return Promise.resolve();
        },
        processError: (error) => {
          reject(error);
          return Promise.resolve();
        },
      },
      { startPosition: earliestEventPosition, maxBatchSize: 1_000, prefetchCount: 3_000 },
    );
  });
  await consumer.close();
}

async function measure(
  endpoint: Endpoint,
  what: string,
  events: number,
  run: () => Promise<void>,
): Promise<BenchRow[]> {
  const before = await endpoint.usage();
  const clientBefore = process.cpuUsage();
  const startedAt = performance.now();
  await run();
  const seconds = (performance.now() - startedAt) / 1_000;
  const client = process.cpuUsage(clientBefore);
  const after = await endpoint.usage();
  const serverUs = (after.cpuUs - before.cpuUs) / events;
  const clientUs = (client.user + client.system) / events;
  return [
    { name: `${what}: events`, value: events / seconds, unit: 'events/s' },
    {
      name: `${what}: endpoint CPU`,
      value: serverUs,
      unit: 'us/event',
      ratio: serverUs / clientUs,
      ratioOf: 'the SDK',
    },
  ];
}

async function withEndpoint<T>(durability: string, work: (endpoint: Endpoint) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-event-hubs-'));
  const endpoint = await startEndpoint(dataDir, durability);
  try {
    return await work(endpoint);
  } finally {
    await endpoint.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

const throughput = (durability: string): Promise<BenchRow[]> =>
  withEndpoint(durability, async (endpoint) => {
    const { connectionString } = endpoint;
    await send(connectionString, WARM_UP_BATCHES);
    await receive(connectionString, WARM_UP_BATCHES * BATCH);
    const events = BATCHES * BATCH;
    const sent = await measure(endpoint, `send, ${durability}`, events, () =>
      send(connectionString, BATCHES),
    );
    const all = (WARM_UP_BATCHES + BATCHES) * BATCH;
    const received = await measure(endpoint, `receive, ${durability}`, all, () =>
      receive(connectionString, all),
    );
    return [...sent, ...received];
  });

/** Memory after reading everything that is stored, at two sizes. */
const memory = (): Promise<BenchRow[]> =>
  withEndpoint('process', async (endpoint) => {
    const rssAfterReading = async (): Promise<number> => {
      await receive(endpoint.connectionString, STORED_FEW);
      return (await endpoint.usage()).rssBytes / 1_048_576;
    };
    await send(endpoint.connectionString, STORED_FEW / BATCH);
    await rssAfterReading();
    const few = await rssAfterReading();
    await send(endpoint.connectionString, (STORED_MANY - STORED_FEW) / BATCH);
    await receive(endpoint.connectionString, STORED_MANY);
    const many = await rssAfterReading();
    return [
      { name: `memory with ${STORED_FEW} stored events`, value: few, unit: 'MB RSS' },
      {
        name: `memory with ${STORED_MANY} stored events`,
        value: many,
        unit: 'MB RSS',
        ratio: many / few,
        ratioOf: `${STORED_FEW} events`,
      },
    ];
  });

export async function bench(): Promise<BenchRow[]> {
  return [...(await throughput('process')), ...(await throughput('machine')), ...(await memory())];
}
