import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { EventHubProducerClient } from '@azure/event-hubs';

import { startAzurite, type Azurite } from '../../infra/local/azurite/azurite.ts';
import { startEventHubsServer, type EventHubsServer } from '../../infra/local/event-hubs/server.ts';
import {
  buildFixtureHost,
  eventually,
  startFixtureHost,
  type BuiltHost,
  type FixtureHost,
  type FixtureRecord,
} from './host-support.ts';

/** Short intervals, so sharing and take-over are seen soon. */
const FAST = {
  extensions: {
    eventHubs: {
      maxEventBatchSize: 10,
      loadBalancingUpdateInterval: '00:00:01',
      partitionOwnershipExpirationInterval: '00:00:05',
    },
  },
};
const PARTITIONS = 4;

let built: BuiltHost;
let azurite: Azurite;
let dataDir: string;
let endpoint: EventHubsServer;
let producer: EventHubProducerClient;
let env: Record<string, string>;
let run = 0;
const running: FixtureHost[] = [];

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'host-hubs-'));
  [built, azurite] = await Promise.all([
    buildFixtureHost(),
    startAzurite({ dataDir: join(dataDir, 'azurite') }),
  ]);
});
afterAll(async () => {
  await azurite?.stop();
  built?.remove();
  rmSync(dataDir, { recursive: true, force: true });
});
beforeEach(async () => {
  // A hub of its own for each test, because checkpoints are kept by namespace and hub, without the port.
  endpoint = await startEventHubsServer({
    dataDir: join(dataDir, `hub-${++run}`),
    port: 0,
    hubs: [{ name: `hub-${run}`, partitionCount: PARTITIONS, consumerGroups: ['stock', 'tills', 'landing'] }],
  });
  producer = new EventHubProducerClient(endpoint.connectionString, `hub-${run}`);
  env = {
    AzureWebJobsStorage: azurite.connectionString,
    PosEvents: endpoint.connectionString,
    HUB: `hub-${run}`,
  };
});
afterEach(async () => {
  await Promise.all(running.splice(0).map(async (host) => host.child.stop(10_000)));
  await producer.close();
  await endpoint.stop();
});

async function start(
  ...args: Parameters<typeof startFixtureHost> extends [unknown, ...infer R] ? R : never
): Promise<FixtureHost> {
  const host = await startFixtureHost(built, ...args);
  running.push(host);
  return host;
}

async function send(partitionId: string, bodies: (string | object)[], partitionKey?: string): Promise<void> {
  const events = bodies.map((body) => ({
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    properties: { source: 'test' },
  }));
  await producer.sendBatch(events, partitionKey === undefined ? { partitionId } : { partitionKey });
}

interface HubStatus {
  lag: number;
  partitions: { id: string; owned: boolean; checkpoint: number | null; lag: number }[];
}

async function hubStatus(host: FixtureHost, name: string): Promise<HubStatus> {
  const body = (await (await fetch(`${host.url}/admin/host/status`)).json()) as {
    functions: Record<string, HubStatus>;
  };
  return body.functions[name] as HubStatus;
}

const eventsOf = (records: FixtureRecord[]): unknown[] => records.flatMap((record) => record.events ?? []);

test('binary: buffers, with metadata in step and shaped as the host shapes it', async () => {
  await send('', [{ n: 1 }, '', 'no json'], '1e3');
  const host = await start(env, { only: ['binary'], hostJson: FAST });
  const [record] = await eventually('a batch', () => host.records().length > 0 && host.records());
  expect(record).toMatchObject({ kind: 'binary', events: [{ n: 1 }, '', 'no json'] });
  const metadata = record?.triggerMetadata ?? {};
  expect(Object.keys(metadata).sort()).toEqual([
    'enqueuedTimeUtcArray',
    'offsetArray',
    'partitionContext',
    'partitionKeyArray',
    'propertiesArray',
    'sequenceNumberArray',
    'systemPropertiesArray',
  ]);
  expect(metadata).toMatchObject({
    partitionContext: { eventHubName: `hub-${run}`, consumerGroup: 'stock' },
    // The library parses strings that look like JSON.
    partitionKeyArray: [1000, 1000, 1000],
    sequenceNumberArray: [0, 1, 2].map((low) => ({ low, high: 0, unsigned: false })),
    propertiesArray: [{ source: 'test' }, { source: 'test' }, { source: 'test' }],
  });
  expect((metadata['offsetArray'] as unknown[]).every((offset) => typeof offset === 'number')).toBe(true);
  expect((metadata['enqueuedTimeUtcArray'] as string[])[0]).toMatch(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/,
  );
  const [system] = metadata['systemPropertiesArray'] as Record<string, unknown>[];
  expect(system).toMatchObject({ sequenceNumber: 0, partitionKey: '1e3' });
});

