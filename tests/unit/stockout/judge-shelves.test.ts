import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { SHIPPED_MODEL } from '../../../infra/stockout-model/paths.ts';
import { productId } from '../../../shared/ids.ts';
import { probabilityOf } from '../../../shared/stock/silent/boosted-trees.ts';
import { HOURS, type HourPanel } from '../../../shared/stock/silent/hour-panel.ts';
import { judgeShelves, type Shelves } from '../../../shared/stock/silent/judge-shelves.ts';
import { openHours } from '../../../shared/stock/silent/open-hours.ts';
import { silenceFeatures } from '../../../shared/stock/silent/silence-features.ts';
import { silenceModelOf } from '../../../shared/stock/silent/silence-model.ts';
import { filterPanel } from '../../../shared/stock/silent/stock-filter.ts';
import {
  hoursOfStored,
  recentHours,
  storedHours,
  wholeDays,
  withRecent,
  NO_HOURS,
} from '../../../shared/stock/silent/store-hours.ts';
import { foldStock, newStockBook } from '../../../shared/stock/stock-fold.ts';
import { DAY_MS, HOUR_MS } from '../../../shared/time.ts';
import { madePanel } from '../../support/hour-panel.ts';
import {
  BERLIN,
  MONDAY_9_MS,
  positioned,
  PRODUCTS,
  stockOf,
  transactionOf,
} from '../../support/stream-events.ts';

const model = silenceModelOf(JSON.parse(readFileSync(SHIPPED_MODEL, 'utf8')));
const FIRST_DAY = 20_000;

/** The same sales as the live watch keeps them. */
function shelvesOf(panel: HourPanel, judged: Shelves['judged']): Shelves[] {
  const stores = [...new Set(panel.series.map(({ storeId }) => storeId))];
  return stores.map((storeId) => {
    const products = panel.series
      .filter((series) => series.storeId === storeId)
      .map(({ productId: id, sold }) => ({
        productId: productId(id),
        sold: Int32Array.from(
          Array.from(sold, (quantity, cell) => [FIRST_DAY * HOURS + cell, quantity * 1_000] as const)
            .filter(([, milli]) => milli > 0)
            .flat(),
        ),
      }));
    return { storeId, products, judged, open: panel.series[0]?.open ?? new Uint8Array() };
  });
}

test.each(['always open', 'closed at night and on some days'])(
  'a live look gives exactly the scores of the evaluation over the same sales: %s',
  (hours) => {
    const days = 30;
    const made = madePanel({ days, seed: 4 });
    const open = Uint8Array.from({ length: days * HOURS }, (_, cell) =>
      hours === 'always open' || (cell % HOURS >= 7 && Math.floor(cell / HOURS) % 7 !== 3) ? 1 : 0,
    );
    const panel = { ...made, firstDay: FIRST_DAY, series: made.series.map((one) => ({ ...one, open })) };
    const rows = silenceFeatures(panel, filterPanel(panel, model.tables), { first: days - 2, end: days });
    const expected = new Map<string, number>();
    for (const [row, cell] of rows.cells.entries()) {
      const series = panel.series[Math.floor(cell / (days * HOURS))]!;
      const probability = probabilityOf(model.trees, rows.rows, row * rows.names.length);
      expected.set(`${series.storeId} ${series.productId} ${cell % (days * HOURS)}`, probability);
    }
    const judged = { from: (FIRST_DAY + days - 2) * HOURS + 12, end: (FIRST_DAY + days) * HOURS };
    let compared = 0;
    for (const { storeId, scores } of judgeShelves(
      shelvesOf(panel, judged),
      { firstDay: FIRST_DAY, days },
      model,
    ))
      for (const { productId: id, probability } of scores)
        for (const [hour, value] of probability) {
          compared += 1;
          expect(value).toBe(expected.get(`${storeId} ${id} ${hour - FIRST_DAY * HOURS}`));
        }
    expect(compared).toBe(panel.series.length * (17 + 12));
  },
);

const sale = fc.record({
  hour: fc.integer({ min: 0, max: 24 * 20 }),
  product: fc.constantFrom('P1', 'P2'),
  milli: fc.constantFrom(1_000, 2_000, 350),
  fate: fc.constantFrom('sold', 'sold', 'sold', 'voided', 'sent twice', 'returned'),
});

