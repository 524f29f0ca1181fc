/** What a person on call can do, on the real Azurite and the real hub endpoint. */
import { wireReconcile } from '../../functions/reconcile/wire.ts';
import { wireStream } from '../../functions/stream/wire.ts';
import { settingsOfApp } from '../../infra/operate/azure-settings.ts';
import { listLetters, rebuildTable, replayLetters, type OperateParts } from '../../infra/operate/commands.ts';
import { containerClient, tableClient } from '../../shared/azure/clients.ts';
import { blobDeadLetters } from '../../shared/azure/dead-letters.ts';
import { landedLine } from '../../shared/pos/landing-line.ts';
import type { Logger } from '../../shared/log.ts';
import { CONTAINERS, TABLES } from '../../shared/azure/names.ts';
import { rawBlobName, rawBlobs } from '../../shared/azure/landing/raw-blobs.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { startLocalAzure, type LocalAzure } from '../support/local-azure.ts';
import { toInstant } from '../../shared/time.ts';
import {
  atHour,
  BERLIN,
  busyDay,
  drawerOf,
  PRODUCTS,
  stockOf,
  transactionOf,
} from '../support/stream-events.ts';

const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const NOW_MS = Date.parse('2026-03-02T12:00:00.000Z');

let azure: LocalAzure;
let said: string[];
let parts: OperateParts;

beforeAll(async () => {
  azure = await startLocalAzure();
  await azure.putMasterData('stores.json', { stores: [BERLIN] });
  await azure.putMasterData('products.json', { products: [...PRODUCTS.values()] });
});
afterAll(async () => {
  await azure.stop();
});
beforeEach(() => {
  said = [];
  parts = { settings: azure.settings, clock: () => NOW_MS, log: silent, say: (line) => void said.push(line) };
});

async function rowsOf(table: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const { etag: _etag, timestamp: _timestamp, ...row } of tableClient(
    azure.settings.state,
    table,
  ).listEntities()) {
    rows.push(row);
  }
  return rows;
}

async function empty(table: string): Promise<void> {
  const client = tableClient(azure.settings.state, table);
  for await (const { partitionKey = '', rowKey = '' } of client.listEntities())
    await client.deleteEntity(partitionKey, rowKey);
}

test('P7 replay is the same: a table that was lost is built again from the raw landing, row by row', async () => {
  // Some that only one of the two consumers has to do with, older than what is remembered: no doubt for the other.
  const late = 40 * 24;
  const events: PosEvent[] = [
    drawerOf(atHour(0), 'noSale'),
    ...busyDay('S1', 40),
    drawerOf(atHour(9), 'noSale'),
    transactionOf(atHour(late)),
    drawerOf(atHour(1), 'noSale', 0, { receivedAt: toInstant(atHour(late)) }),
    stockOf(atHour(1), 'count', 9_000, 'P1', { receivedAt: toInstant(atHour(late)) }),
  ];
  const messages = events.map((event, index) => ({
    body: Buffer.from(JSON.stringify(event)),
    hubPartition: '0',
    hubSequenceNumber: index,
    enqueuedAtMs: NOW_MS + 250 * index,
  }));
  await wireStream(azure.settings, () => NOW_MS, silent).tills(messages);
  await wireStream(azure.settings, () => NOW_MS, silent).stock(messages);
  const lettersBefore = [...(await azure.blobs(CONTAINERS.deadLetters)).entries()];
  expect(lettersBefore.length).toBeGreaterThan(0);
  const lines = messages.map(
    ({ body, hubSequenceNumber, enqueuedAtMs }) =>
      landedLine('0', { sequenceNumber: hubSequenceNumber, enqueuedAt: toInstant(enqueuedAtMs), body }).line,
  );
  await rawBlobs(containerClient(azure.settings.raw, CONTAINERS.raw)).create(
    rawBlobName('0', '20260302T000000000Z', 0),
    lines,
  );

  for (const name of ['tills', 'stock'] as const) {
    const before = await rowsOf(TABLES[name]);
    expect(before.length).toBeGreaterThan(0);
    await expect(rebuildTable(parts, name)).rejects.toMatchObject({ code: 'table-not-empty' });
    await empty(TABLES[name]);
    await expect(rebuildTable(parts, name)).resolves.toBe(events.length);
    expect(await rowsOf(TABLES[name])).toEqual(before);
  }
  expect([...(await azure.blobs(CONTAINERS.deadLetters)).entries()]).toEqual(lettersBefore);
  const letters = containerClient(azure.settings.state, CONTAINERS.deadLetters);
  for (const [letter] of lettersBefore) await letters.deleteBlob(letter);
});

