import { newPosition, noteSold } from '../../shared/stock/position.ts';
import { isReplenished, isStockoutImminent } from '../../shared/stock/rules/stockout-imminent.ts';
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
