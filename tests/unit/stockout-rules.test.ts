import { newPosition, noteSold, soldInWeeksKept } from '../../shared/stock/position.ts';
import { isReplenished, isStockoutImminent } from '../../shared/stock/rules/stockout-imminent.ts';
import { DAY_MS } from '../../shared/time.ts';
import { atHour } from '../support/stream-events.ts';

const outlook = (spareMilli: number, leadTimeDemandMilli: number) => ({
  rateMilli: 1_000,
  spareMilli,
  leadTimeDemandMilli,
});

test('an episode ends above one and a half times the demand of the lead time, and never without spare stock', () => {
  expect(isReplenished(outlook(10_001, 10_000))).toBe(false);
  expect(isReplenished(outlook(15_000, 10_000))).toBe(false);
  expect(isReplenished(outlook(15_001, 10_000))).toBe(true);
  expect(isReplenished(outlook(20_001, 10_000), { clearFactor: 2, priorHours: 0, priorRateMilli: 0 })).toBe(
    true,
  );
  expect(isReplenished(outlook(20_000, 10_000), { clearFactor: 2, priorHours: 0, priorRateMilli: 0 })).toBe(
    false,
  );
  expect(isReplenished(outlook(0, 0))).toBe(false);
  expect(isReplenished(outlook(-1, -10))).toBe(false);
  expect(isReplenished(outlook(1, 0))).toBe(true);
});

test('an episode begins where the spare stock is no more than the demand, of a product that is counted and bought', () => {
  const position = { ...newPosition(atHour(0)), known: true };
  expect(isStockoutImminent(position, outlook(0, 10_000))).toBe(false);
  noteSold(position, 1_000, atHour(1));
  expect(isStockoutImminent(position, outlook(10_001, 10_000))).toBe(false);
  expect(isStockoutImminent(position, outlook(10_000, 10_000))).toBe(true);
  expect(isStockoutImminent({ ...position, known: false }, outlook(0, 10_000))).toBe(false);
});

test('sales of the last four weeks count, each in its week, and older ones do not', () => {
  const position = newPosition(atHour(0));
  const inWeek = (week: number): number => atHour(0) + week * 7 * DAY_MS;
  for (const week of [0, 1, 3]) noteSold(position, 10 ** week, inWeek(week));
  expect(position.soldMilli).toEqual([1_000, 0, 10, 1]);
  expect(soldInWeeksKept(position, position.week)).toBe(1_011);
  // What comes late counts in its own week.
  noteSold(position, 7, inWeek(1));
  noteSold(position, 9, inWeek(-1));
  expect(position.soldMilli).toEqual([1_000, 0, 17, 1]);
  noteSold(position, 2, inWeek(5));
  expect(position.soldMilli).toEqual([2, 0, 1_000, 0]);
  noteSold(position, 3, inWeek(50));
  expect(position.soldMilli).toEqual([3, 0, 0, 0]);
});
