import { MAX_QUANTITY_MILLI } from '../../shared/pos/event.ts';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSendWebhook } from '../../functions/stream/send-webhook.ts';
import { createStream } from '../../functions/stream/stream.ts';
import { stockFold, stockShape, tillFold, tillShape } from '../../functions/stream/folds.ts';
import { newPosition } from '../../shared/stock/position.ts';
import { productId } from '../../shared/ids.ts';
import { storeStates } from '../../shared/azure/state/store-state.ts';
import { PermanentError, TransientError } from '../../shared/errors.ts';
import { deadLetterSchema, type DeadLetter } from '../../shared/pos/dead-letter.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { alertOf } from '../support/alerts.ts';
import { memoryTable } from '../support/memory-table.ts';
import { atHour, openedOf, drawerOf, positioned, stockOf, transactionOf } from '../support/stream-events.ts';
import { CATALOG, silentLog, stockInstance, tillInstance } from '../support/stream-fixture.ts';

const messages = (bodies: readonly (PosEvent | string)[], from = 0) =>
  bodies.map((body, index) => ({
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    hubPartition: '3',
    hubSequenceNumber: from + index,
  }));

function stockStream() {
  const table = memoryTable();
  const letters: DeadLetter[] = [];
  const stream = createStream({
    stage: 'stock',
    states: storeStates(table.client, stockShape),
    deliver: () => Promise.resolve(),
    currentFold: () => Promise.resolve(stockFold(CATALOG)),
    deadLetters: { bury: (letter) => Promise.resolve(void letters.push(deadLetterSchema.parse(letter))) },
    clock: () => atHour(20),
    log: silentLog,
  });
  return { table, letters, stream };
}

const tallyOf = (rows: Record<string, unknown>) =>
  (JSON.parse((rows['0-mark'] as { t0: string }).t0) as { tally: unknown }).tally;

test('bad messages become dead letters with a reason, and the rest of their batch takes effect', async () => {
  const { table, letters, stream } = stockStream();
  const sale = transactionOf(atHour(1));
  const newer = { ...transactionOf(atHour(1)), schemaVersion: 2 };
  await stream(
    messages([
      stockOf(atHour(0), 'count', 9_000),
      '',
      '{not json',
      JSON.stringify({ ...sale, kind: 'unheard-of' }),
      JSON.stringify(newer),
      sale,
    ]),
  );
  expect(
    letters.map(({ code, deadLetterId, replay }) => [code, deadLetterId.slice(0, 4), replay.to]),
  ).toEqual([
    ['bad-json', '3-1-', 'nowhere'],
    ['bad-json', '3-2-', 'nowhere'],
    ['schema', '3-3-', 'hub'],
    ['unknown-version', '3-4-', 'hub'],
  ]);
  expect(tallyOf(table.rows('S1'))).toEqual({ folded: 2, duplicates: 0, conflicts: 0, tooOld: 0, alerts: 0 });
});

test('an event that breaks a rule is buried alone, and its store goes on', async () => {
  const { table, letters, stream } = stockStream();
  await stream(
    messages([
      stockOf(atHour(0), 'count', 9_000),
      stockOf(atHour(1), 'delivery', MAX_QUANTITY_MILLI + 1),
      stockOf(atHour(2), 'shrink', -1_000),
    ]),
  );
  expect(letters).toMatchObject([{ code: 'schema', where: '/items/0/quantityMilli', replay: { to: 'hub' } }]);
  expect(tallyOf(table.rows('S1'))).toMatchObject({ folded: 2 });
});

test('one commit per store and batch, none for a batch that was seen, and no read while nobody interferes', async () => {
  const { table, stream } = stockStream();
  const day = [stockOf(atHour(0), 'count', 9_000), transactionOf(atHour(1)), transactionOf(atHour(2))];
  await stream(messages(day));
  await stream(messages(day));
  await stream(messages([transactionOf(atHour(3))], 3));
  expect(table.transactions).toBe(2);
});

test('a refused commit is split until the one event that cannot be stored is isolated', async () => {
  const table = memoryTable();
  const buried: string[] = [];
  const events = Array.from({ length: 20 }, (_, index) =>
    transactionOf(atHour(index / 4), [{ product: `Q${index}` }]),
  );
  const submit = table.client.submitTransaction.bind(table.client);
  table.client.submitTransaction = (actions) =>
    JSON.stringify(actions).includes('Q13')
      ? Promise.reject(Object.assign(new Error('too large'), { statusCode: 413 }))
      : submit(actions);
  const instance = stockInstance(table.client, { onBury: ({ event }) => buried.push(event.eventId) });
  await instance.fold(positioned(events));
  expect(buried).toEqual([events[13]?.eventId]);
  expect(tallyOf(table.rows('S1'))).toMatchObject({ folded: 19 });
});

test('one store in trouble does not keep the others from being stored, and the batch is given again', async () => {
  const table = memoryTable();
  const submit = table.client.submitTransaction.bind(table.client);
  let away = true;
  table.client.submitTransaction = (actions) =>
    away && actions[0]?.[1].partitionKey === 'S2'
      ? Promise.reject(Object.assign(new Error('away'), { statusCode: 503 }))
      : submit(actions);
  const instance = stockInstance(table.client);
  const ids = ['S1', 'S2', 'S3'];
  const events = positioned(ids.map((store) => transactionOf(atHour(1), [{}], { storeId: store as never })));
  await expect(instance.fold(events)).rejects.toThrow(TransientError);
  expect(Object.keys(table.rows('S2'))).toEqual([]);
  away = false;
  await instance.fold(events);
  for (const store of ids) expect(tallyOf(table.rows(store))).toMatchObject({ folded: 1 });
});

