import { readFileSync } from 'node:fs';
import { createWatchShelves } from '../../../functions/stream/watch-shelves.ts';
import { SHIPPED_MODEL } from '../../../infra/stockout-model/paths.ts';
import { limitsOf } from '../../../shared/alerts/limits.ts';
import { alertSchema, type Alert } from '../../../shared/alerts/alert.ts';
import { storeId } from '../../../shared/ids.ts';
import type { PosEvent } from '../../../shared/pos/event.ts';
import { FEATURES } from '../../../shared/stock/silent/silence-features.ts';
import { silenceModelOf } from '../../../shared/stock/silent/silence-model.ts';
import { thresholdOf, watchOfStored, storedWatch } from '../../../shared/stock/silent/shelf-watch.ts';
import { foldStock, newStockBook, type StockBook } from '../../../shared/stock/stock-fold.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../shared/time.ts';
import { memoryStockHistory } from '../../support/memory-stock-history.ts';
import { MONDAY_9_MS, positioned, PRODUCTS, stockOf, transactionOf } from '../../support/stream-events.ts';
import { CATALOG, silentLog } from '../../support/stream-fixture.ts';

const shipped = silenceModelOf(JSON.parse(readFileSync(SHIPPED_MODEL, 'utf8')));
/** As sure as the filter is. */
const model = {
  ...shipped,
  trees: {
    features: FEATURES,
    depth: 1,
    base: 0,
    feature: [FEATURES.indexOf('out')],
    threshold: [0.9],
    leaf: [-4, 4],
  },
  thresholds: { hour: 0.9, alert: 0.9 },
};
const STORES = ['S1', 'S2'];
const PRODUCT_IDS = ['P1', 'P2', 'P3'];

/** A chain whose products sell every hour from 8:00 to 20:00; what is silent is left out. */
function world(falseAlertLevel = 0.05) {
  const books = new Map<string, StockBook>(STORES.map((id) => [id, newStockBook()]));
  const history = memoryStockHistory();
  const sent: Alert[] = [];
  let number = 0;
  const feed = (store: string, ...events: PosEvent[]): void => {
    const book = books.get(store)!;
    for (const event of events) {
      const [delivered] = positioned([{ ...event, storeId: storeId(store) }], '0', (number += 1));
      if (book.admit(delivered!) !== 'new') throw new Error('not admitted');
      foldStock(book, delivered!.event, { store: CATALOG.stores.get(storeId(store)), products: PRODUCTS });
    }
  };
  const counted = STORES.map((store) => {
    feed(
      store,
      ...PRODUCT_IDS.map((product) => stockOf(MONDAY_9_MS - 60 * MINUTE_MS, 'count', 9_000_000, product)),
    );
  });
  expect(counted).toHaveLength(2);
  const sellHour = (day: number, hour: number, silent: readonly string[] = []): void => {
    const atMs = MONDAY_9_MS + day * DAY_MS + (hour - 9) * HOUR_MS + 20 * MINUTE_MS;
    for (const store of STORES) {
      const lines = PRODUCT_IDS.filter((product) => !silent.includes(`${store} ${product}`));
      for (const product of lines) feed(store, transactionOf(atMs, [{ product }]));
    }
  };
  const watch = createWatchShelves({
    stores: async function* stores() {
      await Promise.resolve();
      yield* STORES;
    },
    book: (id) => Promise.resolve(books.get(id)!),
    history,
    catalog: () => Promise.resolve(CATALOG),
    limits: () =>
      Promise.resolve(
        limitsOf({
          limits: [
            { rule: 'silent-stockout', parameters: { precision: 0.5, leastDays: 7, falseAlertLevel } },
          ],
        }),
      ),
    model: () => Promise.resolve(model),
    send: (alert) => Promise.resolve(void sent.push(alertSchema.parse(alert) as Alert)),
    log: silentLog,
  });
  return { feed, sellHour, watch, sent, history, books };
}

