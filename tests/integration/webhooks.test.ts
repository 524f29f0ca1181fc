import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { forkChild } from '../../infra/kit/child.ts';
import { queueClient } from '../../shared/azure/clients.ts';
import { jsonLogger } from '../../shared/log.ts';
import { CONTAINERS, MASTER_DATA_FILES, QUEUES } from '../../shared/azure/names.ts';
import { readSettings } from '../../shared/settings.ts';
import { wireWebhooks, type Webhooks } from '../../functions/webhooks/wire.ts';
import { PSEUDONYM_KEYS, startLocalAzure, type LocalAzure } from '../support/local-azure.ts';
import { CATALOG, SECRET, signedHeaders, wireSale } from '../support/webhook-fixture.ts';

/** The webhook on the real storage and the real Event Hubs endpoint. */
let azure: LocalAzure;
let webhooks: Webhooks;
const logLines: string[] = [];
const log = jsonLogger((_level, line) => {
  logLines.push(line);
});

beforeAll(async () => {
  azure = await startLocalAzure({
    secrets: { 'webhook-tillstream': SECRET, 'webhook-poslog': SECRET },
  });
  await azure.putMasterData(MASTER_DATA_FILES.stores, { stores: [...CATALOG.stores.values()] });
  await azure.putMasterData(MASTER_DATA_FILES.products, { products: [...CATALOG.products.values()] });
  webhooks = wireWebhooks(azure.settings, Date.now, log);
});

afterAll(async () => {
  await webhooks?.close();
  await azure?.stop();
});

function post(content: unknown, source = 'tillstream') {
  const body = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  const headers = signedHeaders(body, { source }, Date.now());
  return webhooks.receive(
    { source, header: (name) => headers[name], body: () => Promise.resolve(body) },
    log,
  );
}

let nextId = 0;
const sales = (count: number, store = 'berlin-1') =>
  Array.from({ length: count }, () => {
    nextId += 1;
    return wireSale({ id: `W-${nextId}`, storeId: store, sequenceNumber: nextId });
  });
const eventIds = async (): Promise<string[]> => (await azure.hubEvents()).map(({ event }) => event.eventId);

async function spilledMessages(): Promise<number> {
  const queue = queueClient(azure.settings.state, QUEUES.spill);
  return (await queue.getProperties()).approximateMessagesCount ?? 0;
}

/** Does what the queue trigger does, until the queue is empty. */
async function republishAll(): Promise<void> {
  const queue = queueClient(azure.settings.state, QUEUES.spill);
  const deadline = Date.now() + 60_000;
  while ((await spilledMessages()) > 0) {
    if (Date.now() > deadline) throw new Error('The spill queue does not empty');
    const { receivedMessageItems } = await queue.receiveMessages({
      numberOfMessages: 8,
      visibilityTimeout: 30,
    });
    for (const { messageId, popReceipt, messageText } of receivedMessageItems) {
      await webhooks.republish(Buffer.from(messageText, 'base64').toString('utf8'), log);
      await queue.deleteMessage(messageId, popReceipt);
    }
    if (receivedMessageItems.length === 0) await new Promise((done) => setTimeout(done, 200));
  }
}

test('a batch arrives in the hub in order, with its store as key and its properties', async () => {
  const batch = sales(50);
  expect(await post({ events: batch })).toMatchObject({ status: 200 });
  const found = (await azure.hubEvents()).filter(({ event }) => event.storeId === 'berlin-1');
  expect(found.map(({ event }) => event.eventId)).toEqual(batch.map(({ id }) => `tillstream:${String(id)}`));
  expect(new Set(found.map(({ partition }) => partition)).size).toBe(1);
  expect(found[0]).toMatchObject({
    partitionKey: 'berlin-1',
    properties: {
      eventId: found[0]?.event.eventId,
      kind: 'transaction',
      traceparent: found[0]?.event.traceparent,
    },
  });
});

test('P4 order per store: concurrent webhooks keep the order in which each store sent', async () => {
  const stores = ['s-1', 's-2', 's-3'];
  const sent = new Map<string, string[]>(stores.map((store) => [store, []]));
  await Promise.all(
    stores.map(async (store) => {
      for (let round = 0; round < 10; round += 1) {
        const events = sales(5, store);
        sent.get(store)?.push(...events.map(({ id }) => `tillstream:${String(id)}`));
        expect(await post({ events })).toMatchObject({ status: 200 });
      }
    }),
  );
  const found = await azure.hubEvents();
  for (const store of stores) {
    const ofStore = found.filter(({ event }) => event.storeId === store).map(({ event }) => event.eventId);
    expect(ofStore).toEqual(sent.get(store));
  }
});

