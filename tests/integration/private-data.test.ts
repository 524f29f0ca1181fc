/** Promise P6 as one test: data is planted into all payloads of all sources, and then looked for in all that the product keeps and says. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { wirePages } from '../../functions/reconcile/pages/wire.ts';
import { wireReconcile, type Reconciliation } from '../../functions/reconcile/wire.ts';
import { wireStream, type StreamFunctions } from '../../functions/stream/wire.ts';
import { wireWebhooks, type Webhooks } from '../../functions/webhooks/wire.ts';
import { containerClient, queueClient, tableClient } from '../../shared/azure/clients.ts';
import { jsonLogger } from '../../shared/log.ts';
import { LakeDatabase } from '../../shared/azure/duckdb/lake-database.ts';
import { CONTAINERS, MASTER_DATA_FILES, QUEUES, ROLES, TABLES } from '../../shared/azure/names.ts';
import { readSettings } from '../../shared/settings.ts';
import { PROFILE } from '../support/ledger-fixtures.ts';
import { COMMERCE_KEY } from '../support/planted-dynamics-commerce.ts';
import { CLOVER_AUTH_CODE } from '../support/planted-clover.ts';
import { startLocalAzure, type LocalAzure } from '../support/local-azure.ts';
import {
  PLANTED_LEDGER,
  PLANTED_SOURCES,
  PUBLIC_URL,
  SHOPIFY_SECRET,
  STRIPE_SECRET,
  plantedIn,
} from '../support/planted-payloads.ts';
import { LIGHTSPEED_SECRET } from '../support/planted-lightspeed-x.ts';
import { TOAST_SECRET } from '../support/planted-toast.ts';
import { ADYEN_KEYS } from '../support/adyen-items.ts';
import type { PlantedRequest } from '../support/planted-source.ts';
import { CATALOG, NOW_MS, SECRET, SQUARE_KEY } from '../support/webhook-fixture.ts';
import { ZETTLE_KEY } from '../support/zettle-messages.ts';

const AFTER_THE_DAY = Date.parse('2026-03-05T00:00:00Z');

let azure: LocalAzure;
let webhooks: Webhooks;
let stream: StreamFunctions;
let reconciliation: Reconciliation;
let pages: ReturnType<typeof wirePages>;
let vendor: Server;
/** Everything that leaves the product but for storage: log lines, answers to senders, pages. */
const said: { readonly where: string; readonly text: string }[] = [];
const log = jsonLogger((_level, line) => void said.push({ where: 'log', text: line }));

beforeAll(async () => {
  azure = await startLocalAzure({
    secrets: {
      'webhook-tillstream': SECRET,
      'webhook-poslog': SECRET,
      'webhook-square': SQUARE_KEY,
      'square-access-token': 'token',
      'webhook-shopify': SHOPIFY_SECRET,
      'shopify-access-token': 'token',
      'webhook-stripe': STRIPE_SECRET,
      'webhook-adyen': ADYEN_KEYS[0],
      'webhook-adyen-manual-capture': ADYEN_KEYS[0],
      'webhook-toast': TOAST_SECRET,
      'webhook-lightspeed-x': LIGHTSPEED_SECRET,
      'toast-access-token': 'token',
      'stripe-access-token': 'token',
      'webhook-clover': CLOVER_AUTH_CODE,
      'clover-access-token': 'token',
      'webhook-zettle': ZETTLE_KEY,
      'webhook-dynamics-commerce': COMMERCE_KEY,
      'dynamics-commerce-app': 'token',
    },
  });
  const answers = new Map(PLANTED_SOURCES.flatMap(({ vendor: of = {} }) => Object.entries(of)));
  vendor = createServer((request, response) => {
    const answer = request.url?.endsWith('/token')
      ? { access_token: 'token', expires_in: 3600 }
      : [...answers].find(([path]) => request.url?.endsWith(path))?.[1];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve));
  await azure.putMasterData(MASTER_DATA_FILES.stores, { stores: [...CATALOG.stores.values()] });
  await azure.putMasterData(MASTER_DATA_FILES.products, { products: [...CATALOG.products.values()] });
  await azure.putMasterData(MASTER_DATA_FILES.postingProfile, PROFILE);
  await azure.putMasterData(MASTER_DATA_FILES.alertRoutes, { routes: [] });
  const { port } = vendor.address() as AddressInfo;
  const settings = readSettings({
    ...azure.env,
    Webhooks__publicUrl: PUBLIC_URL,
    Square__apiUrl: `http://127.0.0.1:${port}`,
    Shopify__apiUrl: `http://127.0.0.1:${port}`,
    Stripe__apiUrl: `http://127.0.0.1:${port}`,
    Clover__apiUrl: `http://127.0.0.1:${port}`,
    Toast__apiUrl: `http://127.0.0.1:${port}`,
    DynamicsCommerce__apiUrl: `http://127.0.0.1:${port}`,
    DynamicsCommerce__tokenUrl: `http://127.0.0.1:${port}/token`,
  });
  webhooks = wireWebhooks(settings, () => NOW_MS, log);
  stream = wireStream(settings, Date.now, log);
  reconciliation = wireReconcile(settings, () => AFTER_THE_DAY, log);
  pages = wirePages(settings, () => AFTER_THE_DAY, log);
});