/** Days on which all sells, with a look every few days; the store is closed on Sundays. */
async function weeks(days = 13, falseAlertLevel?: number) {
  const made = world(falseAlertLevel);
  for (let day = 0; day < days; day += 1) {
    if (day % 7 === 6) continue;
    for (let hour = 8; hour < 20; hour += 1) made.sellHour(day, hour);
    if (day % 4 === 3 || day === days - 1) await made.watch();
  }
  expect(made.sent).toEqual([]);
  return made;
}

const TODAY = 14;
async function until(
  made: Awaited<ReturnType<typeof weeks>>,
  from: number,
  to: number,
  silent: string[] = [],
) {
  for (let hour = from; hour < to; hour += 1) {
    made.sellHour(TODAY, hour, silent);
    await made.watch();
  }
}

test('a shelf that falls silent is reported once; when it sells again that is said, and a later silence is a new alert', async () => {
  const made = await weeks();
  await until(made, 8, 12);
  expect(made.sent).toEqual([]);
  await until(made, 12, 18, ['S1 P1']);
  expect(made.sent).toHaveLength(1);
  expect(made.sent[0]).toMatchObject({
    kind: 'silent-stockout',
    severity: 'warning',
    storeId: 'S1',
    productId: 'P1',
    businessDate: '2026-03-16',
    title: 'Shelf may be empty, books show stock: Product P1 in S1',
  });
  expect(made.sent[0]?.detail).toMatch(
    /^Nothing sells .*\nProduct P1 \(P1\): \d+ pieces by the books, last sold 03-16 11:00, \d+\.\d hours with a sale expected since, 98 % sure$/s,
  );
  await until(made, 18, 20);
  expect(made.sent.slice(1)).toMatchObject([
    {
      kind: 'silent-stockout',
      severity: 'info',
      title: 'Sells again: Product P1 (P1): sold 03-16 18:00 in S1',
    },
  ]);
  expect(new Set(made.sent.map(({ alertId }) => alertId)).size).toBe(2);
});

test('several shelves of a store are one alert, those of another store one of their own', async () => {
  const made = await weeks();
  await until(made, 8, 12);
  await until(made, 12, 17, ['S1 P1', 'S1 P2', 'S2 P3']);
  expect(made.sent.map(({ storeId: id, title }) => [id, title])).toEqual([
    ['S1', 'Shelf may be empty, books show stock: 2 products in S1'],
    ['S2', 'Shelf may be empty, books show stock: Product P3 in S2'],
  ]);
});

test('a store that sold nothing at all in an hour is offline or closed: its shelves are not judged', async () => {
  const made = await weeks();
  await until(made, 8, 12);
  await until(
    made,
    12,
    18,
    PRODUCT_IDS.map((product) => `S1 ${product}`),
  );
  expect(made.sent).toEqual([]);
});

test('what the books do not show as stock is no silent stockout, and a count ends the doubt', async () => {
  const made = await weeks();
  await until(made, 8, 12);
  made.feed('S1', stockOf(MONDAY_9_MS + TODAY * DAY_MS + 3 * HOUR_MS, 'count', 0));
  await until(made, 12, 18, ['S1 P1']);
  expect(made.sent).toEqual([]);
});

test('sales that arrive late correct the past: nothing is raised about it, and an alert that was wrong is taken back', async () => {
  const made = await weeks();
  await until(made, 8, 12);
  // Looked at only in the evening, when the shelf sells again: there was a silence, and nobody needs to know.
  for (let hour = 12; hour < 17; hour += 1) made.sellHour(TODAY, hour, ['S1 P1']);
  for (let hour = 17; hour < 20; hour += 1) made.sellHour(TODAY, hour);
  await made.watch();
  expect(made.sent).toEqual([]);

  const other = await weeks();
  await until(other, 8, 12);
  await until(other, 12, 17, ['S1 P1']);
  expect(other.sent).toHaveLength(1);
  // The till was offline: it sold until the last hour.
  for (let hour = 12; hour < 17; hour += 1) {
    const atMs = MONDAY_9_MS + TODAY * DAY_MS + (hour - 9) * HOUR_MS + 30 * MINUTE_MS;
    other.feed('S1', transactionOf(atMs, [{}], { offline: true }));
  }
  await until(other, 17, 18, ['S1 P1']);
  expect(other.sent.slice(1)).toMatchObject([
    { severity: 'info', title: expect.stringContaining('sold 03-16 16:00') as string },
  ]);
});