test('whatever order, repeat, void and offline delay events come in, and however often it is kept, the hours are those of what was sold', () => {
  fc.assert(
    fc.property(
      fc.array(sale, { maxLength: 60 }),
      fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 9 }),
      (sales, delays) => {
        const truth = new Map<string, number>();
        const deliveries = sales.flatMap(({ hour, product, milli, fate }, at) => {
          const atMs = MONDAY_9_MS + hour * HOUR_MS;
          const transactionId = `tx${at}`;
          const quantity = fate === 'returned' ? -milli : milli;
          const event = transactionOf(atMs, [{ product, milli: quantity }], { transactionId });
          const key = `${product} ${Math.floor((atMs + HOUR_MS) / HOUR_MS)}`;
          if (fate === 'sold' || fate === 'sent twice') truth.set(key, (truth.get(key) ?? 0) + milli);
          const more =
            fate === 'voided'
              ? [transactionOf(atMs, [{ product, milli }], { transactionId, status: 'voided' })]
              : fate === 'sent twice'
                ? [event]
                : [];
          return [event, ...more].map((one) => ({ one, arrives: hour + (delays[at % delays.length] ?? 0) }));
        });
        // A delivery of goods is no sale, nor is what an adjustment takes away.
        const moved = [stockOf(MONDAY_9_MS, 'adjustment', -5_000), stockOf(MONDAY_9_MS, 'delivery', 90_000)];
        const inOrder = deliveries.sort((left, right) => left.arrives - right.arrives);
        const book = newStockBook();
        let kept = NO_HOURS;
        const context = { store: BERLIN, products: PRODUCTS };
        for (const [at, event] of [...moved, ...inOrder.map(({ one }) => one)].entries()) {
          const [delivered] = positioned([event], '0', at);
          if (book.admit(delivered!) === 'new') foldStock(book, event, context);
          if (at % 7 !== 0) continue;
          const now = withRecent(kept, recentHours(book, book.newestEventAtMs, 'Europe/Berlin'));
          kept = hoursOfStored(JSON.parse(JSON.stringify(storedHours(wholeDays(now, now.days.at(-1)!)))));
        }
        const { products } = withRecent(kept, recentHours(book, book.newestEventAtMs, 'Europe/Berlin'));
        const found = new Map<string, number>();
        for (const [id, hours] of products)
          for (let cell = 0; cell < hours.length; cell += 2)
            found.set(`${id} ${hours[cell]}`, hours[cell + 1]!);
        // What is so late that its day was forgotten by then is not sold in any hour.
        const isKept = (key: string): boolean =>
          Number(key.split(' ')[1]) * HOUR_MS > book.newestEventAtMs - 5 * DAY_MS;
        const only = (all: Map<string, number>) =>
          [...all].filter(([key]) => isKept(key)).sort(([one], [other]) => (one < other ? -1 : 1));
        expect(only(found)).toEqual(only(truth));
      },
    ),
    { numRuns: 200 },
  );
});

test('a store is open where its hours say so, on days that are known and on which it sold', () => {
  // Monday 5 January 1970 is day 4, Sunday day 10; the store is closed on Sundays.
  const sold = Int32Array.of(4 * HOURS + 9, 1_000, 5 * HOURS + 9, 1_000);
  const open = openHours(BERLIN, [4, 5, 6, 7, 10], [{ sold }], { firstDay: 4, days: 7 });
  const hours = Array.from({ length: 7 }, (_, day) =>
    open.subarray(day * HOURS, (day + 1) * HOURS).reduce((sum, one) => sum + one, 0),
  );
  expect(hours).toEqual([12, 12, 0, 0, 0, 0, 0]);
  expect([open[7], open[8], open[19], open[20]]).toEqual([0, 1, 1, 0]);
});

test('stored hours are compact, come back as they were, and leave out what a later version adds', () => {
  const hours = {
    days: [20_000, 20_001],
    products: new Map([[productId('P1'), Int32Array.of(480_000, 1_000, 480_001, 350, 480_024, 1_000)]]),
  };
  const stored = storedHours(hours) as { products: unknown[] };
  expect(stored).toEqual({ format: 1, days: [20_000, 20_001], products: [['P1', 'aadc 1:9q n']] });
  const later = { ...stored, format: 2, prices: [], products: [['P1', 'aadc 1:9q n', 'more']] };
  expect(hoursOfStored(later)).toEqual(hours);
  expect(hoursOfStored({ ...stored, products: [['P1', '']] }).products.get(productId('P1'))).toHaveLength(0);
  for (const bad of ['x y:', '1 :5', 'A', '1  2'])
    expect(() => hoursOfStored({ ...stored, products: [['P1', bad]] })).toThrow(/No hours|pattern/);
});
