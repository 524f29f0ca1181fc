import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient, type QueueClient } from '@azure/storage-queue';

import { bundleLocal } from '../../infra/build/bundle.ts';
import { startAzurite, type Azurite } from '../../infra/local/azurite/azurite.ts';
import {
  buildFixtureHost,
  eventually,
  startFixtureHost,
  type BuiltHost,
  type FixtureHost,
} from './host-support.ts';

let built: BuiltHost;
let azurite: Azurite;
let dataDir: string;
let env: Record<string, string>;
const running: FixtureHost[] = [];

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'host-storage-'));
  [built, azurite] = await Promise.all([buildFixtureHost(), startAzurite({ dataDir })]);
  env = { AzureWebJobsStorage: azurite.connectionString, State: azurite.connectionString };
});
afterAll(async () => {
  await azurite?.stop();
  built?.remove();
  rmSync(dataDir, { recursive: true, force: true });
});
afterEach(async () => {
  await Promise.all(running.splice(0).map(async (host) => host.child.stop(10_000)));
});

async function start(
  ...args: Parameters<typeof startFixtureHost> extends [unknown, ...infer R] ? R : never
): Promise<FixtureHost> {
  const host = await startFixtureHost(built, ...args);
  running.push(host);
  return host;
}

describe('queue trigger', () => {
  const options = {
    only: ['work'],
    hostJson: { extensions: { queues: { visibilityTimeout: '00:00:01', maxDequeueCount: 3 } } },
  };
  let queue: QueueClient;
  let poison: QueueClient;
  beforeEach(async () => {
    const service = QueueServiceClient.fromConnectionString(azurite.connectionString);
    [queue, poison] = [service.getQueueClient('work'), service.getQueueClient('work-poison')];
    await queue.createIfNotExists();
    await queue.clearMessages();
    await poison.deleteIfExists();
  });
  const send = async (text: string): Promise<{ messageId: string }> =>
    queue.sendMessage(Buffer.from(text).toString('base64'));

  test('a message arrives with its metadata, and is deleted once handled', async () => {
    const host = await start(env, options);
    const { messageId } = await send('plain words');
    const [record] = await eventually('the message', () => host.records().length > 0 && host.records());
    expect(record?.message).toBe('plain words');
    expect(record?.triggerMetadata).toMatchObject({
      queueTrigger: 'plain words',
      dequeueCount: 1,
      id: messageId,
    });
    expect(Object.keys(record?.triggerMetadata ?? {}).sort()).toEqual(
      [
        'dequeueCount',
        'expirationTime',
        'id',
        'insertionTime',
        'nextVisibleTime',
        'popReceipt',
        'queueTrigger',
      ].sort(),
    );
    await eventually('deletion', async () => (await queue.getProperties()).approximateMessagesCount === 0);
  });

  test("properties of a JSON message overwrite its metadata, the message's own id among them", async () => {
    const host = await start(env, options);
    await send(
      JSON.stringify({ ID: 'mine', dequeueCount: 7, ok: true, nested: { a: 1 }, list: [1], nothing: null }),
    );
    const [record] = await eventually('the message', () => host.records().length > 0 && host.records());
    expect(record?.message).toMatchObject({ ID: 'mine' });
    expect(record?.triggerMetadata).toMatchObject({
      id: 'mine',
      dequeueCount: 7,
      ok: 'True',
      nested: { a: 1 },
    });
    expect(record?.triggerMetadata).not.toHaveProperty('list');
    expect(record?.triggerMetadata).not.toHaveProperty('nothing');
  });

  test('a failing message comes back with a higher dequeue count and ends in the poison queue', async () => {
    const host = await start(env, options);
    const text = JSON.stringify({ fail: true });
    await send(text);
    await eventually(
      'the poison message',
      async () => (await poison.exists()) && (await queue.getProperties()).approximateMessagesCount === 0,
    );
    expect(host.records().map((record) => record.triggerMetadata?.['dequeueCount'])).toEqual([1, 2, 3]);
    const { receivedMessageItems } = await poison.receiveMessages();
    expect(receivedMessageItems.map((item) => Buffer.from(item.messageText, 'base64').toString())).toEqual([
      text,
    ]);
  });

  test('a message that is no base64 goes to the poison queue as it is', async () => {
    await start(env, options);
    await queue.sendMessage('not base64!');
    await eventually('the poison message', async () => poison.exists());
    const found = await eventually('it', async () => (await poison.peekMessages()).peekedMessageItems[0]);
    expect(found.messageText).toBe('not base64!');
  });

  test('a message of a killed host becomes visible again', async () => {
    const args = ['--queue-lease-seconds', '2'];
    const first = await start(env, { ...options, args });
    await send(JSON.stringify({ sleepMs: 60_000 }));
    await eventually('the first try', () => first.records().length > 0);
    first.child.kill();
    const second = await start(env, { ...options, args });
    await eventually('the second try', () => second.records().length > 0);
    expect(second.records()[0]?.triggerMetadata?.['dequeueCount']).toBe(2);
    second.child.kill();
  });

  test('SIGTERM lets a message under way end, and deletes it', async () => {
    const host = await start(env, options);
    await send(JSON.stringify({ sleepMs: 1_500 }));
    await eventually('handling', () => host.records().length > 0);
    await host.child.stop(10_000);
    expect(host.child.process.exitCode).toBe(0);
    expect((await queue.getProperties()).approximateMessagesCount).toBe(0);
  });

  test('a message whose function outlasts the lease is not given out twice', async () => {
    const host = await start(env, { ...options, args: ['--queue-lease-seconds', '2'] });
    await send(JSON.stringify({ sleepMs: 5_000 }));
    await eventually('handling', () => host.records().length > 0);
    await eventually('deletion', async () => (await queue.getProperties()).approximateMessagesCount === 0);
    expect(host.records()).toHaveLength(1);
  });
});

