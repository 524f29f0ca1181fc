import { availableOn, weekdayOf, type DemandHistory, type DemandSeries } from './demand-history.ts';

/**
 * By how much a day sells more or less than an average one: its weekday, its price, a promotion, a holiday. One product in
 * one store is too little to learn that from, so the weekday is shared between a store's products and a product's stores,
 * and prices and holidays between all.
 */
export interface DemandFactors {
  /** Of a day, also one ahead; 1 is an average day. */
  of(series: DemandSeries, day: number): number;
}

/** So many units stand for the profile of all, in the profile of a store and of a product. */
const PRIOR_UNITS = 60;
/** Upper bounds of the price against the usual one. */
const PRICE_BOUNDS = [0.55, 0.7, 0.8, 0.9, 0.97, 1.03, 1.15];
const USUAL_DAYS = 28;
const [LEAST, MOST] = [0.2, 5];

/** Sold and expected units, by cell. */
class Ratio {
  readonly sold: Float64Array;
  readonly expected: Float64Array;

  constructor(cells: number) {
    this.sold = new Float64Array(cells);
    this.expected = new Float64Array(cells);
  }

  add(cell: number, sold: number, expected: number): void {
    this.sold[cell] = (this.sold[cell] ?? 0) + sold;
    this.expected[cell] = (this.expected[cell] ?? 0) + expected;
  }

  of(cell: number, prior: number): number {
    const factor =
      ((this.sold[cell] ?? 0) + PRIOR_UNITS * prior) / ((this.expected[cell] ?? 0) + PRIOR_UNITS);
    return Math.min(MOST, Math.max(LEAST, factor));
  }
}

/** Learned from the days before `end`. */
export function demandFactors(history: DemandHistory, end: number, trust: number): DemandFactors {
  const means = history.series.map((series) => meanOf(series, end, trust));
  const weekdays = new WeekdayProfiles(history, end, trust, means);
  const circumstances = new Ratio(4 * (PRICE_BOUNDS.length + 1));
  for (const [index, series] of history.series.entries()) {
    for (let day = 0; day < end; day += 1) {
      const expected = availableOn(series, day, trust) * (means[index] ?? 0) * weekdays.of(series, day);
      if (expected > 0) circumstances.add(circumstanceOf(series, day, end), series.sold[day] ?? 0, expected);
    }
  }
  return {
    of: (series, day) => weekdays.of(series, day) * circumstances.of(circumstanceOf(series, day, end), 1),
  };
}

function meanOf(series: DemandSeries, end: number, trust: number): number {
  let [units, days] = [0, 0];
  for (let day = 0; day < end; day += 1) {
    units += series.sold[day] ?? 0;
    days += availableOn(series, day, trust);
  }
  return days > 0 ? units / days : 0;
}

class WeekdayProfiles {
  private readonly all = new Ratio(7);
  private readonly byStore = new Map<string, Ratio>();
  private readonly byProduct = new Map<string, Ratio>();
  private readonly history: DemandHistory;

  constructor(history: DemandHistory, end: number, trust: number, means: readonly number[]) {
    this.history = history;
    for (const [index, series] of history.series.entries()) {
      const ratios = [
        this.all,
        ratioIn(this.byStore, series.storeId),
        ratioIn(this.byProduct, series.productId),
      ];
      for (let day = 0; day < end; day += 1) {
        const expected = availableOn(series, day, trust) * (means[index] ?? 0);
        if (expected <= 0) continue;
        for (const ratio of ratios) ratio.add(weekdayOf(history, day), series.sold[day] ?? 0, expected);
      }
    }
  }

  of({ storeId, productId }: DemandSeries, day: number): number {
    const weekday = weekdayOf(this.history, day);
    const all = this.all.of(weekday, 1);
    const store = this.byStore.get(storeId)?.of(weekday, all) ?? all;
    const product = this.byProduct.get(productId)?.of(weekday, all) ?? all;
    return (store * product) / all;
  }
}

function ratioIn(ratios: Map<string, Ratio>, key: string): Ratio {
  let ratio = ratios.get(key);
  if (!ratio) ratios.set(key, (ratio = new Ratio(7)));
  return ratio;
}

/** The cell of a day's price, promotion and holiday. */
function circumstanceOf({ price, holiday, promotion }: DemandSeries, day: number, end: number): number {
  let bucket = PRICE_BOUNDS.findIndex((bound) => bound >= 1);
  if (price) {
    const from = Math.max(0, Math.min(day, end) - USUAL_DAYS);
    const until = Math.max(from + 1, Math.min(day, end));
    let sum = 0;
    for (let before = from; before < until; before += 1) sum += price[before] ?? 1;
    const share = (price[day] ?? 1) / (sum / (until - from) + 1e-9);
    const found = PRICE_BOUNDS.findIndex((bound) => share < bound);
    bucket = found === -1 ? PRICE_BOUNDS.length : found;
  }
  return bucket * 4 + (holiday?.[day] ?? 0) * 2 + (promotion?.[day] ?? 0);
}
