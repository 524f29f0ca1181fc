/**
 * Formats of what waits between two functions: alerts in outbox and queue, spilled events, messages, dead letters, rows of
 * the table `days`. Two versions run side by side during a deployment, so each is tried both ways: this version reads
 * what the first format has, which is stored in the fixture, and writes what a reader of the first format takes.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TableClient } from '@azure/data-tables';
import type { BlockBlobUploadOptions, ContainerClient } from '@azure/storage-blob';
import type { QueueClient } from '@azure/storage-queue';
import { z } from 'zod';
import { createReconcile } from '../../functions/reconcile/matching/reconcile.ts';
import type { Alert } from '../../shared/alerts/alert.ts';
import type { Route } from '../../shared/alerts/channels/channel.ts';
import { tableAlertLog } from '../../shared/azure/alert-log.ts';
import { blobDeadLetters } from '../../shared/azure/dead-letters.ts';
import { blobDeadLetterStore } from '../../shared/azure/dead-letter-store.ts';
import { tableDays } from '../../shared/azure/days/table-days.ts';
import { queueSpill } from '../../shared/azure/hub/spill.ts';
import { hydrateQueue, parseHydrateMessage } from '../../shared/azure/hydrate-queue.ts';
import { tableOutbox } from '../../shared/azure/state/outbox.ts';
import { businessDate, eventId, storeId } from '../../shared/ids.ts';
import { currency } from '../../shared/money.ts';
import type { DeadLetter } from '../../shared/pos/dead-letter.ts';
import { publishable } from '../../shared/pos/publishable.ts';
import { notifier } from '../support/alerts.ts';
import { sale } from '../support/ledger-fixtures.ts';
import { memoryTable } from '../support/memory-table.ts';
import { reconcileWorld } from '../support/reconcile-world.ts';
import { atHour, busyDay, closedOf, drawerOf, openedOf, positioned } from '../support/stream-events.ts';
import { silentLog, stockInstance, tillInstance } from '../support/stream-fixture.ts';

type JsonObject = Record<string, unknown>;
const first = JSON.parse(readFileSync(join(__dirname, '../fixtures/stored-format-1.json'), 'utf8')) as Record<
  'alert' | 'outboxRow' | 'spill' | 'hydrate' | 'reconcile' | 'deadLetter',
  JsonObject
> & {
  days: { partitionKey: string; rowKey: string; [name: string]: unknown }[];
};

/** A reader of the first format: it refuses whatever field it does not know, and a field of another type. */
function firstReader(example: unknown): z.ZodType {
  if (Array.isArray(example)) return z.array(example.length === 0 ? z.never() : firstReader(example[0]));
  if (typeof example === 'object' && example !== null)
    return z.strictObject(
      Object.fromEntries(
        Object.entries(example).map(([name, value]) => [name, firstReader(value).optional()]),
      ),
    );
  return z.custom((value) => typeof value === typeof example);
}

function memoryQueue() {
  const texts: string[] = [];
  const client = {
    name: 'queue',
    sendMessage: (text: string) => {
      texts.push(Buffer.from(text, 'base64').toString('utf8'));
      return Promise.resolve();
    },
  } as unknown as QueueClient;
  return { client, texts };
}

const saleOn = (date: string) =>
  sale(`on ${date}`, 700, {
    storeId: storeId('S1'),
    eventId: eventId(`tillstream:${date}`),
    businessDate: businessDate(date),
  });

const restError = (statusCode: number): Error => Object.assign(new Error(), { statusCode });

