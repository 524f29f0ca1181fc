import { createForecastDemand } from '../../../functions/stream/forecast-demand.ts';
import { productId } from '../../../shared/ids.ts';
import type { PosEvent } from '../../../shared/pos/event.ts';
import type { ForecastLine } from '../../../shared/stock/demand/store-demand.ts';
import { foldStock, newStockBook, type StockBook } from '../../../shared/stock/stock-fold.ts';
import { DAY_MS, HOUR_MS } from '../../../shared/time.ts';
import { memoryStockHistory } from '../../support/memory-stock-history.ts';
import {
  BERLIN,
  MONDAY_9_MS,
  positioned,
  PRODUCTS,
  stockOf,
  transactionOf,
} from '../../support/stream-events.ts';
import { CATALOG, silentLog } from '../../support/stream-fixture.ts';

/** Six pieces of P1 every day but Sundays: seven whole days, and a Monday in progress. */
function soldBook(): StockBook {
  const book = newStockBook();
  const events: PosEvent[] = [stockOf(MONDAY_9_MS - HOUR_MS, 'count', 500_000)];
  for (let day = 0; day < 8; day += 1)
    if (day !== 6)
      for (let sale = 0; sale < 6; sale += 1)
        events.push(transactionOf(MONDAY_9_MS + day * DAY_MS + sale * HOUR_MS));
  for (const delivered of positioned(events))
    if (book.admit(delivered) === 'new')
      foldStock(book, delivered.event, { store: BERLIN, products: PRODUCTS });
  return book;
}

function forecasting(bookOf: (id: string) => StockBook) {
  const put: { from: string; lines: readonly ForecastLine[] }[] = [];
  const run = createForecastDemand({
    stores: async function* stores() {
      await Promise.resolve();
      yield* ['S1', 'S2', 'nobody-knows'];
    },
    book: (id) => Promise.resolve().then(() => bookOf(id)),
    history: memoryStockHistory(),
    catalog: () => Promise.resolve(CATALOG),
    put: (_storeId, from, lines) => Promise.resolve(void put.push({ from, lines })),
    log: silentLog,
  });
  return { run, put };
}

test('what was sold on whole days is forecast from today on, with what is in stock', async () => {
  const { run, put } = forecasting(soldBook);
  expect(await run()).toBe(2);
  expect(put.map(({ from }) => from)).toEqual(['2026-03-09', '2026-03-09']);
  const [line] = put[0]!.lines;
  expect(line).toMatchObject({ storeId: 'S1', productId: 'P1', onHandMilli: 500_000 - 42_000 });
  expect(line!.expectedMilli).toHaveLength(14);
  expect(Math.abs(line!.expectedMilli[0]! - 6_000)).toBeLessThan(1_500);
  expect(line!.suggestedOrderMilli).toBe(0);
});

test('a short stock suggests an order, in whole units, for the lead time and a day', async () => {
  const { run, put } = forecasting(() => {
    const book = soldBook();
    book.records.get(productId('P1'))!.onHandMilli = 3_000;
    return book;
  });
  await run();
  const [line] = put[0]!.lines;
  const least = line!.expectedMilli[0]! + line!.expectedMilli[1]! + 2_000 - 3_000;
  expect(line!.suggestedOrderMilli! % 1_000).toBe(0);
  expect(line!.suggestedOrderMilli).toBeGreaterThanOrEqual(least);
  expect(line!.suggestedOrderMilli).toBeLessThan(least + 20_000);
});

test('a store that cannot be read costs only itself, and the run counts as failed', async () => {
  const { run, put } = forecasting((id) => {
    if (id === 'S1') throw new Error('damaged');
    return soldBook();
  });
  await expect(run()).rejects.toThrow('damaged');
  expect(put.map(({ lines }) => lines[0]?.storeId)).toEqual(['S2']);
});
