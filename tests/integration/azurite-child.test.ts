import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { TableClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';

import { bundleLocal } from '../../infra/build/bundle.ts';
import { startAzurite, type Azurite } from '../../infra/local/azurite/azurite.ts';
import { forkChild } from '../../infra/kit/child.ts';
import { eventually } from './host-support.ts';

let dataDir: string;
const running: Azurite[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'azurite-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map(async (azurite) => azurite.stop()));
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(): Promise<Azurite> {
  const azurite = await startAzurite({ dataDir });
  running.push(azurite);
  return azurite;
}

const stock = (connectionString: string): TableClient =>
  TableClient.fromConnectionString(connectionString, 'stock', { allowInsecureConnection: true });

test('the SDKs we use can speak to it, and what they wrote survives a stop', async () => {
  const first = await start();
  const table = stock(first.connectionString);
  await table.createTable();
  await table.submitTransaction([
    ['create', { partitionKey: 's', rowKey: '1', quantity: 1 }],
    ['upsert', { partitionKey: 's', rowKey: '2', quantity: 2 }, 'Replace'],
  ]);
  const row = await table.getEntity('s', '1');
  await table.updateEntity({ partitionKey: 's', rowKey: '1', quantity: 3 }, 'Replace', { etag: row.etag });
  await expect(
    table.updateEntity({ partitionKey: 's', rowKey: '1', quantity: 4 }, 'Replace', { etag: row.etag }),
  ).rejects.toMatchObject({ statusCode: 412 });
  const blobs = BlobServiceClient.fromConnectionString(first.connectionString).getContainerClient('raw');
  await blobs.create();
  await blobs.getBlockBlobClient('0/1.ndjson.gz').uploadData(Buffer.from('lines'));
  const queue = QueueServiceClient.fromConnectionString(first.connectionString).getQueueClient('alerts');
  await queue.create();
  await queue.sendMessage('hello');
  await first.stop();

  const second = await start();
  expect(await stock(second.connectionString).getEntity('s', '1')).toMatchObject({ quantity: 3 });
  const kept = BlobServiceClient.fromConnectionString(second.connectionString).getContainerClient('raw');
  expect((await kept.getBlockBlobClient('0/1.ndjson.gz').downloadToBuffer()).toString()).toBe('lines');
  const { receivedMessageItems } = await QueueServiceClient.fromConnectionString(second.connectionString)
    .getQueueClient('alerts')
    .receiveMessages();
  expect(receivedMessageItems.map((item) => item.messageText)).toEqual(['hello']);
});

test('a taken port is one clear error', async () => {
  const squatter = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => squatter.once('listening', resolve));
  const { port } = squatter.address() as { port: number };
  await expect(startAzurite({ dataDir, ports: { blob: 0, queue: port, table: 0 } })).rejects.toThrow(
    `Azurite cannot listen: port ${port} is taken`,
  );
  squatter.close();
});

test('it ends when its parent is killed, and has saved everything', async () => {
  mkdirSync('.tillstream', { recursive: true });
  const built = mkdtempSync('.tillstream/azurite-test-');
  const script = join(built, 'parent.js');
  await bundleLocal('tests/fixtures/host-app/azurite-parent.ts', script);
  const parent = await forkChild<{ ready: true; connectionString: string; pid: number }>(
    script,
    [dataDir],
    process.env,
    {
      name: 'parent',
      logFile: join(built, 'log'),
    },
  );
  await stock(parent.ready.connectionString).createTable();
  await stock(parent.ready.connectionString).createEntity({ partitionKey: 's', rowKey: 'last' });
  parent.kill();
  await eventually('its end', () => !isAlive(parent.ready.pid), 20_000);
  const again = await start();
  expect(await stock(again.connectionString).getEntity('s', 'last')).toMatchObject({ rowKey: 'last' });
  rmSync(built, { recursive: true, force: true });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