function memoryBlobs() {
  const blobs = new Map<string, Buffer>();
  const blob = (name: string) => ({
    upload: (content: string | Buffer, _bytes: number, options?: BlockBlobUploadOptions) => {
      if (options?.conditions?.ifNoneMatch === '*' && blobs.has(name)) throw restError(409);
      blobs.set(name, Buffer.from(content));
      return Promise.resolve({});
    },
    downloadToBuffer: () => {
      const content = blobs.get(name);
      return content ? Promise.resolve(content) : Promise.reject(restError(404));
    },
    getProperties: () =>
      blobs.has(name)
        ? Promise.resolve({ etag: 'e', createdOn: new Date('2026-03-02T10:00:00Z') })
        : Promise.reject(restError(404)),
    setMetadata: () => Promise.resolve({}),
    deleteIfExists: () => Promise.resolve(blobs.delete(name)),
  });
  const client = { getBlockBlobClient: blob, getBlobClient: blob } as unknown as ContainerClient;
  return { client, blobs };
}

const ROUTE: Route = { name: 'ops', channel: 'webhook', url: 'https://ops.example/alerts' } as never;

describe('alerts', () => {
  test('those of the first format leave the outbox of this version, and arrive', async () => {
    const table = memoryTable();
    await table.client.submitTransaction([['upsert', first.outboxRow as never, 'Replace']]);
    await table.client.upsertEntity({ partitionKey: 'registry', rowKey: 'store-S1' });
    const queue = memoryQueue();
    expect(await tableOutbox(table.client, queue.client).sweep()).toBe(1);
    expect(queue.texts.map((text) => JSON.parse(text) as unknown)).toEqual([first.alert]);
    const { notify, sent, letters } = notifier([ROUTE]);
    for (const text of queue.texts) await notify(text);
    expect(letters).toEqual([]);
    expect(JSON.stringify(sent)).toContain(first.alert['alertId']);
  });

  test('those of this version have no field and no type that a reader of the first format refuses', async () => {
    const raised: Alert[] = [];
    const onAlert = (alert: Alert): void => void raised.push(alert);
    const day = positioned([
      ...busyDay('S1', 60),
      openedOf(atHour(0), 10_000),
      ...Array.from({ length: 9 }, () => drawerOf(atHour(1), 'noSale')),
      closedOf(atHour(8), 1),
    ]);
    const tables = [memoryTable(), memoryTable()];
    await tillInstance((tables[0] as { client: TableClient }).client, { onAlert }).fold(day);
    await stockInstance((tables[1] as { client: TableClient }).client, { onAlert }).fold(day);
    expect(new Set(raised.map(({ kind }) => kind)).size).toBeGreaterThan(2);
    const reader = firstReader({ ...first.alert, productId: 'P1' });
    for (const alert of raised) reader.parse(JSON.parse(JSON.stringify(alert)));
  });

  test('one of a later format is passed on with all that it has, and arrives as far as it is known', async () => {
    const later = { ...first.alert, format: 2, kind: 'a-kind-of-later', shelf: 'A7' };
    const table = memoryTable();
    await table.client.upsertEntity({ partitionKey: 'registry', rowKey: 'store-S1' });
    await table.client.submitTransaction([
      ['upsert', { ...first.outboxRow, t0: JSON.stringify([later]) } as never, 'Replace'],
    ]);
    const queue = memoryQueue();
    await tableOutbox(table.client, queue.client).sweep();
    expect(queue.texts).toEqual([JSON.stringify(later)]);
    const { notify, sent, letters } = notifier([ROUTE]);
    await notify(queue.texts[0] ?? '');
    expect([sent.length, letters]).toEqual([1, []]);
  });

  test.each([['{}'], ['[7]'], ['{"a":'], ['null']])(
    'a damaged outbox row is an error and stays: %s',
    async (t0) => {
      const table = memoryTable();
      await table.client.upsertEntity({ partitionKey: 'registry', rowKey: 'store-S1' });
      await table.client.submitTransaction([['upsert', { ...first.outboxRow, t0 } as never, 'Replace']]);
      const queue = memoryQueue();
      await expect(tableOutbox(table.client, queue.client).sweep()).rejects.toThrow(/outbox of store S1/);
      expect([queue.texts, Object.keys(table.rows('S1'))]).toEqual([[], ['outbox-0000000000']]);
    },
  );

  test('a damaged row of the alert log is shown as one, beside the others', async () => {
    const table = memoryTable();
    const log = tableAlertLog(table.client);
    const alert = first.alert as unknown as Alert;
    await log.record(alert);
    await table.client.createEntity({
      partitionKey: '2026-03-02',
      rowKey: 'alert_x',
      storeId: 'S9',
      t0: '{}',
    });
    const listed = await log.list(businessDate('2026-03-02'));
    expect(listed.map(({ alert: { kind, storeId: store } }) => [kind, store])).toEqual([
      ['cash-over-short', 'S1'],
      ['unreadable-alert', 'S9'],
    ]);
  });
});

