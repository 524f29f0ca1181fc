import { demandFactors, type DemandFactors } from './demand-factors.ts';
import { poissonQuantile } from './poisson.ts';
import { availableOn, type DemandHistory, type DemandSeries } from './demand-history.ts';

/** Days ahead for which demand is forecast. */
export const HORIZON_DAYS = 14;

/** Expected sales of one series, by day ahead, in units. */
export interface DemandForecast {
  readonly mean: Float64Array;
  /** What is not exceeded with a probability of `share`. */
  readonly quantile: (ahead: number, share: number) => number;
}

/** Half-lives that are tried out on the last two weeks, in days. */
const HALF_LIVES = [3, 5, 9, 16];
/** How far the estimate of empty shelves is believed; tried out likewise. */
const TRUSTS = [0, 0.3, 0.6];
/** How many days of its own the level of its group stands for. */
const PRIOR_DAYS = 1.5;

/**
 * Exponential smoothing of the level, on days freed from weekday, price and holiday, as a ratio of sums: units sold over
 * average days in which they could be sold. Days without a sale count like all others, so intermittent products need no
 * case of their own (Teunter, Syntetos and Babai 2011 update the probability of demand every day for the same reason), and
 * a closed store or an empty shelf adds nothing. The level is drawn towards that of the product in other stores, of its
 * category and of its store, so a new product has one on its first day.
 */
export function forecastDemand(
  history: DemandHistory,
  origin: number = history.days,
  horizon: number = HORIZON_DAYS,
): DemandForecast[] {
  const before = Math.max(1, origin - HORIZON_DAYS);
  const tried = TRUSTS.flatMap((trust) => {
    const factors = demandFactors(history, before, trust);
    return HALF_LIVES.map((halfLife) => tryOut(history, before, origin, { trust, halfLife }, factors));
  });
  const best = tried.reduce((one, other) => (other.error < one.error ? other : one));
  const factors = demandFactors(history, origin, best.settings.trust);
  const levels = levelsOf(history, origin, best.settings, factors);
  const { spread } = best;
  return history.series.map((series, index) => {
    const mean = Float64Array.from(
      { length: horizon },
      (_, ahead) => (levels[index] ?? 0) * factors.of(series, origin + ahead),
    );
    return { mean, quantile: (ahead, share) => spread.quantile(mean[ahead] ?? 0, share) };
  });
}

interface Settings {
  readonly trust: number;
  readonly halfLife: number;
}

/** Forecasts the days from `before` to `origin` from those before them. */
function tryOut(
  history: DemandHistory,
  before: number,
  origin: number,
  settings: Settings,
  factors: DemandFactors,
) {
  const levels = levelsOf(history, before, settings, factors);
  const spread = new Spread();
  let error = 0;
  for (const [index, series] of history.series.entries())
    for (let day = before; day < origin; day += 1) {
      if (series.open[day] !== 1) continue;
      const expected = (levels[index] ?? 0) * factors.of(series, day);
      error += Math.abs((series.sold[day] ?? 0) - expected);
      spread.add(expected, series.sold[day] ?? 0);
    }
  return { settings, spread, error };
}

/** Units on an average day, by series. */
function levelsOf(
  history: DemandHistory,
  end: number,
  { halfLife, trust }: Settings,
  factors: DemandFactors,
): Float64Array {
  const decay = 0.5 ** (1 / halfLife);
  const count = history.series.length;
  const [units, days] = [new Float64Array(count), new Float64Array(count)];
  for (const [index, series] of history.series.entries()) {
    let [sold, could] = [0, 0];
    for (let day = 0; day < end; day += 1) {
      sold = sold * decay + (series.sold[day] ?? 0);
      could = could * decay + availableOn(series, day, trust) * factors.of(series, day);
    }
    units[index] = sold;
    days[index] = could;
  }
  const priors = priorLevels(history.series, units, days);
  return Float64Array.from(
    units,
    (sold, index) => (sold + PRIOR_DAYS * (priors[index] ?? 0)) / ((days[index] ?? 0) + PRIOR_DAYS),
  );
}

/** So many days stand for the level above, in the level of a group. */
const GROUP_PRIOR_DAYS = 10;

/** The level that a series would have without sales of its own: the product's, times how much its store sells of others. */
function priorLevels(series: readonly DemandSeries[], units: Float64Array, days: Float64Array): Float64Array {
  const sums = new Map<string, [units: number, days: number]>();
  const add = (key: string, index: number): void => {
    const sum = sums.get(key) ?? [0, 0];
    sums.set(key, [sum[0] + (units[index] ?? 0), sum[1] + (days[index] ?? 0)]);
  };
  for (const [index, { productId, category = '' }] of series.entries()) {
    add('all', index);
    add(`category ${category}`, index);
    add(`product ${productId}`, index);
  }
  const level = (key: string, above: number): number => {
    const [sold, could] = sums.get(key) ?? [0, 0];
    return (sold + GROUP_PRIOR_DAYS * above) / (could + GROUP_PRIOR_DAYS);
  };
  const [allUnits, allDays] = sums.get('all') ?? [0, 0];
  const all = allDays > 0 ? allUnits / allDays : 0;
  const ofProduct = ({ productId, category = '' }: DemandSeries): number =>
    level(`product ${productId}`, level(`category ${category}`, all));
  const stores = new Map<string, [units: number, expected: number]>();
  for (const [index, one] of series.entries()) {
    const sum = stores.get(one.storeId) ?? [0, 0];
    stores.set(one.storeId, [sum[0] + (units[index] ?? 0), sum[1] + (days[index] ?? 0) * ofProduct(one)]);
  }
  return Float64Array.from(series, (one) => {
    const [sold, expected] = stores.get(one.storeId) ?? [0, 0];
    const store = (sold + GROUP_PRIOR_DAYS * all) / (expected + GROUP_PRIOR_DAYS * all || 1);
    return ofProduct(one) * store;
  });
}

const MEAN_BOUNDS = [0.25, 0.5, 1, 2, 4, 8, 16];
/** Fewer errors than this tell no quantile. */
const LEAST_ERRORS = 50;

/** How far sales lay from their forecast, in parts of it, for forecasts of about the same size. */
class Spread {
  private readonly errors: number[][] = Array.from({ length: MEAN_BOUNDS.length + 1 }, () => []);
  private isSorted = false;

  add(mean: number, sold: number): void {
    this.errors[bucketOf(mean)]?.push(sold / Math.max(mean, 1e-6));
    this.isSorted = false;
  }

  quantile(mean: number, share: number): number {
    if (!this.isSorted) for (const errors of this.errors) errors.sort((one, other) => one - other);
    this.isSorted = true;
    const errors = this.errors[bucketOf(mean)] ?? [];
    if (errors.length < LEAST_ERRORS) return poissonQuantile(mean, share);
    const at = share * (errors.length - 1);
    const [low, high] = [errors[Math.floor(at)] ?? 0, errors[Math.ceil(at)] ?? 0];
    return mean * (low + (at - Math.floor(at)) * (high - low));
  }
}

function bucketOf(mean: number): number {
  const found = MEAN_BOUNDS.findIndex((bound) => mean < bound);
  return found === -1 ? MEAN_BOUNDS.length : found;
}