test('killed at any write and run again, every alert arrives, and always under the same id', async () => {
  const whole = await weeks();
  await until(whole, 8, 12);
  await until(whole, 12, 17, ['S1 P1', 'S2 P2']);
  const expected = new Set(whole.sent.map(({ alertId }) => alertId));
  expect(expected.size).toBe(2);
  for (const when of ['before', 'after'] as const) {
    for (const victim of ['watch/S1', 'watch/S2', 'hours/S1']) {
      const made = await weeks();
      await until(made, 8, 12);
      for (let hour = 12; hour < 17; hour += 1) {
        made.sellHour(TODAY, hour, ['S1 P1', 'S2 P2']);
        made.history.fault = (at, name) => {
          if (at === when && name === victim) throw new Error('killed');
        };
        await made.watch().catch(() => undefined);
        made.history.fault = undefined;
        await made.watch();
      }
      expect(new Set(made.sent.map(({ alertId }) => alertId))).toEqual(expected);
    }
  }
});

test('two looks at the same time send what one would', async () => {
  const made = await weeks();
  await until(made, 8, 12);
  for (let hour = 12; hour < 17; hour += 1) {
    made.sellHour(TODAY, hour, ['S1 P1']);
    await Promise.all([made.watch(), made.watch()]);
  }
  expect(new Set(made.sent.map(({ alertId }) => alertId)).size).toBe(1);
});

test('a store whose state is damaged costs only itself, and the run counts as failed', async () => {
  const made = await weeks();
  await until(made, 8, 12);
  made.history.files.set('watch/S2', { text: '{"format":1}', etag: 'x' });
  for (let hour = 12; hour < 17; hour += 1) {
    made.sellHour(TODAY, hour, ['S1 P1']);
    await expect(made.watch()).rejects.toThrow('expected');
  }
  expect(made.sent.map(({ storeId: id }) => id)).toEqual(['S1']);
});

test('a silence that a filled shelf has now and then is none, however sure the model is', async () => {
  const made = await weeks(13, 1e-9);
  await until(made, 8, 12);
  await until(made, 12, 18, ['S1 P1']);
  expect(made.sent).toEqual([]);
});

test('what the books show to be down to its safety stock was reported before it ran out', async () => {
  const made = await weeks();
  await until(made, 8, 12);
  made.feed('S1', stockOf(MONDAY_9_MS + TODAY * DAY_MS + 3 * HOUR_MS, 'count', 2_000));
  await until(made, 12, 18, ['S1 P1']);
  expect(made.sent).toEqual([]);
});

test('too little history is no history: in its first days a store is not judged', async () => {
  const made = await weeks(5);
  for (let hour = 8; hour < 20; hour += 1) made.sellHour(5, hour, hour >= 12 ? ['S1 P1'] : []);
  await made.watch();
  expect(made.sent).toEqual([]);
});

test('the false-alert level is a setting: between what was measured the threshold follows the precision asked for', () => {
  const levels = [0.5, 0.8, 0.9].map((precision) => ({ precision, threshold: precision - 0.1 }));
  const own = { ...model, thresholds: { hour: 0.9, alert: 0.85, levels } };
  expect(thresholdOf(own, 0.8)).toBeCloseTo(0.7);
  expect(thresholdOf(own, 0.85)).toBeCloseTo(0.75);
  expect(thresholdOf(own, 0.4)).toBeCloseTo(0.4);
  expect(thresholdOf(own, 0.95)).toBeCloseTo(0.85);
  expect(thresholdOf(model, 0.6)).toBe(0.9);
});

test('a stored watch comes back as it was, and leaves out what a later version adds', () => {
  const stored = { format: 1, judgedUntil: 5, open: [['P1', 1, 3]], pending: [] };
  expect(storedWatch(watchOfStored(stored))).toEqual(stored);
  expect(
    storedWatch(watchOfStored({ ...stored, format: 2, open: [['P1', 1, 3, 'more']], notes: 1 })),
  ).toEqual(stored);
  expect(() => watchOfStored({ ...stored, open: [['P1', 'x', 3]] })).toThrow('expected number');
});