describe('messages', () => {
  const event = publishable(drawerOf(atHour(1), 'noSale'));

  const options = { clock: () => 0, instance: 'i' };
  const eventsOf = async (spill: ReturnType<typeof queueSpill>, text: string) => {
    const events = [];
    for await (const part of spill.parts(text)) events.push(...part.events);
    return events;
  };

  test('a spilled event of the first format is read, and postponing keeps what a later one added to it', async () => {
    const queue = memoryQueue();
    const spill = queueSpill(queue.client, memoryBlobs().client, options);
    const text = JSON.stringify(first.spill);
    expect(spill.attemptOf(text)).toBe(2);
    expect(await eventsOf(spill, text)).toMatchObject([{ storeId: 'S1', eventId: 'tillstream:e1' }]);
    await spill.postpone(JSON.stringify({ ...first.spill, since: '2026-03-02' }));
    expect(JSON.parse(queue.texts[0] ?? '')).toEqual({ ...first.spill, since: '2026-03-02', attempt: 3 });
  });

  test('what this version spills, a reader of the first format takes', async () => {
    const queue = memoryQueue();
    const { client, blobs } = memoryBlobs();
    const large = { ...event, body: Buffer.alloc(60_000, 'x') };
    await queueSpill(queue.client, client, options).put('S1', [event, large]);
    const { events: _events, ...inMessage } = first.spill;
    const reader = firstReader({ ...inMessage, blob: 'spill/x' });
    for (const text of queue.texts) reader.parse(JSON.parse(text));
    const inBlob = firstReader(first.spill['events']);
    for (const content of blobs.values()) inBlob.parse(JSON.parse(content.toString()));
    expect([queue.texts.length, blobs.size]).toEqual([1, 1]);
  });

  test('a request to hydrate, both ways', async () => {
    const { request, tries } = parseHydrateMessage(JSON.stringify(first.hydrate));
    expect({ ...request, ...tries }).toEqual(first.hydrate);
    const queue = memoryQueue();
    await hydrateQueue(queue.client).put(request, tries);
    firstReader(first.hydrate).parse(JSON.parse(queue.texts[0] ?? ''));
    expect(parseHydrateMessage(queue.texts[0] ?? '')).toEqual({ request, tries });
  });

  test('a shard to reconcile, as it is planned', async () => {
    const world = reconcileWorld();
    await world.land([saleOn('2026-03-02')]);
    await world.plan();
    expect(world.queue.length).toBeGreaterThan(0);
    for (const message of world.queue) firstReader(first.reconcile).parse(message);
  });

  const laterOf = (message: object) => JSON.stringify({ ...message, format: 2 });
  test.each<[string, () => unknown]>([
    [
      'spilled event',
      async () =>
        eventsOf(queueSpill(memoryQueue().client, memoryBlobs().client, options), laterOf(first.spill)),
    ],
    ['request to hydrate', async () => parseHydrateMessage(await Promise.resolve(laterOf(first.hydrate)))],
    [
      'shard to reconcile',
      () => createReconcile({} as never)(JSON.parse(laterOf(first.reconcile)), silentLog),
    ],
  ])('a %s of a later format is refused, and says what to deploy', async (_what, read) => {
    await expect(read()).rejects.toThrow(/format 2, and this version reads up to 1.*replay/);
  });
});