test('P1 acknowledged means durable: the hub goes away, events spill, and come back', async () => {
  await azure.stopHub();
  const small = sales(3);
  const tall = wireSale({
    id: 'tall',
    lines: Array.from({ length: 1500 }, (_, index) => ({
      ...(wireSale()['lines'] as object[])[0],
      lineNumber: index + 1,
    })),
  });
  const started = Date.now();
  expect(await post({ events: [...small, tall] })).toMatchObject({ status: 200 });
  // The till waits two seconds; storage on a busy machine may take its time.
  expect(Date.now() - started).toBeLessThan(10_000);
  for (let round = 0; round < 4; round += 1) expect(await post(sales(1)[0])).toMatchObject({ status: 200 });
  const last = JSON.parse(logLines.at(-1) ?? '{}') as Record<string, unknown>;
  expect(last).toMatchObject({ spilled: 1, published: 0, spillReason: 'spilled-before' });
  expect(await spilledMessages()).toBe(5);
  await azure.startHub();
  await republishAll();
  const ids = await eventIds();
  for (const { id } of [...small, tall])
    expect(ids.some((found) => found === `tillstream:${String(id)}`)).toBe(true);
  // P4: in the order in which they came.
  const spilled = ids.slice(ids.indexOf(`tillstream:${String(small[0]?.['id'])}`));
  const numbers = [...new Set(spilled)].map((id) => Number(id.replace('tillstream:W-', '')));
  const known = numbers.filter((number) => !Number.isNaN(number));
  expect(known).toEqual([...known].sort((left, right) => left - right));
  expect(
    [...(await azure.blobs(CONTAINERS.deadLetters)).keys()].filter((name) =>
      /^spill\/.*\/.*\.json$/.test(name),
    ),
  ).toEqual([]);
});

test('P1 acknowledged means durable: while the hub stays away, a spilled message is put back, not given up', async () => {
  await azure.stopHub();
  const [sale] = sales(1);
  const other = wireWebhooks(azure.settings, Date.now, log);
  try {
    const body = Buffer.from(JSON.stringify(sale));
    const headers = signedHeaders(body, {}, Date.now());
    const request = {
      source: 'tillstream',
      header: (name: string) => headers[name],
      body: () => Promise.resolve(body),
    };
    expect(await other.receive(request, log)).toMatchObject({ status: 200 });
    const queue = queueClient(azure.settings.state, QUEUES.spill);
    const [message] = (await queue.receiveMessages({ visibilityTimeout: 60 })).receivedMessageItems;
    if (!message) throw new Error('nothing was spilled');
    await other.republish(Buffer.from(message.messageText, 'base64').toString('utf8'), log);
    await queue.deleteMessage(message.messageId, message.popReceipt);
    expect(JSON.parse(logLines.at(-1) ?? '{}')).toMatchObject({ message: 'republish postponed', attempt: 0 });
    expect(await spilledMessages()).toBe(1);
  } finally {
    await azure.startHub();
    await other.close();
  }
  await republishAll();
  expect(await eventIds()).toContain(`tillstream:${String(sale?.['id'])}`);
});

test('P1 acknowledged means durable: killed right after the 2xx, nothing is lost', async () => {
  const acknowledged: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    const child = await forkChild<{ ready: true; port: number }>(
      resolve(__dirname, '../fixtures/webhook-server.ts'),
      [],
      { ...process.env, ...azure.env },
      { name: 'The webhook', execArgv: ['--import', 'tsx'] },
    );
    const gone = new Promise((done) => child.process.once('close', done));
    const sendUntilKilled = async () => {
      for (let sent = 0; sent < 200; sent += 1) {
        const [sale] = sales(1);
        const body = Buffer.from(JSON.stringify(sale));
        try {
          const answer = await fetch(`http://127.0.0.1:${child.ready.port}/webhooks/tillstream`, {
            method: 'POST',
            headers: signedHeaders(body, {}, Date.now()),
            body,
          });
          if (answer.status === 200) acknowledged.push(`tillstream:${String(sale?.['id'])}`);
        } catch {
          return;
        }
        if (acknowledged.length >= (round + 1) * 40) child.kill();
      }
    };
    await Promise.all(Array.from({ length: 8 }, sendUntilKilled));
    await gone;
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(120);
  await republishAll();
  const ids = new Set<string>(await eventIds());
  expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
});

