import type { ProductId, StoreId } from '../../ids.ts';
import type { Product } from '../../pos/product.ts';
import { HOURS } from '../silent/hour-panel.ts';
import type { StoreHours } from '../silent/store-hours.ts';
import { forecastDemand, HORIZON_DAYS } from './demand-forecast.ts';
import type { DemandSeries } from './demand-history.ts';
import { wholeUnitsMilli } from './order-quantity.ts';

/** A store at the beginning of a day of its own: what it sold, and what its books show. */
export interface StoreDemand {
  readonly storeId: StoreId;
  /** Whole days only. */
  readonly hours: StoreHours;
  /** Products whose stock is known, in thousandths. */
  readonly onHandMilli: ReadonlyMap<ProductId, number>;
}

/** One line of the forecast: a product in a store. Quantities are in thousandths of the product's unit. */
export interface ForecastLine {
  readonly storeId: StoreId;
  readonly productId: ProductId;
  /** Local date of the first day. */
  readonly from: string;
  readonly expectedMilli: readonly number[];
  /** Not exceeded in 95 of 100 cases, day by day. */
  readonly highMilli: readonly number[];
  readonly onHandMilli?: number;
  /** What to order today so that the safety stock lasts through the lead time and a day, in 19 of 20 cases. */
  readonly suggestedOrderMilli?: number;
}

const DAYS = 56;
/** A forecast holds for so many products of a store, best sellers first. */
export const MOST_FORECAST = 2_000;

/** Forecasts all stores together, as they share weekdays and levels. */
export function forecastStores(
  stores: readonly StoreDemand[],
  products: ReadonlyMap<ProductId, Product>,
): ForecastLine[] {
  const newest = Math.max(0, ...stores.map(({ hours }) => hours.days.at(-1) ?? 0));
  const firstDay = newest - DAYS + 1;
  const series: (DemandSeries & { readonly store: StoreDemand; readonly id: ProductId })[] = [];
  for (const store of stores) {
    const open = openDays(store.hours, firstDay);
    for (const [id, sold] of bestSellers(store.hours)) {
      const daily = new Float32Array(DAYS);
      for (let at = 0; at < sold.length; at += 2) {
        const day = Math.floor((sold[at] ?? 0) / HOURS) - firstDay;
        if (day >= 0 && day < DAYS) daily[day] = (daily[day] ?? 0) + (sold[at + 1] ?? 0) / 1_000;
      }
      series.push({
        store,
        id,
        storeId: store.storeId,
        productId: id,
        category: products.get(id)?.department,
        sold: daily,
        open,
        inStock: ALWAYS_IN_STOCK,
      });
    }
  }
  if (series.length === 0) return [];
  const forecasts = forecastDemand({ days: DAYS, firstDay, series });
  const from = new Date((newest + 1) * 86_400_000).toISOString().slice(0, 10);
  return series.map(({ store, id }, index) => {
    const { mean, quantile } = forecasts[index]!;
    const high = Array.from(mean, (_, ahead) => quantile(ahead, 0.95));
    return {
      storeId: store.storeId,
      productId: id,
      from,
      expectedMilli: Array.from(mean, (units) => Math.round(units * 1_000)),
      highMilli: high.map((units) => Math.round(units * 1_000)),
      ...suggestion(mean, high, store.onHandMilli.get(id), products.get(id)),
    };
  });
}

const ALWAYS_IN_STOCK = new Float32Array(DAYS).fill(1);

/** Days that are known and on which anything was sold. */
function openDays({ days, products }: StoreHours, firstDay: number): Uint8Array {
  const selling = new Set<number>();
  for (const sold of products.values())
    for (let at = 0; at < sold.length; at += 2) selling.add(Math.floor((sold[at] ?? 0) / HOURS));
  const known = new Set(days);
  return Uint8Array.from({ length: DAYS }, (_, day) =>
    known.has(firstDay + day) && selling.has(firstDay + day) ? 1 : 0,
  );
}

function bestSellers({ products }: StoreHours) {
  const milliOf = (sold: Int32Array): number =>
    sold.reduce((sum, value, at) => sum + (at % 2 === 1 ? value : 0), 0);
  return [...products]
    .map(([id, sold]) => [id, sold, milliOf(sold)] as const)
    .sort((one, other) => other[2] - one[2] || (one[0] < other[0] ? -1 : 1))
    .slice(0, MOST_FORECAST);
}

/** Days differ from their forecast independently of each other, so what is above it adds up by squares. */
function suggestion(
  mean: Float64Array,
  high: readonly number[],
  onHandMilli: number | undefined,
  product: Product | undefined,
): Pick<ForecastLine, 'onHandMilli' | 'suggestedOrderMilli'> {
  if (onHandMilli === undefined || !product) return {};
  const days = Math.min(HORIZON_DAYS, Math.ceil(product.leadTimeHours / 24) + 1);
  let [expected, square] = [0, 0];
  for (let day = 0; day < days; day += 1) {
    expected += mean[day] ?? 0;
    square += ((high[day] ?? 0) - (mean[day] ?? 0)) ** 2;
  }
  const needed = (expected + Math.sqrt(square)) * 1_000 + product.safetyStockMilli - onHandMilli;
  return { onHandMilli, suggestedOrderMilli: wholeUnitsMilli(needed, product.unit) };
}