test('string: empty bodies and missing keys fall out of step, unless the capability is set', async () => {
  await send('0', ['first', '', 'third']);
  const host = await start(env, { only: ['strings'], hostJson: FAST });
  const [record] = await eventually('a batch', () => host.records().length > 0 && host.records());
  expect(record?.events).toEqual(['first', 'third']);
  expect(record?.triggerMetadata).toMatchObject({ partitionKeyArray: [], propertiesArray: [{}, {}, {}] });
  await host.child.stop(10_000);

  await send('1', ['first', '', 'third']);
  const keeping = await start({ ...env, FIXTURE_KEEP_EMPTY: '1' }, { only: ['strings'], hostJson: FAST });
  const [kept] = await eventually('a batch', () => keeping.records().length > 0 && keeping.records());
  expect(kept?.events).toEqual(['first', '', 'third']);
  expect(kept?.triggerMetadata?.['partitionKeyArray']).toEqual(['', '', '']);
});

test('no data type: one event that is not JSON fails its batch unseen, and the checkpoint moves past it', async () => {
  await send('0', [{ n: 1 }, 'no json']);
  const host = await start(env, { only: ['plain'], hostJson: FAST });
  await eventually(
    'the checkpoint',
    async () => (await hubStatus(host, 'plain')).partitions[0]?.checkpoint === 1,
  );
  expect(host.records()).toEqual([]);
  await send('0', [{ n: 2 }]);
  const [record] = await eventually('the next batch', () => host.records().length > 0 && host.records());
  expect(record).toMatchObject({ kind: 'object', events: [{ n: 2 }] });
});

test('without a retry policy a failed batch is lost: the checkpoint moves on', async () => {
  await send('0', [{ n: 1, fail: true }]);
  const host = await start(env, { only: ['strings'], hostJson: FAST });
  await eventually(
    'the checkpoint',
    async () => (await hubStatus(host, 'strings')).partitions[0]?.checkpoint === 0,
  );
  expect(eventsOf(host.records())).toEqual([{ n: 1, fail: true }]);
});

test('a retry policy repeats the batch with its context, holds the partition, then gives up', async () => {
  await send('0', [{ n: 1, fail: true }]);
  const host = await start(env, { only: ['binary'], hostJson: FAST });
  await eventually('the first try', () => host.records().length > 0);
  await send('0', [{ n: 2 }]);
  await eventually('the next batch', () =>
    host.records().some((record) => JSON.stringify(record.events) === '[{"n":2}]'),
  );
  const records = host.records();
  expect(records.map((record) => record.events?.length)).toEqual([1, 1, 1, 1]);
  expect(records.map((record) => record.retryContext?.retryCount)).toEqual([undefined, 1, 2, undefined]);
  expect(records[1]?.retryContext).toMatchObject({
    maxRetryCount: 2,
    exception: { message: 'as requested' },
  });
  expect(new Set(records.map((record) => record.invocationId)).size).toBe(4);
});

test('batches keep to maxEventBatchSize, and one partition to its order', async () => {
  for (let at = 0; at < 60; at += 20) {
    await send(
      '2',
      Array.from({ length: 20 }, (_, n) => ({ n: at + n, sleepMs: 1 })),
    );
  }
  const host = await start(env, { only: ['binary'], hostJson: FAST });
  await eventually('all', () => eventsOf(host.records()).length >= 60);
  expect(eventsOf(host.records()).map((event) => (event as { n: number }).n)).toEqual(
    Array.from({ length: 60 }, (_, n) => n),
  );
  expect(Math.max(...host.records().map((record) => record.events?.length ?? 0))).toBeLessThanOrEqual(10);
  await eventually('no lag', async () => (await hubStatus(host, 'binary')).lag === 0);
});

test('a new host goes on at the checkpoint', async () => {
  await send('0', [{ n: 1 }]);
  const first = await start(env, { only: ['binary'], hostJson: FAST });
  await eventually('no lag', async () => (await hubStatus(first, 'binary')).lag === 0);
  await first.child.stop(10_000);
  await send('0', [{ n: 2 }]);
  const second = await start(env, { only: ['binary'], hostJson: FAST });
  await eventually('the new event', () => second.records().length > 0);
  expect(eventsOf(second.records())).toEqual([{ n: 2 }]);
});

