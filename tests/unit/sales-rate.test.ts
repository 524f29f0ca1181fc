import { newWeekShape, noteCustomer, TradingTime, ALWAYS_OPEN } from '../../shared/stock/sales-rate.ts';
import { count, move, newPosition, noteSold, soldInWeeksKept, weekOf } from '../../shared/stock/position.ts';
import {
  demandUntilEmptyMilli,
  orderQuantityMilli,
  ratePerHour,
  stockoutImminent,
} from '../../shared/stock/rules/stockout-imminent.ts';
import { DAY_MS, HOUR_MS } from '../../shared/time.ts';
import { atHour, BERLIN } from '../support/stream-events.ts';

const WEEK_MS = 7 * DAY_MS;

test('trading time passes only while the store is open', () => {
  const trading = new TradingTime(BERLIN, newWeekShape());
  expect(trading.between(atHour(0), atHour(3))).toBeCloseTo(3);
  expect(trading.between(atHour(11), atHour(23))).toBeCloseTo(0);
  expect(trading.between(atHour(10), atHour(24))).toBeCloseTo(2);
  expect(trading.between(atHour(0), atHour(0) + WEEK_MS)).toBeCloseTo(72);
  expect(trading.between(atHour(3), atHour(0))).toBeCloseTo(-3);
});

test('a store whose day ends after midnight is open until then, also from Sunday to Monday', () => {
  const bar = { timeZone: 'Europe/Berlin', hours: [{ weekday: 7, opens: '18:00', closes: '02:00' }] };
  const trading = new TradingTime(bar, newWeekShape());
  expect(trading.between(atHour(-9), atHour(0))).toBeCloseTo(2);
  expect(trading.between(atHour(-24), atHour(0))).toBeCloseTo(8);
});

test('the shape of the week is learned from whole days, and busy hours count for more', () => {
  const shape = newWeekShape();
  for (let week = 0; week < 8; week += 1) {
    for (let hour = 0; hour < 11; hour += 1) {
      const customers = hour === 2 ? 50 : 10;
      for (let customer = 0; customer < customers; customer += 1) {
        noteCustomer(shape, atHour(hour) + week * WEEK_MS, 'Europe/Berlin');
      }
    }
  }
  // The last Monday is still in progress.
  expect(shape.days[0]).toBe(7);
  const trading = new TradingTime(BERLIN, shape);
  const [quiet, busy] = [trading.between(atHour(1), atHour(2)), trading.between(atHour(2), atHour(3))];
  expect(busy / quiet).toBeGreaterThan(2.5);
  const revision = shape.revision;
  noteCustomer(shape, atHour(1), 'Europe/Berlin');
  expect(shape.revision).toBe(revision + 1);
});

test('old history loses weight, so the rate adapts to changes', () => {
  const shape = newWeekShape();
  for (let week = 0; week < 40; week += 1) noteCustomer(shape, atHour(1) + week * WEEK_MS, 'Europe/Berlin');
  expect(shape.days[0]).toBeLessThanOrEqual(12);
});

test('the instant at which an amount of trading time has passed is found, or the end of the search', () => {
  const trading = new TradingTime(BERLIN, newWeekShape());
  expect(trading.after(atHour(10), 3, WEEK_MS)).toBeCloseTo(atHour(25), -5);
  expect(trading.after(atHour(0), 1_000, WEEK_MS)).toBe(atHour(0) + WEEK_MS);
});

test('the rate starts at the prior and comes to what is sold', () => {
  const trading = new TradingTime(ALWAYS_OPEN, newWeekShape());
  const position = newPosition(atHour(0));
  const rate = (atMs: number) =>
    ratePerHour(position, trading, trading.at(atMs), stockoutImminent.parameters.parse({}));
  expect(rate(atHour(0))).toBe(stockoutImminent.parameters.parse({}).priorRateMilli);
  for (let hour = 0; hour < 100; hour += 1) noteSold(position, 6_000, atHour(hour));
  expect(rate(atHour(100))).toBeGreaterThan(5_500);
  expect(rate(atHour(100))).toBeLessThan(6_000);
});

test('sales are forgotten by whole weeks, in whatever order they come', () => {
  const position = newPosition(atHour(0));
  for (const week of [0, 5, 2, 3, 4, 1]) noteSold(position, 1_000, atHour(0) + week * WEEK_MS);
  const now = weekOf(atHour(0) + 5 * WEEK_MS);
  expect(position.soldMilli).toEqual([1_000, 1_000, 1_000, 1_000]);
  expect(soldInWeeksKept(position, now)).toBe(4_000);
  expect(soldInWeeksKept(position, now + 2)).toBe(2_000);
  expect(soldInWeeksKept(position, now + 9)).toBe(0);
});

test('a movement at the very time of the count is in the count', () => {
  const position = newPosition(atHour(0));
  count(position, 5_000, atHour(1), () => 0);
  move(position, -1_000, atHour(1));
  move(position, -1_000, atHour(1) + HOUR_MS);
  expect(position.onHandMilli).toBe(4_000);
  expect(() => move(position, Number.MAX_SAFE_INTEGER, atHour(3))).toThrow(RangeError);
});