test('a dead letter is replayed to the hub and moved away; one without a target stays and is reported', async () => {
  const letters = blobDeadLetters(containerClient(azure.settings.state, CONTAINERS.deadLetters));
  const event = transactionOf(atHour(13));
  const letter = {
    stage: 'stock',
    code: 'fold',
    message: 'for the test',
    diedAt: '2026-03-02T12:00:00.000Z',
  };
  await letters.bury({
    ...letter,
    deadLetterId: 'good',
    storeId: event.storeId,
    payload: JSON.stringify(event),
    replay: { to: 'hub' },
  });
  await letters.bury({ ...letter, deadLetterId: 'stuck', payload: '', replay: { to: 'nowhere' } });
  const doubtful = transactionOf(atHour(14));
  await letters.bury({
    ...letter,
    code: 'too-old',
    deadLetterId: 'doubtful',
    storeId: doubtful.storeId,
    payload: JSON.stringify(doubtful),
    replay: { to: 'hub' },
  });

  await listLetters(parts, { limit: 10 });
  expect(said.join('\n')).toMatch(/3 {2}stock[\s\S]*stock\/good\.json/);

  const wired = wireReconcile(azure.settings, () => NOW_MS, silent);
  try {
    const result = await replayLetters(parts, wired.letterDeeds.replay, {
      names: ['stock/gone.json'],
      stage: 'stock',
    });
    expect(result).toEqual({ replayed: 1, left: 3 });
    expect(said.join('\n')).toContain('left      stock/doubtful.json: too-old is for a person to decide');
    // Naming it is the decision.
    const named = await replayLetters(parts, wired.letterDeeds.replay, { names: ['stock/doubtful.json'] });
    expect(named).toEqual({ replayed: 1, left: 0 });
  } finally {
    await wired.close();
  }
  expect((await azure.hubEvents()).map((one) => one.event.eventId)).toEqual([
    event.eventId,
    doubtful.eventId,
  ]);
  expect([...(await azure.blobs(CONTAINERS.deadLetters)).keys()].sort()).toEqual([
    'replayed/stock/doubtful.json',
    'replayed/stock/good.json',
    'stock/stuck.json',
  ]);
});

test('settings of an app become those of a person: the same services, without the identity of the app', () => {
  const listing = JSON.stringify([
    { name: 'PosEvents__fullyQualifiedNamespace', value: 'hub.servicebus.windows.net' },
    { name: 'PosEvents__clientId', value: 'app' },
    { name: 'PosEvents__credential', value: 'managedidentity' },
    { name: 'State__blobServiceUri', value: 'https://state.blob.core.windows.net/' },
    { name: 'State__clientId', value: 'app' },
    { name: 'KeyVault__uri', value: 'https://vault.vault.azure.net/' },
    { name: 'Webhooks__publicUrl', value: 'https://till.example' },
    { name: 'AzureWebJobs.finance.Disabled', value: 'true' },
  ]);
  const settings = settingsOfApp(listing);
  expect(settings.posEvents).toEqual({
    kind: 'identity',
    fullyQualifiedNamespace: 'hub.servicebus.windows.net',
    clientId: undefined,
  });
  expect(settings.state).toMatchObject({ kind: 'identity', clientId: undefined });
  expect(() => settingsOfApp('{}')).toThrow('az functionapp config appsettings list');
  expect(() => settingsOfApp('not JSON')).toThrow('not JSON');
});