describe('dead letters', () => {
  test('one of the first format is read and put away, and this version writes nothing that it refuses', async () => {
    const { client, blobs } = memoryBlobs();
    blobs.set('stock/1.json', Buffer.from(JSON.stringify(first.deadLetter)));
    const store = blobDeadLetterStore(client);
    expect(await store.read('stock/1.json')).toEqual(first.deadLetter);
    const letter = (await store.take('stock/1.json'))?.letter as DeadLetter;
    await blobDeadLetters(client).bury({ ...letter, deadLetterId: '2' });
    firstReader(first.deadLetter).parse(JSON.parse(String(blobs.get('stock/2.json'))));
    await store.retire('stock/1.json', 'e');
    expect([...blobs.keys()]).toEqual(['stock/2.json', 'replayed/stock/1.json']);
  });

  test.each([
    ['of a later format', JSON.stringify({ ...first.deadLetter, format: 2 }), /deploy the version/],
    ['that breaks off', '{"deadLetterId"', /not JSON/],
    ['that is none', '[]', /not a dead letter/],
  ])('one %s is shown as such, and is not replayed', async (_what, content, message) => {
    const { client, blobs } = memoryBlobs();
    blobs.set('land/1.json', Buffer.from(content));
    const store = blobDeadLetterStore(client);
    expect(await store.read('land/1.json')).toMatchObject({
      stage: 'land',
      code: 'bad-dead-letter',
      message: expect.stringMatching(message) as string,
      diedAt: '2026-03-02T10:00:00.000Z',
      replay: { to: 'nowhere' },
    });
    await expect(store.take('land/1.json')).rejects.toMatchObject({ code: 'bad-dead-letter' });
    expect(await store.read('land/2.json')).toBeUndefined();
  });
});