test('a basket of two thousand products is one effect, and old segments are cleared away', async () => {
  const table = memoryTable();
  const instance = stockInstance(table.client);
  const products = Array.from({ length: 2_000 }, (_, index) => ({ product: `product-${index}` }));
  await instance.fold(positioned([transactionOf(atHour(0), products)]));
  const rows = table.rows('S1');
  expect(Object.keys(rows).filter((key) => key.startsWith('bucket-'))).toHaveLength(16);
  await stockInstance(table.client).fold(positioned([transactionOf(atHour(24 * 9), products)], '0', 1));
  const later = Object.keys(table.rows('S1'));
  expect(later.filter((key) => key.startsWith('seen-'))).toHaveLength(1);
  expect(later).not.toContain('log-0000000000');
});

test('a recreated hub that counts from zero again is read on', async () => {
  const table = memoryTable();
  const instance = tillInstance(table.client);
  await instance.fold(positioned([openedOf(atHour(0)), drawerOf(atHour(1), 'noSale')], '0', 500));
  await instance.fold(positioned([drawerOf(atHour(2), 'noSale'), drawerOf(atHour(3), 'noSale')], '0', 0));
  expect(tallyOf(table.rows('S1'))).toMatchObject({ folded: 4 });
});

test('a book is read as it was stored, whatever characters it holds', async () => {
  const states = storeStates(memoryTable().client, stockShape);
  const open = await states.load('S1');
  const fold = stockFold(CATALOG);
  const apples = Array.from({ length: 800 }, (_, index) => ({
    product: `${'\u{1F34E}'.repeat(30)}${index}`,
  }));
  const alerts = positioned([
    stockOf(atHour(0), 'count', 5_000),
    transactionOf(atHour(1), apples),
    transactionOf(atHour(2), [{ milli: 4_000 }]),
  ]).flatMap((at) => (open.book.admit(at) === 'new' ? fold(open.book, at.event) : []));
  open.book.tally.alerts += alerts.length;
  await states.commit(open, alerts);
  const again = await states.load('S1');
  expect(again.book).toEqual(open.book);
  expect(again.outbox).toEqual([{ rowKey: 'outbox-0000000000', alerts }]);
});

test('a count that raises an alert for each of its products is stored, in rows that a table takes', async () => {
  const table = memoryTable();
  const states = storeStates(table.client, stockShape);
  const open = await states.load('S1');
  const [event] = positioned([stockOf(atHour(0), 'count', 5_000)]);
  if (event) open.book.admit(event);
  const alerts = Array.from({ length: 2_000 }, (_, index) =>
    alertOf({ alertId: `alert_${String(index).padStart(32, '0')}`, detail: 'x'.repeat(600) }),
  );
  open.book.tally.alerts += alerts.length;
  await states.commit(open, alerts);
  const again = await states.load('S1');
  expect(again.outbox.flatMap((row) => row.alerts)).toEqual(alerts);
  expect(open.outbox).toEqual(again.outbox);
  for (const row of Object.values(table.rows('S1')))
    expect(2 * JSON.stringify(row).length).toBeLessThan(2 ** 20);
});

test('an event that touches every product of a hypermarket fits into one commit', async () => {
  const table = memoryTable();
  const states = storeStates(table.client, stockShape);
  const open = await states.load('S1');
  const [event] = positioned([stockOf(atHour(0), 'count', 5_000)]);
  if (event) open.book.admit(event);
  for (let index = 0; index < 60_000; index += 1) {
    const position = newPosition(atHour(index % 900));
    position.onHandMilli = ((index * 7_919) % 90) * 1_000;
    position.soldMilli = [(index % 9) * 1_000, (index % 7) * 1_000, 1_000, 3_000];
    open.book.put(productId(`P${100_000 + index}`), position);
  }
  await states.commit(open, []);
  // As the service counts: 4 MiB of JSON with binary in base64, 64 KiB a property.
  const rows = Object.values(table.rows('S1')) as Record<string, string>[];
  const bytes = rows
    .flatMap((row) => Object.entries(row))
    .map(([name, value]) => (name === 'z' ? (value.length * 2) / 3 : value.length));
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(4 * 2 ** 20);
  expect(Math.max(...bytes)).toBeLessThan(2 ** 16);
  expect((await states.load('S1')).book).toEqual(open.book);
});

test('till shifts are read as they were stored', async () => {
  const states = storeStates(memoryTable().client, tillShape);
  const open = await states.load('S1');
  for (const at of positioned([
    openedOf(atHour(0)),
    drawerOf(atHour(1), 'noSale'),
    transactionOf(atHour(2)),
  ])) {
    open.book.admit(at);
    tillFold()(open.book, at.event);
  }
  await states.commit(open, []);
  expect((await states.load('S1')).book).toEqual(open.book);
});

describe('sending a webhook', () => {
  async function answering(status: number): Promise<{ url: string; close: () => void }> {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(status, { location: 'http://elsewhere.example/' }).end('an answer');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
  }

  test.each([
    [200, undefined],
    [204, undefined],
    [302, PermanentError],
    [400, PermanentError],
    [410, PermanentError],
    [408, TransientError],
    [429, TransientError],
    [500, TransientError],
    [503, TransientError],
  ])('answer %d', async (status, error) => {
    const { url, close } = await answering(status);
    try {
      const outcome = await createSendWebhook({ mayStay: true })({ url, headers: {}, body: '{}' }).catch(
        (thrown: unknown) => thrown,
      );
      if (error) expect(outcome).toBeInstanceOf(error);
      else expect(outcome).toBeUndefined();
    } finally {
      close();
    }
  });

  test('nobody there', async () => {
    const { url, close } = await answering(200);
    close();
    await expect(createSendWebhook({ mayStay: true })({ url, headers: {}, body: '{}' })).rejects.toThrow(
      TransientError,
    );
  });
});