test('minEventBatchSize gathers events until maxWaitTime is over', async () => {
  const eventHubs = { ...FAST.extensions.eventHubs, minEventBatchSize: 5, maxWaitTime: '00:00:03' };
  const host = await start(env, { only: ['binary'], hostJson: { extensions: { eventHubs } } });
  for (let n = 0; n < 5; n++) await send('0', [{ n }]);
  await send('1', [{ n: 9 }]);
  const records = await eventually('both batches', () => host.records().length >= 2 && host.records());
  expect(new Set(records.map((record) => record.events?.length))).toEqual(new Set([1, 5]));
});

test('two hosts share the partitions, and one takes over when the other is killed', async () => {
  const first = await start(env, { only: ['binary'], hostJson: FAST });
  await eventually('all owned', async () => (await owned(first)).length === PARTITIONS);
  const second = await start(env, { only: ['binary'], hostJson: FAST });
  await eventually(
    'half each',
    async () => (await owned(first)).length === 2 && (await owned(second)).length === 2,
  );
  for (let id = 0; id < PARTITIONS; id++) await send(String(id), [{ n: id }]);
  const both = (): FixtureRecord[] => [...first.records(), ...second.records()];
  await eventually(
    'all four',
    () => new Set(eventsOf(both()).map((event) => (event as { n: number }).n)).size === 4,
  );
  expect(eventsOf(second.records()).length).toBeGreaterThanOrEqual(2);

  first.child.kill();
  for (let id = 0; id < PARTITIONS; id++) await send(String(id), [{ n: 10 + id }]);
  const after = (): unknown[] =>
    eventsOf(second.records()).filter((event) => (event as { n: number }).n >= 10);
  await eventually('the take-over', () => after().length >= PARTITIONS);
});

test('a host goes on when the endpoint was away', async () => {
  const host = await start(env, { only: ['binary'], hostJson: FAST });
  await send('0', [{ n: 1 }]);
  await eventually('the first event', () => host.records().length > 0);
  const { port } = endpoint;
  await producer.close();
  await endpoint.stop();
  endpoint = await startEventHubsServer({
    dataDir: join(dataDir, `hub-${run}`),
    port,
    hubs: [{ name: `hub-${run}`, partitionCount: PARTITIONS, consumerGroups: ['stock', 'tills', 'landing'] }],
  });
  producer = new EventHubProducerClient(endpoint.connectionString, `hub-${run}`);
  for (let id = 0; id < PARTITIONS; id++) await send(String(id), [{ n: 10 + id }]);
  const after = (): unknown[] => eventsOf(host.records()).filter((event) => (event as { n: number }).n >= 10);
  await eventually('the later events', () => after().length >= PARTITIONS, 90_000);
});

test('storage that belongs to another endpoint is refused', async () => {
  await send('0', [{ n: 1 }, { n: 2 }]);
  const host = await start(env, { only: ['binary'], hostJson: FAST });
  await eventually('no lag', async () => (await hubStatus(host, 'binary')).lag === 0);
  await host.child.stop(10_000);
  await endpoint.stop();
  endpoint = await startEventHubsServer({
    dataDir: join(dataDir, `other-${run}`),
    port: 0,
    hubs: [{ name: `hub-${run}`, partitionCount: PARTITIONS, consumerGroups: ['stock'] }],
  });
  const other = start({ ...env, PosEvents: endpoint.connectionString }, { only: ['binary'], hostJson: FAST });
  await expect(other).rejects.toThrow('its checkpoints are ahead of the hub (partition 0: 1 > -1)');
});

test('SIGTERM lets a batch under way end, and moves its checkpoint', async () => {
  await send('0', [{ n: 1, sleepMs: 1_500 }]);
  const host = await start(env, { only: ['binary'], hostJson: FAST });
  await eventually('the batch', () => host.records().length > 0);
  await host.child.stop(10_000);
  expect(host.child.process.exitCode).toBe(0);
  const next = await start(env, { only: ['binary'], hostJson: FAST });
  expect((await hubStatus(next, 'binary')).partitions[0]?.checkpoint).toBe(0);
  await eventually('the log', () =>
    host.logs().some(({ message }) => message.startsWith("Executed 'Functions.binary' (Succeeded")),
  );
});

async function owned(host: FixtureHost): Promise<string[]> {
  return (await hubStatus(host, 'binary')).partitions
    .filter((partition) => partition.owned)
    .map(({ id }) => id);
}