test('the day in progress is part of no shape: a customer of today changes nothing until the day is over', () => {
  const shape = newWeekShape();
  noteCustomer(shape, atHour(1), 'Europe/Berlin');
  expect(shape.customers.every((customers) => customers === 0)).toBe(true);
  const { revision } = shape;
  noteCustomer(shape, atHour(2), 'Europe/Berlin');
  expect(shape.revision).toBe(revision);
  noteCustomer(shape, atHour(24), 'Europe/Berlin');
  expect([shape.customers[10], shape.customers[11], shape.days[0]]).toEqual([1, 1, 1]);
  expect(shape.revision).toBe(revision + 1);
});

test('a day without a customer is no day: it lowers no average', () => {
  const shape = newWeekShape();
  noteCustomer(shape, atHour(1), 'Europe/Berlin');
  noteCustomer(shape, atHour(1) + 3 * DAY_MS, 'Europe/Berlin');
  expect(shape.days).toEqual([1, 0, 0, 0, 0, 0, 0]);
});

test('twelve days of a weekday are kept as they are, and the thirteenth halves them, hour by hour', () => {
  const shape = newWeekShape();
  const play = (weeks: number, from: number): void => {
    for (let week = from; week < from + weeks; week += 1)
      for (const hour of [0, 1, 1]) noteCustomer(shape, atHour(hour) + week * WEEK_MS, 'UTC');
    noteCustomer(shape, atHour(24) + (from + weeks - 1) * WEEK_MS, 'UTC');
  };
  play(12, 0);
  expect([shape.days[0], shape.customers[8], shape.customers[9]]).toEqual([12, 12, 24]);
  play(1, 12);
  expect([shape.days[0], shape.customers[8], shape.customers[9]]).toEqual([6, 6, 13]);
});

test('time before an instant counts negative, and the two ways of asking agree', () => {
  const trading = new TradingTime(BERLIN, newWeekShape());
  const now = trading.at(atHour(5));
  expect(trading.since(atHour(3), now)).toBeCloseTo(2);
  expect(trading.until(now, atHour(7))).toBeCloseTo(2);
  expect(trading.until(now, atHour(3))).toBeCloseTo(-2);
});

test('an amount that is exactly reached at the end of the search is found there, and none takes no time', () => {
  const trading = new TradingTime(ALWAYS_OPEN, newWeekShape());
  expect(trading.after(atHour(0), 10, 10 * HOUR_MS)).toBe(atHour(10));
  expect(trading.after(atHour(0), 0, 10 * HOUR_MS)).toBeLessThanOrEqual(atHour(0) + 60_000);
  const found = trading.after(atHour(0), 3.1, 10 * HOUR_MS);
  expect(Math.abs(found - atHour(3.1))).toBeLessThanOrEqual(60_000);
  expect(Number.isInteger(found)).toBe(true);
});

test('the last pieces are sold sooner or later than on average: the fewer there are, the wider', () => {
  expect(demandUntilEmptyMilli(0, 0.5)).toBe(0);
  const spread = (pieces: number): number =>
    (demandUntilEmptyMilli(pieces * 1_000, 0.9) - demandUntilEmptyMilli(pieces * 1_000, 0.1)) /
    (pieces * 1_000);
  // Quantiles of the gamma distribution of shape 4, from tables: 1.745 and 6.681.
  expect(demandUntilEmptyMilli(4_000, 0.1) / 1_000).toBeCloseTo(1.745, 1);
  expect(demandUntilEmptyMilli(4_000, 0.9) / 1_000).toBeCloseTo(6.681, 1);
  expect(demandUntilEmptyMilli(100_000, 0.5) / 1_000).toBeCloseTo(99.67, 1);
  expect(spread(1)).toBeGreaterThan(spread(4));
  expect(spread(4)).toBeGreaterThan(spread(100));
});

test('an order covers the demand of nineteen of twenty cases and the safety stock, in whole units, and never less than none', () => {
  const pieces = { safetyStockMilli: 2_000, unit: 'each' } as const;
  // Poisson with mean 10: 15 are not exceeded in 95 of 100 cases.
  expect(orderQuantityMilli(10_000, pieces, 3_500)).toBe(14_000);
  expect(orderQuantityMilli(10_000, pieces, 17_000)).toBe(0);
  expect(orderQuantityMilli(10_000, pieces, 16_999)).toBe(1_000);
  expect(orderQuantityMilli(0, { ...pieces, safetyStockMilli: 0 }, -2_500)).toBe(3_000);
});

test('field reports on orders: pieces are rounded up (odoo 256006), weights are not (odoo 263663)', () => {
  const upTo = (unit: 'each' | 'kg', safetyStockMilli: number, onHandMilli: number): number =>
    orderQuantityMilli(0, { safetyStockMilli, unit }, onHandMilli);
  // Up to 10 after 1.11 were sold that were not there: 12, not 11.11.
  expect(upTo('each', 10_000, -1_110)).toBe(12_000);
  // 362.15 kg are needed: 363 would take two batches of 362.15.
  expect(upTo('kg', 362_150, 0)).toBe(362_150);
});
