import { depletion, FIRST_HOUR, HOURS, LAST_HOUR, type HourPanel, type PanelSeries } from './hour-panel.ts';
import { Neighbours, type Around } from './neighbours.ts';
import type { FilteredSeries } from './stock-filter.ts';

/**
 * What the trees see of one hour of one series. Everything follows from sales up to and including the hour, from the
 * calendar and from earlier days. The order is part of a trained model, which names its features.
 */
export const FEATURES = [
  'hour',
  'weekday',
  'out',
  'outBefore',
  'outTwoBefore',
  'silenceToday',
  'silence',
  'hoursSinceSale',
  'hourOfLastSale',
  'silenceBeforeLastSale',
  'hazardAtLastSale',
  'depletion',
  'depletionByHour',
  'unitsToMean7',
  'unitsToMean28',
  'unitsToMax7',
  'unitsToMax28',
  'unitsToYesterday',
  'unitsToWeekday',
  'unitsToOutset',
  'mean7',
  'mean28',
  'trend',
  'variation',
  'zeroDays',
  'discount',
  'discountChange',
  'discountToUsual',
  'holiday',
  'promotion',
  'dayRate',
  'rate',
  'rateSoFar',
  'rateLeft',
  'silentFromHereOn',
  'pace',
  'soldNow',
  'lastQuantity',
  'salesToday',
  'recent',
  'outShare',
  'outShareAtHour',
  'elsewhereOut',
  'elsewhereSold',
  'elsewhereSoldNow',
  'storeToday',
  'storeNow',
  'storeOut',
] as const;

const LONG_AGO_HOURS = 200;
const LOOK_BACK_DAYS = 7;

/** Rows of features for every judged hour of some days: by series, then day, then hour. */
export interface FeatureRows {
  readonly names: readonly string[];
  readonly rows: Float32Array;
  /** Of each row, its cell among all cells of the panel: series, day, hour. */
  readonly cells: Int32Array;
}

/** Features of the retailer's own labels, where it has them. */
export interface LabelledFeatures {
  readonly names: readonly string[];
  /** Of a series and day. @returns what gives the values at an hour. */
  ofDay(series: number, day: number): (hour: number, unitsToday: number) => readonly number[];
}

/**
 * @param firstDay at least 1; days before it are history only.
 */
export function silenceFeatures(
  panel: HourPanel,
  filtered: readonly FilteredSeries[],
  days: { readonly first: number; readonly end: number },
  labels?: LabelledFeatures,
): FeatureRows {
  const names = [...FEATURES, ...(labels?.names ?? [])];
  const count = panel.series.length * (days.end - days.first) * (LAST_HOUR - FIRST_HOUR + 1);
  const rows = new Float32Array(count * names.length);
  const cells = new Int32Array(count);
  const neighbours = new Neighbours(panel, filtered);
  let row = 0;
  for (const [index, series] of panel.series.entries()) {
    for (let day = days.first; day < days.end; day += 1) {
      const walk = new DayWalk(series, filtered[index]!, day);
      const own = labels?.ofDay(index, day);
      for (let hour = 0; hour <= LAST_HOUR; hour += 1) {
        walk.next(hour);
        if (hour < FIRST_HOUR) continue;
        const around = neighbours.at(index, day, hour);
        rows.set(walk.features(around), row * names.length);
        if (own) rows.set(own(hour, walk.units), row * names.length + FEATURES.length);
        cells[row] = (index * panel.days + day) * HOURS + hour;
        row += 1;
      }
    }
  }
  return { names, rows, cells };
}

/** What earlier days say, once a day. */
class DayHistory {
  readonly mean7: number;
  readonly mean28: number;
  readonly max7: number;
  readonly max28: number;
  readonly variation: number;
  readonly zeroDays: number;
  readonly yesterday: number | undefined;
  readonly sameWeekday: number;
  readonly usualDiscount: number;
  /** Mean units of the day at which the shelf seems to have run out. */
  readonly unitsAtOutset: number;
  readonly outShare: number;
  readonly lastSaleHours: readonly number[];

  readonly series: PanelSeries;
  readonly filtered: FilteredSeries;
  readonly day: number;