describe('rows of the table days', () => {
  const DATE = businessDate('2026-03-02');

  async function stored(rows: readonly { partitionKey: string; rowKey: string }[]) {
    const table = memoryTable();
    for (const row of rows) await table.client.upsertEntity(row);
    return { table, days: tableDays(table.client) };
  }
  const [blob, , , , outcome, , file, mark] = first.days as JsonObject[];

  test('those of the first format are read', async () => {
    const { days } = await stored(first.days);
    const inputs = await days.inputsOf(DATE);
    expect(inputs.blobs).toMatchObject([{ events: 2, stores: ['S1'], control: [{ grossMinor: '700' }] }]);
    expect(inputs.quarantined).toMatchObject([{ firstSequenceNumber: 9, stores: undefined }]);
    expect(inputs.gaps).toMatchObject([{ firstSequenceNumber: 4, lastSequenceNumber: 8 }]);
    expect(inputs.ledgerFiles).toMatchObject([{ name: 'gl.csv', badRows: 1, control: [{ rows: 2 }] }]);
    expect(await days.outcomeOf(DATE)).toMatchObject({ inputs: 'f1', exceptions: 3, documents: 9 });
    expect(await days.indexedLedgerFiles()).toMatchObject([{ etag: 'e1', dates: [DATE], rows: 2 }]);
    expect(await days.landingMark('0')).toMatchObject({ nextSequenceNumber: 10, lastEnqueued: 9 });
    expect(await days.dirtyDates()).toMatchObject([{ businessDate: DATE }]);
  });

  test('this version names the format, and writes every field that the first reader looks for, in its type', async () => {
    const { table, days } = await stored([]);
    const place = { partition: '0', generation: '20260301T000000000Z', firstSequenceNumber: 0 };
    const count = { storeId: storeId('S1'), currency: currency('EUR'), transactions: 1, grossMinor: '700' };
    const raw = { ...place, name: 'raw/0.ndjson.gz', events: 2, stores: ['S1'], control: [count] };
    await days.addBlob(DATE, raw);
    await days.addQuarantined(DATE, { ...raw, firstSequenceNumber: 9, stores: undefined });
    await days.addGap(DATE, { ...place, firstSequenceNumber: 4, lastSequenceNumber: 8 });
    await days.markDirty([DATE]);
    const { balances, ...rest } = outcome as unknown as { balances: string };
    await days.putOutcome({ ...rest, balances, giftCards: '[]' } as never);
    await days.moveLandingMark({ ...place, nextSequenceNumber: 10, lastEnqueued: 9, etag: undefined });
    for (const expected of first.days) {
      const written = table.rows(expected.partitionKey)[expected.rowKey] as JsonObject | undefined;
      if (expected.rowKey.startsWith('ledger ') || expected.partitionKey === '~ledger') continue;
      expect(written?.['format']).toBe(1);
      for (const [name, value] of Object.entries(expected))
        expect([expected.rowKey, name, typeof written?.[name]]).toEqual([
          expected.rowKey,
          name,
          typeof value,
        ]);
    }
  });

  test('a later version’s row is read as far as it is known', async () => {
    const { days } = await stored(first.days.map((row) => ({ ...row, format: 9, more: 'x' })));
    expect((await days.inputsOf(DATE)).blobs).toHaveLength(1);
    expect(await days.outcomeOf(DATE)).toMatchObject({ exceptions: 3, proofHolds: true });
  });

  test.each([
    ['events', undefined],
    ['events', 'x'],
    ['firstSequenceNumber', 1.5],
    ['name', undefined],
    ['stores', '{"a"'],
    ['t0', '{}'],
  ])('a raw blob whose %s is %s is an error that names its row, and leaves no NaN', async (name, value) => {
    const { days } = await stored([{ ...blob, [name]: value } as never]);
    await expect(days.inputsOf(DATE)).rejects.toMatchObject({
      code: 'days-row',
      message: expect.stringContaining('2026-03-02 / blob 0') as string,
    });
  });

  test('a damaged outcome leaves its day unproved and due again; the other days keep theirs', async () => {
    const { exceptions: _gone, ...damaged } = outcome as JsonObject;
    const { days } = await stored([
      damaged as never,
      { ...outcome, rowKey: '2026-03-03', businessDate: '2026-03-03' } as never,
    ]);
    expect(await days.outcomes()).toMatchObject([
      { businessDate: '2026-03-02', proofHolds: false, inputs: '', uncovered: 1 },
      { businessDate: '2026-03-03', proofHolds: true, inputs: 'f1' },
    ]);
  });

  test('a ledger file whose figures are damaged counts as changed, and keeps its dates', async () => {
    const { days } = await stored([{ ...file, rows: undefined } as never]);
    expect(await days.indexedLedgerFiles()).toMatchObject([{ name: 'gl.csv', etag: '', dates: [DATE] }]);
  });

  test('landing does not go on from a damaged mark', async () => {
    const { days } = await stored([{ ...mark, nextSequenceNumber: undefined } as never]);
    await expect(days.landingMark('0')).rejects.toMatchObject({ code: 'days-row' });
  });
});

test('P9 no record stops the rest: a damaged row costs its own date, which stays marked and is logged', async () => {
  const world = reconcileWorld();
  await world.land([saleOn('2026-03-02')]);
  await world.land([saleOn('2026-03-06')], '2026-03-06T12:00:00.000Z');
  const [rowKey] = Object.keys(world.table.rows('2026-03-02'));
  await world.table.client.upsertEntity({ partitionKey: '2026-03-02', rowKey: rowKey ?? '' });
  expect(await world.plan()).toEqual(['2026-03-06']);
  expect(world.errors).toEqual(['A date cannot be planned']);
  expect((await world.dirty()).sort()).toEqual(['2026-03-02', '2026-03-06']);
});
