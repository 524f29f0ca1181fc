import type { Product } from '../pos/product.ts';
import { soldInWeeksKept, startOfWeekMs, weekOf, WEEKS_KEPT, type Position } from './position.ts';
import type { TradingInstant, TradingTime } from './sales-rate.ts';
import { HOUR_MS } from '../time.ts';

/**
 * Imminent stockout: at the rate at which it sells, the product will be down to its safety stock before a new order
 * could be on the shelf. It is the reorder point of textbooks, with the store's own hours and rhythm for the demand.
 *
 * One alert is raised per episode. The episode ends when stock comes in that is well above the point (hysteresis), so
 * that sales around it do not raise alert after alert.
 */
export interface StockoutLimits {
  /** An episode ends above this many times the demand during the lead time. */
  readonly clearFactor: number;
  /** How much history the prior stands for, in average open hours. */
  readonly priorHours: number;
  /** What an unknown product sells in an average open hour, in thousandths. */
  readonly priorRateMilli: number;
}

export const DEFAULT_STOCKOUT_LIMITS: StockoutLimits = {
  clearFactor: 1.5,
  priorHours: 2,
  priorRateMilli: 200,
};

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
  limits: StockoutLimits,
): number {
  const week = weekOf(now.atMs);
  const fromMs = Math.max(position.sinceMs, startOfWeekMs(week - WEEKS_KEPT + 1));
  const soldMilli = Math.max(0, soldInWeeksKept(position, week));
  const hours = Math.max(0, trading.since(fromMs, now));
  return (soldMilli + limits.priorRateMilli * limits.priorHours) / (hours + limits.priorHours);
}

export function outlook(
  position: Position,
  product: Product,
  trading: TradingTime,
  now: TradingInstant,
  limits: StockoutLimits = DEFAULT_STOCKOUT_LIMITS,
): StockOutlook {
  const rateMilli = ratePerHour(position, trading, now, limits);
  const hours = trading.until(now, now.atMs + product.leadTimeHours * HOUR_MS);
  return {
    rateMilli,
    leadTimeDemandMilli: rateMilli * hours,
    spareMilli: position.onHandMilli - product.safetyStockMilli,
  };
}

/** A product that nobody buys can not run out, and where nothing was ever counted nothing is known. */
export function isStockoutImminent(
  position: Position,
  { spareMilli, leadTimeDemandMilli }: StockOutlook,
): boolean {
  return position.known && position.soldMilli.some((sold) => sold > 0) && spareMilli <= leadTimeDemandMilli;
}

export function isReplenished(
  { spareMilli, leadTimeDemandMilli }: StockOutlook,
  limits: StockoutLimits = DEFAULT_STOCKOUT_LIMITS,
): boolean {
  return spareMilli > 0 && spareMilli > limits.clearFactor * leadTimeDemandMilli;
}
