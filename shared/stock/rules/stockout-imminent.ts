import { z } from 'zod';
import type { Product } from '../../pos/product.ts';
import { DAY_MS, HOUR_MS, localText } from '../../time.ts';
import { soldInWeeksKept, startOfWeekMs, weekOf, WEEKS_KEPT, type Position } from '../position.ts';
import type { TradingInstant, TradingTime } from '../sales-rate.ts';
import { wholeUnitsMilli } from '../demand/order-quantity.ts';
import { poissonQuantile } from '../demand/poisson.ts';
import { stockRule } from './rule.ts';

const parameters = z.strictObject({
  clearFactor: z
    .number()
    .min(1)
    .describe('An alert ends when more than so many times the demand during the lead time is there again.')
    .default(1.5),
  priorHours: z
    .number()
    .positive()
    .describe('How much history the assumed rate of a new product stands for, in average open hours.')
    .default(2),
  priorRateMilli: z
    .int()
    .min(0)
    .describe('What a product without history is taken to sell in an average open hour, in thousandths.')
    .default(200),
});
type StockoutLimits = z.infer<typeof parameters>;

const LONGEST_FORECAST_MS = 28 * DAY_MS;

/**
 * Imminent stockout: at the rate at which it sells, the product will be down to its safety stock before a new order
 * could be on the shelf. It is the reorder point of textbooks, with the store's own hours and rhythm for the demand.
 *
 * One alert is raised per episode. The episode ends when new stock is well above the reorder point (hysteresis), so
 * sales around it do not raise one alert after another.
 */
export const stockoutImminent = stockRule({
  kind: 'stockout-imminent',
  label: 'Stockout imminent',
  parameters,
  about: () => ({
    raised:
      'at its current rate of sale, a product will reach its safety stock before a new order can arrive',
    onceFor: 'product and store, until restocked',
    severity: '`warning`; `critical` when the books say that none is left',
  }),
  finding({ position, product, trading, asOf, isOpen }, limits) {
    const found = outlook(position, product, trading, asOf, limits);
    if (isOpen) return isReplenished(found, limits) ? 'clear' : undefined;
    return isStockoutImminent(position, found) ? 'raise' : undefined;
  },
  words({ storeId, position, product, trading, asOf }, limits) {
    const { description, unit, leadTimeHours, safetyStockMilli } = product;
    const { rateMilli, leadTimeDemandMilli } = outlook(position, product, trading, asOf, limits);
    const left = position.onHandMilli;
    const emptyAt = (chance: number): string => {
      const demandMilli = demandUntilEmptyMilli(Math.max(0, left), chance);
      const atMs = trading.after(position.newestAtMs, demandMilli / rateMilli, LONGEST_FORECAST_MS);
      return localText(atMs, trading.timeZone);
    };
    const dayMilli = rateMilli * trading.until(asOf, asOf.atMs + DAY_MS);
    const orderMilli = orderQuantityMilli(leadTimeDemandMilli + dayMilli, product, left);
    const unitText = unit === 'each' ? 'pieces' : unit;
    const amount = (milli: number): string => `${Math.round(milli) / 1000} ${unitText}`;
    return {
      severity: left <= 0 ? 'critical' : 'warning',
      title: `${left <= 0 ? 'Out of stock' : 'Stockout ahead'}: ${description} in ${storeId}`,
      detail:
        `On hand ${amount(left)}, safety stock ${amount(safetyStockMilli)}, lead time ${leadTimeHours} h. ` +
        `At ${amount(rateMilli)} an average open hour it is empty at about ${emptyAt(0.5)}, in 8 of 10 cases between ` +
        `${emptyAt(0.1)} and ${emptyAt(0.9)} (${trading.timeZone}). Order or transfer ${amount(orderMilli)} now: that lasts ` +
        `through the lead time and a day, in 19 of 20 cases above the safety stock. Count it if the shelf says otherwise.`,
    };
  },
});

const normalQuantileOf: Readonly<Record<number, number>> = { 0.1: -1.2816, 0.5: 0, 0.9: 1.2816 };

/**
 * The expected demand by which `onHandMilli` is sold with a probability of `chance`: customers come one by one, so the
 * demand up to the last piece has a gamma distribution (Wilson and Hilferty's approximation of its quantile).
 */
export function demandUntilEmptyMilli(onHandMilli: number, chance: number): number {
  const pieces = onHandMilli / 1_000;
  if (pieces === 0) return 0;
  const deviations = normalQuantileOf[chance] ?? 0;
  return 1_000 * pieces * Math.max(0, 1 - 1 / (9 * pieces) + deviations / (3 * Math.sqrt(pieces))) ** 3;
}

/** What to order so that in 19 of 20 cases the safety stock is not touched: pieces in whole ones, weights as they are. */
export function orderQuantityMilli(
  demandMilli: number,
  { safetyStockMilli, unit }: Pick<Product, 'safetyStockMilli' | 'unit'>,
  onHandMilli: number,
): number {
  const demand = poissonQuantile(demandMilli / 1_000, 0.95) * 1_000;
  return wholeUnitsMilli(demand + safetyStockMilli - onHandMilli, unit);
}

export interface StockOutlook {
  /** Expected sales in an average open hour, in thousandths. */
  readonly rateMilli: number;
  /** Expected sales until an order made now is on the shelf. */
  readonly leadTimeDemandMilli: number;
  /** What is left of the stock before the safety stock is touched. */
  readonly spareMilli: number;
}

/**
 * Sales per average open hour, in thousandths: what was sold over the trading time in which it could be, drawn towards
 * the prior while there is little of either.
 */
export function ratePerHour(
  position: Position,
  trading: TradingTime,
  now: TradingInstant,
  limits: Pick<StockoutLimits, 'priorHours' | 'priorRateMilli'>,
): number {
  const week = weekOf(now.atMs);
  const fromMs = Math.max(position.sinceMs, startOfWeekMs(week - WEEKS_KEPT + 1));
  const soldMilli = Math.max(0, soldInWeeksKept(position, week));
  const hours = Math.max(0, trading.since(fromMs, now));
  return (soldMilli + limits.priorRateMilli * limits.priorHours) / (hours + limits.priorHours);
}

function outlook(
  position: Position,
  product: Product,
  trading: TradingTime,
  now: TradingInstant,
  limits: StockoutLimits,
): StockOutlook {
  const rateMilli = ratePerHour(position, trading, now, limits);
  const hours = trading.until(now, now.atMs + product.leadTimeHours * HOUR_MS);
  return {
    rateMilli,
    leadTimeDemandMilli: rateMilli * hours,
    spareMilli: position.onHandMilli - product.safetyStockMilli,
  };
}

/** A product without sales cannot run out, and without a count its stock is unknown. */
export function isStockoutImminent(
  position: Position,
  { spareMilli, leadTimeDemandMilli }: StockOutlook,
): boolean {
  return position.known && position.soldMilli.some((sold) => sold > 0) && spareMilli <= leadTimeDemandMilli;
}

export function isReplenished(
  { spareMilli, leadTimeDemandMilli }: StockOutlook,
  { clearFactor }: StockoutLimits = parameters.parse({}),
): boolean {
  return spareMilli > 0 && spareMilli > clearFactor * leadTimeDemandMilli;
}