describe('timer trigger', () => {
  test('runs on schedule, without overlap and, below a minute, without status', async () => {
    const host = await start({ ...env, TIMER_SLEEP_MS: '1500' }, { only: ['often'] });
    const records = await eventually('three runs', () => host.records().length >= 3 && host.records());
    expect(records[0]?.timer).toEqual({
      schedule: { adjustForDST: true },
      scheduleStatus: null,
      isPastDue: false,
    });
    const gaps = records.slice(1).map((record, at) => record.at - (records[at]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_500);
  });

  test('a run by hand has a status, waits for the end and tells of failure', async () => {
    const host = await start({ ...env, TIMER_FAILS: '1' }, { only: ['seldom'] });
    await eventually('the runner', async () => (await status(host))['seldom']?.['runsHere']);
    const response = await fetch(`${host.url}/admin/functions/seldom`, { method: 'POST' });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ name: 'seldom', succeeded: false, error: 'as requested' });
    expect(host.records()[0]?.timer?.scheduleStatus).toMatchObject({
      next: expect.stringMatching(/-01-01T00:00:00\+00:00$/) as unknown,
    });
  });

  test('npm run invoke lists functions and runs a timer', async () => {
    const script = join(built.dir, 'invoke.js');
    await bundleLocal('infra/local/invoke.ts', script);
    const host = await start(env, { only: ['seldom', 'work'] });
    const invoke = async (...args: string[]): Promise<string> =>
      (
        await promisify(execFile)(process.execPath, [
          script,
          '--port',
          String(host.child.ready.port),
          ...args,
        ])
      ).stdout;
    expect(await invoke()).toMatch(/^work +queue +connection=State queueName=work$/m);
    expect(await invoke('seldom')).toMatch(/^seldom at http:\/\/127\.0\.0\.1:\d+ succeeded \(\d+ ms\)$/m);
    await expect(invoke('work')).rejects.toMatchObject({
      stderr: expect.stringContaining('not a timer') as unknown,
    });
    expect(host.records()).toHaveLength(1);
  });

  test('a run on start-up happens once in each start', async () => {
    const host = await start(env, { only: ['startup'] });
    const [record] = await eventually('the run', () => host.records().length > 0 && host.records());
    expect(record?.timer?.isPastDue).toBe(false);
    await eventually('the runner at rest', async () => (await status(host))['startup']?.['inFlight'] === 0);
    expect(host.records()).toHaveLength(1);
  });

  test('a run missed while no host was up is made up for once, past due', async () => {
    const container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(
      'azure-webjobs-hosts',
    );
    await container.createIfNotExists();
    const old = {
      Last: '2020-01-01T00:00:00+00:00',
      Next: '2021-01-01T00:00:00+00:00',
      LastUpdated: '2020-01-01T00:00:00+00:00',
    };
    const blob = container.getBlockBlobClient('timers/past/Host.Functions.seldom/status');
    await blob.uploadData(Buffer.from(JSON.stringify(old)));
    const settings = { ...env, AzureFunctionsWebHost__hostid: 'past' };
    const first = await start(settings, { only: ['seldom'] });
    const [record] = await eventually('the late run', () => first.records().length > 0 && first.records());
    expect(record?.timer).toMatchObject({ isPastDue: true, scheduleStatus: { last: old.Last } });
    await first.child.stop(10_000);
    const second = await start(settings, { only: ['seldom'] });
    await eventually('the runner', async () => (await status(second))['seldom']?.['runsHere']);
    expect(second.records()).toEqual([]);
  });

  test('of two hosts one runs the timer, and the other takes over when it is killed', async () => {
    const first = await start(env, { only: ['often'] });
    await eventually('the first run', () => first.records().length > 0);
    const second = await start(env, { only: ['often'] });
    const seen = first.records().length;
    await eventually('more runs', () => first.records().length >= seen + 3);
    expect(second.records()).toEqual([]);
    first.child.kill();
    await eventually('the take-over', () => second.records().length > 0);
  });
});

