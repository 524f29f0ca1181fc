import { HOURS, isOpen, type PanelSeries } from './hour-panel.ts';

/** What counts half after this many days. */
const HALF_LIFE_DAYS = 21;
const DECAY = 0.5 ** (1 / HALF_LIFE_DAYS);
/** How many days of its own history the prior of a series stands for. */
const PRIOR_DAYS = 6;
/** How many sales of its own the shape of all products stands for in the shape of one. */
const PRIOR_SALES = 200;
const [LEAST, MOST, MOST_PRIOR] = [0.002, 0.97, 0.95];
/** An hour with a sale was in stock, whatever the filter says. */
const SALE_WEIGHT = 0.97;

/**
 * At which hours each product sells, over all stores: the decayed share of its hours with a sale in each hour of the day,
 * drawn towards the shape of all products. It follows from sales alone, so the stores of a chain can be added one by one.
 */
export class SaleShapes {
  /** By product: series with a sale in each hour of each day. */
  private readonly counts = new Map<string, Uint16Array>();
  private readonly all: Float64Array;
  private pooled: Float64Array | undefined;
  private readonly days: number;

  constructor(days: number) {
    this.days = days;
    this.all = new Float64Array(days * HOURS);
  }

  add({ productId, sold }: Pick<PanelSeries, 'productId' | 'sold'>): void {
    let counts = this.counts.get(productId);
    if (!counts) this.counts.set(productId, (counts = new Uint16Array(this.days * HOURS)));
    for (let cell = 0; cell < counts.length; cell += 1) {
      if ((sold[cell] ?? 0) <= 0) continue;
      counts[cell] = (counts[cell] ?? 0) + 1;
      this.all[cell] = (this.all[cell] ?? 0) + 1;
    }
    this.pooled = undefined;
  }

  /** By day, from the days before it: the shares of the 24 hours, which sum up to 1. */
  of(productId: string): Float64Array {
    this.pooled ??= decayedBefore(this.all);
    const own = decayedBefore(this.counts.get(productId) ?? new Uint16Array(this.days * HOURS));
    const shape = new Float64Array(own.length);
    for (let from = 0; from < shape.length; from += HOURS) {
      const all = sumOf(this.pooled.subarray(from, from + HOURS));
      const sales = sumOf(own.subarray(from, from + HOURS));
      for (let cell = from; cell < from + HOURS; cell += 1) {
        const pooled = all > 0 ? (this.pooled[cell] ?? 0) / all : 1 / HOURS;
        shape[cell] = ((own[cell] ?? 0) + PRIOR_SALES * pooled) / (sales + PRIOR_SALES);
      }
    }
    return shape;
  }
}

/** What each day has seen before it, by hour of the day. */
function decayedBefore(counts: ArrayLike<number>): Float64Array {
  const before = new Float64Array(counts.length);
  for (let cell = HOURS; cell < counts.length; cell += 1)
    before[cell] = ((before[cell - HOURS] ?? 0) + (counts[cell - HOURS] ?? 0)) * DECAY;
  return before;
}

/**
 * P(a sale in an hour | in stock) of one series: the decayed share of days with a sale in that hour, drawn towards its
 * level on the shape of its product. Hours that were probably out of stock count for as little as they are probable.
 */
export class SaleRates {
  private readonly sales = new Float64Array(HOURS);
  private readonly days = new Float64Array(HOURS);
  private levelSales = 0;
  private levelDays = 0;
  private readonly rates = new Float64Array(HOURS);
  private readonly series: PanelSeries;
  private readonly shape: Float64Array;

  /** @param shape of its product, by day, see `SaleShapes.of`. */
  constructor(series: PanelSeries, shape: Float64Array) {
    this.series = series;
    this.shape = shape;
  }

  /** The rates of a day; 0 while the store is closed. The next call overwrites them. */
  of(day: number): Float64Array {
    const { series, shape, sales, days, rates } = this;
    const level = (this.levelSales + 2) / (this.levelDays + 1);
    for (let hour = 0; hour < HOURS; hour += 1) {
      const cell = day * HOURS + hour;
      const prior = Math.min(MOST_PRIOR, level * (shape[cell] ?? 0));
      const rate = ((sales[hour] ?? 0) + PRIOR_DAYS * prior) / ((days[hour] ?? 0) + PRIOR_DAYS);
      rates[hour] = isOpen(series, cell) ? Math.min(MOST, Math.max(LEAST, rate)) : 0;
    }
    return rates;
  }

  /** @param out P(out) in hindsight of each hour of the day. */
  endDay(day: number, out: Float32Array): void {
    const { series, sales, days } = this;
    let [salesToday, inStock] = [0, 0];
    for (let hour = 0; hour < HOURS; hour += 1) {
      const cell = day * HOURS + hour;
      const isSale = (series.sold[cell] ?? 0) > 0;
      const probablyIn = isOpen(series, cell) ? 1 - (out[hour] ?? 0) : 0;
      const weight = isSale ? Math.max(probablyIn, SALE_WEIGHT) : probablyIn;
      sales[hour] = (sales[hour] ?? 0) * DECAY + (isSale ? 1 : 0);
      days[hour] = (days[hour] ?? 0) * DECAY + weight;
      inStock += (this.shape[cell] ?? 0) * probablyIn;
      if (isSale) salesToday += 1;
    }
    this.levelSales = this.levelSales * DECAY + salesToday;
    this.levelDays = this.levelDays * DECAY + inStock;
  }
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
