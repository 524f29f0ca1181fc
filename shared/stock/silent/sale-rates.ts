import { HOURS, type PanelSeries } from './hour-panel.ts';

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
 * P(a sale in an hour | in stock), for each series and hour of the day: the decayed share of days with a sale in that
 * hour, drawn towards the level of the series on the shape of its product's day, which all stores share. Hours that were
 * probably out of stock count for as little as they are probable.
 */
export class SaleRates {
  private readonly productOf: Int32Array;
  private readonly sales: Float64Array;
  private readonly days: Float64Array;
  private readonly levelSales: Float64Array;
  private readonly levelDays: Float64Array;
  private readonly productSales: Float64Array;
  private readonly allSales = new Float64Array(HOURS);
  private readonly shape: Float64Array;

  private readonly series: readonly PanelSeries[];

  constructor(series: readonly PanelSeries[]) {
    this.series = series;
    const products = new Map<string, number>();
    this.productOf = Int32Array.from(series, ({ productId }) => {
      const index = products.get(productId) ?? products.size;
      products.set(productId, index);
      return index;
    });
    this.sales = new Float64Array(series.length * HOURS);
    this.days = new Float64Array(series.length * HOURS);
    this.levelSales = new Float64Array(series.length);
    this.levelDays = new Float64Array(series.length);
    this.productSales = new Float64Array(products.size * HOURS);
    this.shape = new Float64Array(products.size * HOURS);
  }

  startDay(): void {
    const all = sumOf(this.allSales);
    for (let from = 0; from < this.shape.length; from += HOURS) {
      const own = sumOf(this.productSales.subarray(from, from + HOURS));
      for (let hour = 0; hour < HOURS; hour += 1) {
        const pooled = all > 0 ? (this.allSales[hour] ?? 0) / all : 1 / HOURS;
        this.shape[from + hour] =
          ((this.productSales[from + hour] ?? 0) + PRIOR_SALES * pooled) / (own + PRIOR_SALES);
      }
    }
  }

  /** The rates of a series for the day that has started. */
  of(index: number): Float64Array {
    const shape = this.shapeOf(index);
    const level = ((this.levelSales[index] ?? 0) + 2) / ((this.levelDays[index] ?? 0) + 1);
    return Float64Array.from(shape, (share, hour) => {
      const at = index * HOURS + hour;
      const prior = Math.min(MOST_PRIOR, level * share);
      const rate = ((this.sales[at] ?? 0) + PRIOR_DAYS * prior) / ((this.days[at] ?? 0) + PRIOR_DAYS);
      return Math.min(MOST, Math.max(LEAST, rate));
    });
  }

  /** @param out P(out) in hindsight of each hour of the day. */
  endSeries(index: number, day: number, out: Float32Array): void {
    const { sold } = this.series[index]!;
    const shape = this.shapeOf(index);
    const product = (this.productOf[index] ?? 0) * HOURS;
    let [salesToday, inStock] = [0, 0];
    for (let hour = 0; hour < HOURS; hour += 1) {
      const at = index * HOURS + hour;
      const isSale = (sold[day * HOURS + hour] ?? 0) > 0;
      const probablyIn = 1 - (out[hour] ?? 0);
      const weight = isSale ? Math.max(probablyIn, SALE_WEIGHT) : probablyIn;
      this.sales[at] = (this.sales[at] ?? 0) * DECAY + (isSale ? 1 : 0);
      this.days[at] = (this.days[at] ?? 0) * DECAY + weight;
      inStock += (shape[hour] ?? 0) * probablyIn;
      if (!isSale) continue;
      salesToday += 1;
      this.productSales[product + hour] = (this.productSales[product + hour] ?? 0) + 1;
      this.allSales[hour] = (this.allSales[hour] ?? 0) + 1;
    }
    this.levelSales[index] = (this.levelSales[index] ?? 0) * DECAY + salesToday;
    this.levelDays[index] = (this.levelDays[index] ?? 0) * DECAY + inStock;
  }

  endDay(): void {
    for (let at = 0; at < this.productSales.length; at += 1)
      this.productSales[at] = (this.productSales[at] ?? 0) * DECAY;
    for (let hour = 0; hour < HOURS; hour += 1) this.allSales[hour] = (this.allSales[hour] ?? 0) * DECAY;
  }

  private shapeOf(index: number): Float64Array {
    const from = (this.productOf[index] ?? 0) * HOURS;
    return this.shape.subarray(from, from + HOURS);
  }
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