describe('which functions run', () => {
  test('a disabled function does not run, and --only limits the rest', async () => {
    const host = await start(
      { ...env, 'AzureWebJobs.often.Disabled': 'true' },
      { only: ['often', 'seldom', 'specific'] },
    );
    expect([...host.child.ready.functions].sort()).toEqual(['seldom', 'specific']);
    const listed = (await (await fetch(`${host.url}/admin/functions`)).json()) as { name: string }[];
    expect(listed.map(({ name }) => name).sort()).toEqual(['seldom', 'specific']);
    expect((await fetch(`${host.url}/admin/functions/often`, { method: 'POST' })).status).toBe(404);
  });

  test('a function key or host key opens a locked function', async () => {
    const host = await start(env, { only: ['locked', 'specific'] });
    const keys = (await (await fetch(`${host.url}/admin/host/keys`)).json()) as {
      master: string;
      host: string[];
      functions: { locked: string };
    };
    const get = async (path: string, headers = {}): Promise<number> =>
      (await fetch(host.url + path, { headers })).status;
    expect(await get('/api/locked')).toBe(401);
    expect(await get('/api/locked?code=wrong')).toBe(401);
    expect(await get(`/api/locked?code=${encodeURIComponent(keys.functions.locked)}`)).toBe(200);
    expect(await get('/api/locked', { 'x-functions-key': keys.host[0] })).toBe(200);
    expect(await get('/api/locked', { 'x-functions-key': keys.master })).toBe(200);
  });
});

async function status(host: FixtureHost): Promise<Record<string, Record<string, unknown>>> {
  const body = (await (await fetch(`${host.url}/admin/host/status`)).json()) as {
    functions: Record<string, Record<string, unknown>>;
  };
  return body.functions;
}
