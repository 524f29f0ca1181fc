import { productId } from '../../shared/ids.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { foldStock, newStockBook, type StockBook } from '../../shared/stock/stock-fold.ts';
import { DAY_MS, MINUTE_MS, toInstant } from '../../shared/time.ts';
import {
  atHour,
  BERLIN,
  positioned,
  PRODUCTS,
  productOf,
  stockOf,
  transactionOf,
} from '../support/stream-events.ts';

const context = { store: BERLIN, products: PRODUCTS };

function folded(events: readonly PosEvent[], book: StockBook = newStockBook()) {
  const alerts = positioned(
    events,
    '0',
    book.marks.get('0') === undefined ? 0 : (book.marks.get('0') ?? 0) + 1,
  ).flatMap((event) => (book.admit(event) === 'new' ? foldStock(book, event.event, context) : []));
  return { book, alerts, onHand: (product = 'P1') => book.records.get(productId(product))?.onHandMilli };
}

test('sales take from the shelf, returns and deliveries put back, a count sets', () => {
  const { onHand } = folded([
    stockOf(atHour(0), 'count', 100_000),
    transactionOf(atHour(1), [{ milli: 3_000 }, { product: 'P2', milli: 650 }]),
    transactionOf(atHour(2), [{ milli: -1_000 }]),
    stockOf(atHour(3), 'delivery', 24_000),
    stockOf(atHour(4), 'shrink', -2_000),
  ]);
  expect(onHand()).toBe(100_000 - 3_000 + 1_000 + 24_000 - 2_000);
  expect(onHand('P2')).toBe(-650);
});

test.each([
  ['a voided transaction', transactionOf(atHour(1), [{}], { status: 'voided' })],
  ['a suspended transaction', transactionOf(atHour(1), [{}], { status: 'suspended' })],
  ['a cancelled transaction', transactionOf(atHour(1), [{}], { status: 'cancelled' })],
  ['a transaction in training', transactionOf(atHour(1), [{}], { training: true })],
  ['a voided line', transactionOf(atHour(1), [{ voided: true }])],
  ['a gift card', transactionOf(atHour(1), [{ type: 'giftCard' }])],
  ['a delivery in training', stockOf(atHour(1), 'delivery', 5_000, 'P1', { training: true })],
])('%s moves no stock', (_what, event) => {
  expect(folded([stockOf(atHour(0), 'count', 10_000), event]).onHand()).toBe(10_000);
});

test('field report wallacepos 76: what is sold beyond the books makes them negative, and a refund comes back', () => {
  const events = [stockOf(atHour(0), 'count', 100_000), transactionOf(atHour(1), [{ milli: 200_000 }])];
  expect(folded(events).onHand()).toBe(-100_000);
  expect(folded([...events, transactionOf(atHour(2), [{ milli: -200_000 }])]).onHand()).toBe(100_000);
});

test('a line of an unknown product moves nothing', () => {
  const sale = transactionOf(atHour(1));
  const { productId: _known, ...line } = sale.lines[0] as (typeof sale.lines)[number];
  expect(folded([{ ...sale, lines: [line] }]).book.records.size).toBe(0);
});

test('a post-void takes back what the sale did, and so does a higher version', () => {
  const sale = transactionOf(atHour(1), [{ milli: 5_000 }]);
  const again = transactionOf(atHour(2), [{ milli: 2_000 }], {
    transactionId: sale.transactionId,
    version: 2,
  });
  const postVoid = transactionOf(atHour(3), [{ milli: 2_000 }], {
    transactionId: sale.transactionId,
    version: 2,
    status: 'voided',
  });
  const { book, onHand } = folded([stockOf(atHour(0), 'count', 50_000), sale]);
  expect(onHand()).toBe(45_000);
  folded([again], book);
  expect(onHand()).toBe(48_000);
  folded([postVoid], book);
  expect(onHand()).toBe(50_000);
  folded([{ ...again, eventId: transactionOf(atHour(4)).eventId }], book);
  expect(onHand()).toBe(50_000);
});

test('an offline sale from before the count is already in the count', () => {
  const { onHand } = folded([
    stockOf(atHour(5), 'count', 30_000),
    transactionOf(atHour(2), [{ milli: 4_000 }], { offline: true, receivedAt: toInstant(atHour(6)) }),
    transactionOf(atHour(6), [{ milli: 1_000 }]),
  ]);
  expect(onHand()).toBe(29_000);
});

test('a count that comes late adds what moved after it', () => {
  const { onHand } = folded([
    transactionOf(atHour(1), [{ milli: 9_000 }]),
    transactionOf(atHour(3), [{ milli: 4_000 }]),
    stockOf(atHour(4), 'delivery', 10_000),
    stockOf(atHour(2), 'count', 30_000),
  ]);
  expect(onHand()).toBe(30_000 - 4_000 + 10_000);
});

test('an older count does not undo a newer one', () => {
  const { onHand } = folded([stockOf(atHour(5), 'count', 30_000), stockOf(atHour(4), 'count', 99_000)]);
  expect(onHand()).toBe(30_000);
});