afterAll(async () => {
  await webhooks?.close();
  await reconciliation?.close();
  vendor?.close();
  await azure?.stop();
});

async function send({ source, body, headers }: PlantedRequest): Promise<void> {
  const answer = await webhooks.receive(
    { source, header: (name) => headers[name], body: () => Promise.resolve(body) },
    log,
  );
  // A signature that does not fit would make this test pass in silence.
  expect([401, 404, 415, 503]).not.toContain(answer.status);
  said.push({ where: `answer to ${source}`, text: answer.body });
}

/** Every message of a queue goes to `work`; one that fails is left out, as its poison queue would take it. */
async function drain(queue: string, work: (text: string) => Promise<void>): Promise<void> {
  const client = queueClient(azure.settings.state, queue);
  for (;;) {
    const { receivedMessageItems } = await client.receiveMessages({ numberOfMessages: 32 });
    if (receivedMessageItems.length === 0) return;
    for (const { messageId, popReceipt, messageText } of receivedMessageItems) {
      await work(Buffer.from(messageText, 'base64').toString('utf8'));
      await client.deleteMessage(messageId, popReceipt);
    }
  }
}

async function* everythingStored(): AsyncGenerator<{ where: string; text: string }> {
  const { state } = azure.settings;
  for (const { event, partitionKey, properties } of await azure.hubEvents())
    yield { where: `hub ${event.eventId}`, text: JSON.stringify({ event, partitionKey, properties }) };
  for (const container of Object.values(CONTAINERS)) {
    // What a company puts there itself is not ours to change.
    if (container === CONTAINERS.masterData || container === CONTAINERS.ledger) continue;
    for (const [name, content] of await azure.blobs(container)) {
      const bytes = name.endsWith('.parquet')
        ? Buffer.from(await parquetText(content))
        : content[0] === 0x1f && content[1] === 0x8b
          ? gunzipSync(content)
          : content;
      yield { where: `${container}/${name}`, text: `${decodeURIComponent(name)} ${bytes.toString('utf8')}` };
    }
  }
  for (const table of Object.values(TABLES))
    for await (const entity of tableClient(state, table).listEntities())
      yield {
        where: `table ${table} ${String(entity.partitionKey)} ${String(entity.rowKey)}`,
        text: JSON.stringify(entity),
      };
  for (const queue of Object.values(QUEUES)) {
    const { peekedMessageItems } = await queueClient(state, queue).peekMessages({ numberOfMessages: 32 });
    for (const { messageText } of peekedMessageItems)
      yield { where: `queue ${queue}`, text: Buffer.from(messageText, 'base64').toString('utf8') };
  }
}

/** Every value of a Parquet file: what is compressed must be searched too. */
async function parquetText(content: Buffer): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'private-data-'));
  const db = await LakeDatabase.open({ folder: join(folder, 'db'), memoryMib: 128, threads: 1 });
  try {
    const file = join(folder, 'some.parquet');
    writeFileSync(file, content);
    const rows = await db.all(`select to_json(r)::varchar from read_parquet('${file}') r`);
    return rows.join('\n');
  } finally {
    await db.close();
    rmSync(folder, { recursive: true });
  }
}