test('P6 no card data, no names: none is in hub, spill queue, dead letters or log', async () => {
  const planted = (id: string) => ({
    ...wireSale({
      id,
      customerId: 'CUST-0815',
      customer: { firstName: 'Erika' },
      cardholder: 'E. MUSTERMANN',
    }),
    receiptNumber: '4111 1111 1111 1111',
    tenders: [
      {
        type: 'card',
        amountMinor: 119,
        label: 'VISA 4111111111111111 erika@mustermann.example',
        cvv: 'check-737',
      },
    ],
  });
  const body = {
    events: [planted('planted-1'), { ...planted('planted-2'), currency: 'nope', kunde: 'Mustermann' }],
  };
  expect(await post(body)).toMatchObject({ status: 200 });
  await azure.stopHub();
  const other = wireWebhooks(azure.settings, Date.now, log);
  try {
    const bytes = Buffer.from(JSON.stringify(planted('planted-3')));
    const headers = signedHeaders(bytes, {}, Date.now());
    const request = {
      source: 'tillstream',
      header: (name: string) => headers[name],
      body: () => Promise.resolve(bytes),
    };
    expect(await other.receive(request, log)).toMatchObject({ status: 200 });
  } finally {
    await other.close();
  }
  const spilled = [...(await azure.blobs(CONTAINERS.deadLetters))]
    .filter(([name]) => name.startsWith('spill/'))
    .map(([, content]) => content.toString('utf8'));
  expect(spilled.join()).toContain('planted-3');
  await azure.startHub();
  await republishAll();
  const hub = await azure.hubEvents();
  expect(hub.map(({ event }) => event.eventId)).toEqual(
    expect.arrayContaining(['tillstream:planted-1', 'tillstream:planted-3']),
  );
  const letters = [...(await azure.blobs(CONTAINERS.deadLetters)).values()].map((blob) =>
    blob.toString('utf8'),
  );
  expect(letters.join()).toContain('planted-2');
  const everything = JSON.stringify([hub, spilled, letters, logLines]);
  expect(/erika|mustermann|CUST-0815|check-737|4111.?1111.?1111/i.exec(everything)?.[0]).toBeUndefined();
});

test('a secret is rotated without a restart', async () => {
  const older = SECRET;
  const newer = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
  let nowMs = Date.now();
  const rotating = wireWebhooks(azure.settings, () => nowMs, log);
  const send = (secret: string) => {
    const bytes = Buffer.from(JSON.stringify(sales(1)[0]));
    const headers = signedHeaders(bytes, { secret }, nowMs);
    const request = {
      source: 'tillstream',
      header: (name: string) => headers[name],
      body: () => Promise.resolve(bytes),
    };
    return rotating.receive(request, log);
  };
  try {
    expect(await send(older)).toMatchObject({ status: 200 });
    expect(await send(newer)).toMatchObject({ status: 401 });
    const secrets = { ...PSEUDONYM_KEYS, 'webhook-tillstream': [newer, older] };
    await writeFile(azure.env['Secrets__file'] ?? '', JSON.stringify(secrets));
    nowMs += 61_000;
    const deadline = Date.now() + 10_000;
    while ((await send(newer)).status !== 200) {
      if (Date.now() > deadline) throw new Error('not refreshed');
      await new Promise((done) => setTimeout(done, 20));
    }
    expect(await send(older)).toMatchObject({ status: 200 });
  } finally {
    await rotating.close();
  }
});

test('health says what is reachable, and nothing secret', async () => {
  const answer = await webhooks.health();
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toEqual({
    status: 'healthy',
    checks: { hub: 'reachable', spillQueue: 'reachable', masterData: 'reachable', secrets: 'reachable' },
    hubCircuit: 'closed',
  });
  const settings = readSettings({ ...azure.env, State: azure.env['State']?.replace(/:\d+\/dev/g, ':1/dev') });
  const cut = wireWebhooks(settings, Date.now, log);
  try {
    const degraded = await cut.health();
    expect(degraded.status).toBe(503);
    expect(JSON.parse(degraded.body)).toMatchObject({ status: 'unavailable', checks: { hub: 'reachable' } });
    expect(degraded.body).not.toMatch(/127\.0\.0\.1|AccountKey|whsec/);
  } finally {
    await cut.close();
  }
});
