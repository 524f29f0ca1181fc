import { depletion, dayTotals, HOURS, isOpen, type HourPanel, type PanelSeries } from './hour-panel.ts';
import { SaleRates, SaleShapes } from './sale-rates.ts';

/**
 * A filter with two states, `in stock` and `out`, for each product in each store.
 *
 * A shelf empties through a sale, and the likelier the more of a usual day's supply is sold; it fills again mostly before
 * the store opens. In stock, a sale in an hour comes with the series' own rate; out of stock it is an error of the books.
 * The posterior after each hour needs no label: the tables are learned from sales alone (`learnTables`) or shipped.
 */
export interface FilterTables {
  /** P(in stock -> out) in the hour after a sale, by bucket of `depletion`. */
  readonly afterSale: readonly number[];
  /** P(in stock -> out) after an hour without a sale. */
  readonly withoutSale: number;
  /** P(out -> in stock) by hour of the day. */
  readonly restock: readonly number[];
}

/** Upper bounds of the buckets of depletion; the last bucket is open. */
const BUCKET_BOUNDS = [0, 0.1, 0.25, 0.4, 0.55, 0.75, 0.95];
export const BUCKETS = BUCKET_BOUNDS.length + 1;

export function bucketOf(share: number): number {
  const bucket = BUCKET_BOUNDS.findIndex((bound, at) => (at === 0 ? share <= bound : share < bound));
  return bucket === -1 ? BUCKETS - 1 : bucket;
}

/** A label says "out" in few hours in which something was sold all the same. */
const SALE_WHEN_OUT = 0.03;
const MOST_HAZARD = 0.9;
/** How many events the pooled hazard stands for in a series' own factor. */
const PRIOR_EVENTS = 4;
/** What a series' own factor forgets a day. */
const FACTOR_DECAY = 0.985;

/** One series after the filter; arrays have 24 cells a day. */
export interface FilteredSeries {
  readonly totals: Float64Array;
  /** P(a sale in the hour | in stock). */
  readonly rate: Float32Array;
  /** P(out | everything up to and including the hour). */
  readonly out: Float32Array;
  /** P(out | the whole day). It looks ahead within the day: for learning, never for a score. */
  readonly outInHindsight: Float32Array;
  /** P(in stock -> out) after the hour. */
  readonly hazard: Float32Array;
}

/** Expected numbers of transitions, from which better tables follow. */
export interface Transitions {
  readonly afterSale: Float64Array;
  readonly salesInStock: Float64Array;
  withoutSale: number;
  silentInStock: number;
  readonly restocked: Float64Array;
  readonly outHours: Float64Array;
}

export const newTransitions = (): Transitions => ({
  afterSale: new Float64Array(BUCKETS),
  salesInStock: new Float64Array(BUCKETS),
  withoutSale: 0,
  silentInStock: 0,
  restocked: new Float64Array(HOURS),
  outHours: new Float64Array(HOURS),
});

/** A stockout after these hours leaves too few hours before the night to be told from a quiet evening. */
const LEARNED_HOURS = { first: 8, last: 14 };

/** Filters the first `days` of a panel. */
export function filterPanel(
  panel: HourPanel,
  tables: FilterTables,
  days = panel.days,
  transitions?: Transitions,
): FilteredSeries[] {
  const shapes = new SaleShapes(panel.days);
  for (const series of panel.series) shapes.add(series);
  return panel.series.map((series) =>
    filterSeries(series, shapes.of(series.productId), tables, days, transitions),
  );
}

/** @param shape of the product, by day, see `SaleShapes.of`. */
export function filterSeries(
  series: PanelSeries,
  shape: Float64Array,
  tables: FilterTables,
  days: number,
  transitions?: Transitions,
): FilteredSeries {
  const rates = new SaleRates(series, shape);
  const filter = new SeriesFilter(series, tables, transitions);
  for (let day = 0; day < days; day += 1) rates.endDay(day, filter.day(day, rates.of(day)));
  return filter.result;
}

class SeriesFilter {
  readonly result: FilteredSeries;
  private readonly series: PanelSeries;
  private readonly sold: Float32Array;
  /** P(out) before the next hour. */
  private before = 0;
  private ownOut = 0;
  private expectedOut = 0;
  private readonly bucket = new Uint8Array(HOURS);

  private readonly tables: FilterTables;
  private readonly transitions: Transitions | undefined;

  constructor(series: PanelSeries, tables: FilterTables, transitions: Transitions | undefined) {
    this.tables = tables;
    this.transitions = transitions;
    const cells = series.sold.length;
    this.series = series;
    this.sold = series.sold;
    this.result = {
      totals: dayTotals(series.sold),
      rate: new Float32Array(cells),
      out: new Float32Array(cells),
      outInHindsight: new Float32Array(cells),
      hazard: new Float32Array(cells),
    };
  }