  constructor(series: PanelSeries, filtered: FilteredSeries, day: number) {
    this.series = series;
    this.filtered = filtered;
    this.day = day;
    const { totals } = filtered;
    const last28 = totals.subarray(Math.max(0, day - 28), day);
    const last7 = totals.subarray(Math.max(0, day - 7), day);
    this.mean28 = meanOf(last28);
    this.mean7 = meanOf(last7);
    this.max28 = Math.max(0, ...last28);
    this.max7 = Math.max(0, ...last7);
    const square = meanOf(last28.map((total) => total * total));
    this.variation = Math.sqrt(Math.max(0, square - this.mean28 ** 2)) / (this.mean28 + 0.2);
    this.zeroDays = meanOf(last28.map((total) => (total === 0 ? 1 : 0)));
    this.yesterday = day > 0 ? totals[day - 1] : undefined;
    const sameWeekdays = [7, 14, 21, 28].filter((age) => age <= day).map((age) => totals[day - age] ?? 0);
    this.sameWeekday = sameWeekdays.length === 0 ? this.mean28 : meanOf(sameWeekdays);
    this.usualDiscount = day === 0 ? 1 : meanOf(series.discount.subarray(Math.max(0, day - 28), day));
    this.unitsAtOutset = this.outset();
    let out = 0;
    const days = Math.min(14, day);
    for (let age = 1; age <= days; age += 1)
      for (let hour = FIRST_HOUR; hour <= LAST_HOUR; hour += 1) out += this.outAt(age, hour);
    this.outShare = out / (14 * (LAST_HOUR - FIRST_HOUR + 1));
    this.lastSaleHours = Array.from({ length: Math.min(28, day) }, (_, at) => this.lastSaleHour(at + 1));
  }

  outAt(age: number, hour: number): number {
    return this.filtered.outInHindsight[(this.day - age) * HOURS + hour] ?? 0;
  }

  outShareAt(hour: number): number {
    let sum = 0;
    for (let age = 1; age <= Math.min(14, this.day); age += 1) sum += this.outAt(age, hour);
    return sum / 14;
  }

  /** Share of the last two weeks in which no more had been sold by this hour than today. */
  depletionByHour(hour: number, units: number): number {
    const days = Math.min(14, this.day);
    if (days === 0) return 0.5;
    let reached = 0;
    for (let age = 1; age <= days; age += 1) {
      const from = (this.day - age) * HOURS;
      let sold = 0;
      for (let at = from; at <= from + hour; at += 1) sold += this.series.sold[at] ?? 0;
      if (sold <= units + 1e-6) reached += 1;
    }
    return reached / days;
  }

  private lastSaleHour(age: number): number {
    const from = (this.day - age) * HOURS;
    for (let hour = HOURS - 1; hour >= 0; hour -= 1)
      if ((this.series.sold[from + hour] ?? 0) > 0) return hour;
    return -1;
  }

  private outset(): number {
    let [units, weight] = [this.mean28 * 1.5 * 0.5, 0.5];
    for (let age = 1; age <= Math.min(28, this.day); age += 1) {
      let sold = 0;
      const from = (this.day - age) * HOURS;
      for (let hour = 0; hour < LAST_HOUR; hour += 1) {
        sold += this.series.sold[from + hour] ?? 0;
        const emptied = Math.max(0, this.outAt(age, hour + 1) - this.outAt(age, hour));
        units += emptied * sold;
        weight += emptied;
      }
    }
    return units / weight;
  }
}

/** Walks through the hours of one day. */
class DayWalk {
  units = 0;
  private hour = 0;
  private lastSale = -1;
  private lastQuantity = 0;
  private silence = 0;
  private silenceToday = 0;
  private silenceBeforeLastSale = 0;
  private hazardAtLastSale = 0.02;
  private salesToday = 0;
  private rateSoFar = 0;
  private unitsAtLastSale = 0;
  private rateAtLastSale = 0;
  private hourOfLastSale = -1;
  private readonly history: DayHistory;
  private readonly from: number;
  private readonly dayRate: number;

  private readonly series: PanelSeries;
  private readonly filtered: FilteredSeries;
  private readonly day: number;

  constructor(series: PanelSeries, filtered: FilteredSeries, day: number) {
    this.series = series;
    this.filtered = filtered;
    this.day = day;
    this.history = new DayHistory(series, filtered, day);
    this.from = day * HOURS;
    this.dayRate = this.rateBetween(FIRST_HOUR, LAST_HOUR);
    for (let cell = this.from - 1; cell >= Math.max(0, this.from - LOOK_BACK_DAYS * HOURS); cell -= 1) {
      if ((series.sold[cell] ?? 0) > 0) {
        this.lastSale = cell;
        this.lastQuantity = series.sold[cell] ?? 0;
        break;
      }
      this.silence += surprise(filtered.rate[cell] ?? 0);
    }
    if (this.lastSale < 0) this.silence = 0;
  }

