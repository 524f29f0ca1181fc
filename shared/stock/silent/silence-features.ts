import { depletion, FIRST_HOUR, HOURS, LAST_HOUR, type HourPanel, type PanelSeries } from './hour-panel.ts';
import { DayHistory } from './day-history.ts';
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
  const neighbours = new Neighbours(days);
  for (const [index, series] of panel.series.entries()) neighbours.add(series, filtered[index]!);
  let row = 0;
  for (const [index, series] of panel.series.entries()) {
    for (let day = days.first; day < days.end; day += 1) {
      const own = labels?.ofDay(index, day);
      const weekday = (panel.firstDay + day) % 7;
      eachHour({ series, filtered: filtered[index]!, neighbours, day, weekday }, (hour, features, units) => {
        rows.set(features, row * names.length);
        if (own) rows.set(own(hour, units), row * names.length + FEATURES.length);
        cells[row] = (index * panel.days + day) * HOURS + hour;
        row += 1;
      });
    }
  }
  return { names, rows, cells };
}

export interface SeriesDay {
  readonly series: PanelSeries;
  readonly filtered: FilteredSeries;
  readonly neighbours: Neighbours;
  readonly day: number;
  /** 0 is Thursday, as 1 January 1970 was. */
  readonly weekday: number;
  /** The first hour to visit; without it all judged hours are. */
  readonly firstHour?: number;
}

/**
 * Walks through the judged hours of a day.
 * @param visit receives the values in the order of `FEATURES`, and what was sold so far that day.
 */
export function eachHour(
  { series, filtered, neighbours, day, weekday, firstHour = FIRST_HOUR }: SeriesDay,
  visit: (hour: number, features: readonly number[], unitsToday: number) => void,
): void {
  const walk = new DayWalk(series, filtered, day, weekday);
  for (let hour = 0; hour <= LAST_HOUR; hour += 1) {
    walk.next(hour);
    if (hour >= firstHour) visit(hour, walk.features(neighbours.at(series, filtered, day, hour)), walk.units);
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
  private readonly weekday: number;

  constructor(series: PanelSeries, filtered: FilteredSeries, day: number, weekday: number) {
    this.series = series;
    this.filtered = filtered;
    this.day = day;
    this.weekday = weekday;
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
      this.weekday,
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