  /** @returns P(out) in hindsight of each hour of the day. */
  day(day: number, rate: Float64Array): Float32Array {
    const at = day * HOURS;
    this.result.rate.set(rate, at);
    this.forward(day, at, rate);
    this.backward(at, rate);
    this.ownOut *= FACTOR_DECAY;
    this.expectedOut *= FACTOR_DECAY;
    return this.result.outInHindsight.subarray(at, at + HOURS);
  }

  private forward(day: number, at: number, rate: Float64Array): void {
    const { out, hazard, totals } = this.result;
    const factor = (this.ownOut + PRIOR_EVENTS) / (this.expectedOut + PRIOR_EVENTS);
    let units = 0;
    for (let hour = 0; hour < HOURS; hour += 1) {
      const isSale = (this.sold[at + hour] ?? 0) > 0;
      units += this.sold[at + hour] ?? 0;
      const [likelyOut, likelyIn] = this.likelihoods(at + hour, rate[hour] ?? 0);
      const whenOut = this.before * likelyOut;
      const whenIn = (1 - this.before) * likelyIn;
      const posterior = whenOut / (whenOut + whenIn);
      // Without a sale what is used up stays as it was.
      this.bucket[hour] =
        isSale || hour === 0 ? bucketOf(depletion(totals, day, units)) : (this.bucket[hour - 1] ?? 0);
      const pooled = isSale
        ? (this.tables.afterSale[this.bucket[hour] ?? 0] ?? 0) * factor
        : isOpen(this.series, at + hour)
          ? this.tables.withoutSale
          : 0;
      const emptied = Math.min(MOST_HAZARD, pooled);
      out[at + hour] = posterior;
      hazard[at + hour] = emptied;
      this.before = posterior * (1 - (this.tables.restock[hour] ?? 0)) + (1 - posterior) * emptied;
    }
  }

  /** Smooths within the day, and counts the transitions that it expects. */
  private backward(at: number, rate: Float64Array): void {
    const { out, hazard, outInHindsight } = this.result;
    let [laterOut, laterIn] = [1, 1];
    for (let hour = HOURS - 1; hour >= 0; hour -= 1) {
      const posterior = out[at + hour] ?? 0;
      const emptied = hazard[at + hour] ?? 0;
      const restocked = this.tables.restock[hour] ?? 0;
      if (hour < HOURS - 1) {
        const [likelyOut, likelyIn] = this.likelihoods(at + hour + 1, rate[hour + 1] ?? 0);
        const toOut = likelyOut * laterOut;
        const toIn = likelyIn * laterIn;
        const emptying = (1 - posterior) * emptied * toOut;
        const staying = (1 - posterior) * (1 - emptied) * toIn;
        const missing = posterior * (1 - restocked) * toOut;
        const filling = posterior * restocked * toIn;
        this.count(at, hour, emptying, staying, missing, filling);
        [laterOut, laterIn] = scaled(
          (1 - restocked) * toOut + restocked * toIn,
          emptied * toOut + (1 - emptied) * toIn,
        );
      }
      const whenOut = posterior * laterOut;
      outInHindsight[at + hour] = whenOut / (whenOut + (1 - posterior) * laterIn);
    }
  }

  /** Of what happened in an hour, if the shelf was empty and if it was not. A closed store says nothing. */
  private likelihoods(cell: number, rate: number): [out: number, inStock: number] {
    if ((this.sold[cell] ?? 0) > 0) return [SALE_WHEN_OUT, rate];
    return isOpen(this.series, cell) ? [1 - SALE_WHEN_OUT, 1 - rate] : [1, 1];
  }

  private count(
    at: number,
    hour: number,
    emptying: number,
    staying: number,
    missing: number,
    filling: number,
  ): void {
    const total = emptying + staying + missing + filling;
    const bucket = this.bucket[hour] ?? 0;
    const isSale = (this.sold[at + hour] ?? 0) > 0;
    const [emptied, inStock] = [emptying / total, (emptying + staying) / total];
    if (isSale) {
      this.ownOut += emptied;
      this.expectedOut += inStock * (this.tables.afterSale[bucket] ?? 0);
    }
    const { transitions } = this;
    if (!transitions) return;
    if (!isOpen(this.series, at + hour)) {
      // Nothing can sell, so nothing empties.
    } else if (!isSale) {
      transitions.withoutSale += emptied;
      transitions.silentInStock += inStock;
    } else if (hour >= LEARNED_HOURS.first && hour <= LEARNED_HOURS.last) {
      transitions.afterSale[bucket] = (transitions.afterSale[bucket] ?? 0) + emptied;
      transitions.salesInStock[bucket] = (transitions.salesInStock[bucket] ?? 0) + inStock;
    }
    transitions.restocked[hour] = (transitions.restocked[hour] ?? 0) + filling / total;
    transitions.outHours[hour] = (transitions.outHours[hour] ?? 0) + (missing + filling) / total;
  }
}

function scaled(one: number, other: number): [number, number] {
  const most = Math.max(one, other);
  return [one / most, other / most];
}