  next(hour: number): void {
    this.hour = hour;
    const cell = this.from + hour;
    const sold = this.series.sold[cell] ?? 0;
    const rate = this.filtered.rate[cell] ?? 0;
    this.units += sold;
    this.rateSoFar += rate;
    if (sold > 0) {
      this.silenceBeforeLastSale = this.silence;
      this.silence = 0;
      this.silenceToday = 0;
      this.lastSale = cell;
      this.lastQuantity = sold;
      this.salesToday += 1;
      this.unitsAtLastSale = this.units;
      this.rateAtLastSale = this.rateSoFar;
      this.hourOfLastSale = hour;
      this.hazardAtLastSale = this.filtered.hazard[cell] ?? 0;
    } else {
      this.silence += surprise(rate);
      if (hour >= FIRST_HOUR) this.silenceToday += surprise(rate);
    }
  }

  /** In the order of `FEATURES`. */
  features(around: Around): number[] {
    const { series, filtered, history, hour, units, day } = this;
    const cell = this.from + hour;
    const discount = series.discount[day] ?? 1;
    return [
      hour,
      day % 7,
      filtered.out[cell] ?? 0,
      hour > FIRST_HOUR ? (filtered.out[cell - 1] ?? 0) : 0,
      hour > FIRST_HOUR + 1 ? (filtered.out[cell - 2] ?? 0) : 0,
      this.silenceToday,
      this.silence,
      this.lastSale < 0 ? LONG_AGO_HOURS : cell - this.lastSale,
      this.hourOfLastSale,
      this.silenceBeforeLastSale,
      this.hazardAtLastSale,
      depletion(filtered.totals, day, units),
      history.depletionByHour(hour, units),
      units / (history.mean7 + 0.5),
      units / (history.mean28 + 0.5),
      units / (history.max7 + 0.5),
      units / (history.max28 + 0.5),
      history.yesterday === undefined ? 1 : units / (history.yesterday + 0.5),
      units / (history.sameWeekday + 0.5),
      units / (history.unitsAtOutset + 0.5),
      history.mean7,
      history.mean28,
      history.mean7 / (history.mean28 + 0.2),
      history.variation,
      history.zeroDays,
      discount,
      day > 0 ? discount - (series.discount[day - 1] ?? 1) : 0,
      discount / (history.usualDiscount + 0.01),
      series.holiday[day] ?? 0,
      series.promotion[day] ?? 0,
      this.dayRate,
      filtered.rate[cell] ?? 0,
      this.rateSoFar,
      this.rateBetween(hour + 1, LAST_HOUR),
      history.lastSaleHours.length === 0
        ? 0.5
        : history.lastSaleHours.filter((last) => last < hour).length / history.lastSaleHours.length,
      this.pace(),
      series.sold[cell] ?? 0,
      this.lastQuantity,
      this.salesToday,
      this.recent(cell),
      history.outShare,
      history.outShareAt(hour),
      around.elsewhereOut,
      around.elsewhereSold,
      around.elsewhereSoldNow,
      around.storeToday,
      around.storeNow,
      around.storeOut,
    ];
  }

  /** How fast it sold up to the last sale of today, against what was to be expected by then. */
  private pace(): number {
    if (this.salesToday === 0) return 0;
    const { mean28 } = this.history;
    const expected = (this.rateAtLastSale * (mean28 + 0.2)) / (this.dayRate + 0.2);
    return (this.unitsAtLastSale + 0.2) / (expected + 0.2);
  }

  private recent(cell: number): number {
    let [sales, expected] = [0, 0];
    for (let at = cell - 2; at <= cell; at += 1) {
      if ((this.series.sold[at] ?? 0) > 0) sales += 1;
      expected += this.filtered.rate[at] ?? 0;
    }
    return (sales + 0.3) / (expected + 0.3);
  }

  private rateBetween(first: number, last: number): number {
    let sum = 0;
    for (let hour = first; hour <= last; hour += 1) sum += this.filtered.rate[this.from + hour] ?? 0;
    return sum;
  }
}

/** Expected sales in an hour without any: what each silent hour adds to the doubt. */
const surprise = (rate: number): number => -Math.log(1 - rate);

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) sum += values[at] ?? 0;
  return values.length === 0 ? 0 : sum / values.length;
}