test('a till whose clock is years ahead does not make others look old', () => {
  const future = transactionOf(atHour(1), [{ milli: 1_000 }], { occurredAt: '2099-01-01T00:00:00.000Z' });
  const sale = transactionOf(atHour(2), [{ milli: 3_000 }]);
  const better = transactionOf(atHour(2), [{ milli: 1_000 }], {
    transactionId: sale.transactionId,
    version: 2,
  });
  const { onHand } = folded([stockOf(atHour(0), 'count', 10_000), future, sale, better]);
  expect(onHand()).toBe(8_000);
});

test('what a version would have to take back and is forgotten makes that version count for nothing', () => {
  const { onHand } = folded([
    stockOf(atHour(0) - 20 * DAY_MS, 'count', 10_000),
    transactionOf(atHour(0), [{ product: 'P2' }]),
    transactionOf(atHour(0) - 10 * DAY_MS, [{ milli: 3_000 }], {
      version: 2,
      receivedAt: toInstant(atHour(0)),
    }),
    transactionOf(atHour(0) - 10 * DAY_MS, [{ milli: 1_000 }], {
      offline: true,
      receivedAt: toInstant(atHour(0)),
    }),
  ]);
  expect(onHand()).toBe(9_000);
});

describe('imminent stockout', () => {
  /** Twelve an hour. */
  const sellingOut = (from: number, sales: number) =>
    Array.from({ length: sales }, (_, index) => transactionOf(atHour(from) + index * 5 * MINUTE_MS));

  test('is raised once while stock falls, in time for the lead time', () => {
    const { alerts, onHand } = folded([stockOf(atHour(0), 'count', 80_000), ...sellingOut(0.1, 75)]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({
      kind: 'stockout-imminent',
      severity: 'warning',
      productId: 'P1',
      storeId: 'S1',
    });
    expect(alerts[0]?.detail).toMatch(/On hand \d+ pieces, safety stock 2 pieces, lead time 4 h/);
    expect(alerts[0]?.evidence).toHaveLength(1);
    expect(onHand()).toBe(5_000);
  });

  test('is not raised for a product that is well stocked, does not sell, or was never counted', () => {
    expect(folded([stockOf(atHour(0), 'count', 900_000), ...sellingOut(0.1, 40)]).alerts).toEqual([]);
    expect(folded([stockOf(atHour(0), 'count', 0)]).alerts).toEqual([]);
    expect(folded(sellingOut(0.1, 40)).alerts).toEqual([]);
  });

  test('is raised again, with another id, only after a delivery has ended the episode', () => {
    const { book, alerts } = folded([stockOf(atHour(0), 'count', 40_000), ...sellingOut(0.1, 36)]);
    const small = folded([stockOf(atHour(4), 'delivery', 3_000), ...sellingOut(4.1, 2)], book).alerts;
    const second = folded([stockOf(atHour(5), 'delivery', 120_000), ...sellingOut(5.1, 60)], book).alerts;
    const third = folded([...sellingOut(24.1, 55)], book).alerts;
    expect([alerts.length, small.length, second.length, third.length]).toEqual([1, 0, 0, 1]);
    expect(third[0]?.alertId).not.toBe(alerts[0]?.alertId);
  });

  test('judges a sale that comes late by the rate of today, not by the few hours before it', () => {
    const sales = Array.from({ length: 140 }, (_, hour) => transactionOf(atHour(hour + 1)));
    const late = transactionOf(atHour(0.5), [{}], { offline: true, receivedAt: toInstant(atHour(141)) });
    const { alerts, onHand } = folded([stockOf(atHour(0), 'count', 200_000), ...sales, late]);
    expect(onHand()).toBe(59_000);
    expect(alerts).toEqual([]);
  });

  test('judges a count that comes after the sales of its day by all that is known, not by its own time', () => {
    const late = stockOf(atHour(0), 'count', 300_000);
    expect(folded([...sellingOut(0.1, 60), late]).alerts).toEqual([]);
    const low = folded([...sellingOut(0.1, 60), stockOf(atHour(0), 'count', 70_000)]);
    expect(low.alerts).toHaveLength(1);
    expect(low.alerts[0]?.detail).toMatch(
      /^On hand 10 pieces.*empty at about 2026-03-02 1[4-6]:\d\d, in 8 of 10 cases between 2026-03-02 1[4-6]:\d\d and 2026-03-02 1[4-6]:\d\d \(Europe\/Berlin\)/,
    );
  });

  test('counts no demand while the store is closed', () => {
    const overnight = new Map([
      [productId('P1'), productOf('P1', { leadTimeHours: 13, safetyStockMilli: 0 })],
    ]);
    const book = newStockBook();
    const sales = [stockOf(atHour(0), 'count', 130_000), ...sellingOut(0.1, 110)];
    const alerts = positioned(sales).flatMap(({ event }) =>
      foldStock(book, event, { store: BERLIN, products: overnight }),
    );
    // By 18:00 some 20 are left, and in the 13 hours to the next delivery the store is open for two.
    expect(alerts.map(({ raisedAt }) => raisedAt.slice(0, 13))).not.toContain('2026-03-02T17');
    const always = newStockBook();
    const unknownStore = positioned(sales).flatMap(({ event }) =>
      foldStock(always, event, { store: undefined, products: overnight }),
    );
    expect(unknownStore).toHaveLength(1);
  });
});