/** Where planted data was found, and what. */
async function found(): Promise<string[]> {
  const places: string[] = [];
  const look = ({ where, text }: { where: string; text: string }): void => {
    for (const secret of plantedIn(text)) places.push(`${secret} in ${where}: ${text.slice(0, 300)}`);
  };
  for await (const place of everythingStored()) look(place);
  said.forEach(look);
  return places;
}

async function openPages(): Promise<void> {
  const claims = Object.values(ROLES).map((val) => ({ typ: 'roles', val }));
  const principal = Buffer.from(JSON.stringify({ auth_typ: 'aad', claims })).toString('base64');
  for (const path of [
    '/',
    '/finance',
    '/finance/2026-03-02',
    '/finance/2026-03-02/report.csv',
    '/operations',
  ]) {
    const { status, body } = await pages(
      {
        method: 'GET',
        path,
        address: path,
        query: () => undefined,
        header: () => undefined,
        body: () => Promise.resolve(''),
        principal,
      },
      log,
    );
    expect([path, status]).toEqual([path, 200]);
    said.push({ where: `page ${path}`, text: Buffer.from(body).toString('utf8') });
  }
}

test('P6 no card data, no names: planted in every text of every source, none is kept or said anywhere', async () => {
  const requests = PLANTED_SOURCES.flatMap((source) => source.requests(NOW_MS));
  // The planting itself can be found, in every request.
  for (const { body } of requests) expect(plantedIn(body.toString('utf8'))).not.toEqual([]);

  for (const request of requests) await send(request);
  await azure.stopHub();
  for (const request of requests) await send(request);
  expect((await azure.blobs(CONTAINERS.deadLetters)).size).toBeGreaterThan(10);
  await azure.startHub();
  // While it waits in the spill queue.
  expect(await found()).toEqual([]);
  await drain(QUEUES.spill, (text) => webhooks.republish(text, log));
  await drain(QUEUES.hydrate, (text) => webhooks.hydrate(text, log));
  // The circuit to the hub may still be open, so that what was asked for went to the spill queue as well.
  await drain(QUEUES.spill, (text) => webhooks.republish(text, log));

  const messages = (await azure.hubEvents()).map(({ event, partition, sequenceNumber }) => ({
    body: Buffer.from(JSON.stringify(event)),
    hubPartition: partition,
    hubSequenceNumber: sequenceNumber,
  }));
  await stream.stock(messages);
  await stream.tills(messages);
  await stream.sweep();
  await drain(QUEUES.alerts, (text) => stream.notify(text));

  await containerClient(azure.settings.state, CONTAINERS.ledger)
    .getBlockBlobClient('planted.csv')
    .upload(PLANTED_LEDGER, Buffer.byteLength(PLANTED_LEDGER));
  await reconciliation.land(log);
  await reconciliation.plan(log);
  await drain(QUEUES.compact, (text) => reconciliation.compact(JSON.parse(text), log));
  await drain(QUEUES.reconcile, (text) => reconciliation.reconcile(JSON.parse(text), log));
  await openPages();

  // Each source was accepted and rejected, or nothing was searched.
  const letters = [...(await azure.blobs(CONTAINERS.deadLetters)).values()].map((letter) =>
    letter.toString('utf8'),
  );
  for (const { source } of PLANTED_SOURCES) {
    expect(messages.filter(({ body }) => body.includes(`"source":"${source}"`)).length).toBeGreaterThan(1);
    expect(letters.filter((letter) => letter.includes(`"source": "${source}"`)).length).toBeGreaterThan(1);
  }
  // Something came of it all: the operator's pseudonym is in an alert, and the ledger's reference in a report.
  const everything: { where: string; text: string }[] = [];
  for await (const place of everythingStored()) everything.push(place);
  expect(
    everything.some(({ where, text }) => where.startsWith('table alerts') && /op-[\w-]{14}/.test(text)),
  ).toBe(true);
  expect(
    everything.some(({ where, text }) => where.startsWith('reports/') && /R-card-[\w-]{11}/.test(text)),
  ).toBe(true);
  expect(
    everything.some(({ where, text }) => where.startsWith('lake/days/') && text.includes('document_id')),
  ).toBe(true);
  expect(await found()).toEqual([]);
}, 120_000);
