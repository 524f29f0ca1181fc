import { FIRST_HOUR, HOURS, LAST_HOUR, type PanelSeries } from './hour-panel.ts';
import type { FilteredSeries } from './stock-filter.ts';

/** What earlier days say, once a day. */
export class DayHistory {
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

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) sum += values[at] ?? 0;
  return values.length === 0 ? 0 : sum / values.length;
}
