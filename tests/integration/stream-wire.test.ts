import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { wireStream, type StreamFunctions } from '../../functions/stream/wire.ts';
import { startAzurite, type Azurite } from '../../infra/local/azurite/azurite.ts';
import type { Alert } from '../../shared/alerts/alert.ts';
import { tableAlertLog } from '../../shared/azure/alert-log.ts';
import { containerClient, queueClient, tableClient } from '../../shared/azure/clients.ts';
import { CONTAINERS, MASTER_DATA_FILES, QUEUES, TABLES } from '../../shared/azure/names.ts';
import { businessDate } from '../../shared/ids.ts';
import { readSettings } from '../../shared/settings.ts';
import { busyDay, BERLIN, productOf } from '../support/stream-events.ts';
import { silentLog } from '../support/stream-fixture.ts';

const SECRET = `whsec_${Buffer.from('s'.repeat(32)).toString('base64')}`;

let folder: string;
let azurite: Azurite;
let receiver: Server;
let stream: StreamFunctions;
const received: { id: string; alert: Alert }[] = [];
let refuse = false;

const connection = () => ({ kind: 'connection-string' as const, connectionString: azurite.connectionString });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tillstream-wire-'));
  azurite = await startAzurite({ dataDir: join(folder, 'azurite') });
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const headers = request.headers as Record<string, string>;
      const { data } = new Webhook(SECRET).verify(Buffer.concat(chunks), headers) as { data: Alert };
      if (!refuse) received.push({ id: headers['webhook-id'] ?? '', alert: data });
      response.writeHead(refuse ? 503 : 204).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;

  for (const table of [TABLES.stock, TABLES.tills, TABLES.alerts, TABLES.responses])
    await tableClient(connection(), table).createTable();
  await queueClient(connection(), QUEUES.alerts).create();
  await containerClient(connection(), CONTAINERS.deadLetters).create();
  const masterData = containerClient(connection(), CONTAINERS.masterData);
  await masterData.create();
  const files = {
    [MASTER_DATA_FILES.stores]: { stores: [BERLIN] },
    [MASTER_DATA_FILES.products]: { products: ['P1', 'P2', 'P3'].map((id) => productOf(id)) },
    [MASTER_DATA_FILES.alertRoutes]: {
      routes: [
        { name: 'all', channel: 'webhook', url: `http://127.0.0.1:${port}/all` },
        {
          name: 'stock',
          channel: 'webhook',
          url: `http://127.0.0.1:${port}/stock`,
          kinds: ['stockout-imminent'],
        },
      ],
    },
  };
  for (const [name, content] of Object.entries(files)) {
    const text = JSON.stringify(content);
    await masterData.getBlockBlobClient(name).upload(text, Buffer.byteLength(text));
  }
  const secrets = join(folder, 'secrets.json');
  writeFileSync(secrets, JSON.stringify({ 'alert-all': [SECRET], 'alert-stock': [SECRET] }));
  const settings = readSettings({
    PosEvents: 'Endpoint=sb://localhost;SharedAccessKeyName=k;SharedAccessKey=k',
    State: azurite.connectionString,
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    Secrets__file: secrets,
    Webhooks__publicUrl: 'http://localhost',
  });
  stream = wireStream(settings, Date.now, silentLog, { ladderMs: Array.from({ length: 9 }, () => 0) });
});

afterAll(async () => {
  receiver.close();
  receiver.closeAllConnections();
  await azurite.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Handles what is in the queue, at most `most` messages. Returns how many there were. */
async function workQueue(most = Number.POSITIVE_INFINITY): Promise<number> {
  const queue = queueClient(connection(), QUEUES.alerts);
  let handled = 0;
  while (handled < most) {
    const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
    if (receivedMessageItems.length === 0) break;
    for (const { messageText, messageId, popReceipt } of receivedMessageItems) {
      await stream.notify(Buffer.from(messageText, 'base64').toString());
      await queue.deleteMessage(messageId, popReceipt);
      handled += 1;
    }
  }
  return handled;
}

test('from the hub to the receiver: alerts are raised, logged, signed, and delivered once to each route', async () => {
  const messages = busyDay('S1', 60).map((event, hubSequenceNumber) => ({
    body: Buffer.from(JSON.stringify(event)),
    hubPartition: '0',
    hubSequenceNumber,
  }));
  await Promise.all([stream.stock(messages), stream.tills(messages)]);
  await Promise.all([stream.stock(messages), stream.tills(messages)]);
  // Every message goes back to the queue as often as it has routes, to be tried again by itself.
  refuse = true;
  expect(await workQueue(1)).toBeGreaterThan(0);
  expect(received).toEqual([]);
  refuse = false;
  expect(await workQueue()).toBeGreaterThan(0);
  expect(await stream.sweep()).toBe(0);

  const kinds = received.map(({ id, alert }) => `${alert.kind} ${id.split('_').at(-1)}`);
  expect(new Set(kinds)).toEqual(
    new Set([
      'stockout-imminent all',
      'stockout-imminent stock',
      'no-sale-openings all',
      'refund-without-receipt all',
      'cash-over-short all',
    ]),
  );
  expect(new Set(received.map(({ id }) => id)).size).toBe(received.length);

  const logged = await tableAlertLog(tableClient(connection(), TABLES.alerts)).list(
    businessDate('2026-03-02'),
  );
  const delivered = logged.flatMap(({ alert, deliveredTo }) =>
    deliveredTo.map((route) => `${alert.alertId}_${route}`),
  );
  expect(delivered.sort()).toEqual(received.map(({ id }) => id).sort());
});
