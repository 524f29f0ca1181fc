import { z } from 'zod';
import { DAY_MS, HOUR_MS, minuteOf, offsetMsAt } from '../time.ts';

/**
 * How fast a store sells, by hour of the week.
 *
 * A product's sales in one store are too few to learn 168 hours from. So the *shape* of the week is learned from all
 * of the store's customers, and each product has only a *level* on that shape (see `ratePerHour`). The shape comes
 * from whole days: a day in progress counts from the next day on.
 *
 * All of this is a forecast, in floats; it is never money, and it only ever follows from integers that are stored.
 */
const HOURS = 168;
const WEEK_MS = 7 * DAY_MS;
/** 1 January 1970 was a Thursday; weeks start on Monday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;
/** Days of one weekday that are kept; beyond, the old ones lose half their weight. */
const MAX_DAYS = 12;
/** An hour with no history is thought to be like the average open hour, as strongly as this many days of data. */
const PRIOR_DAYS = 2;

/** Customers by hour of the week, in integers that are stored. */
export interface WeekShape {
  /** Transactions in each local hour of the week, Monday 00:00 first, over `days`. */
  readonly customers: number[];
  /** How many days of each weekday `customers` holds, Monday first. */
  readonly days: number[];
  /** The day in progress, as days since 1970 in local time, and its transactions by hour. */
  day: number;
  readonly today: number[];
  /** Incremented whenever `customers` changes, to mark derived data as stale. */
  revision: number;
}

const whole = z.int().min(0);
const storedShapeSchema = z.object({
  customers: z.array(whole).length(HOURS),
  days: z.array(whole).length(7),
  day: z.int(),
  today: z.array(whole).length(24),
  revision: whole.default(0),
});

/** @throws ZodError for anything that is not a shape. */
export const weekShapeOfStored = (stored: unknown): WeekShape => storedShapeSchema.parse(stored);

export function newWeekShape(): WeekShape {
  return {
    customers: Array.from({ length: HOURS }, () => 0),
    days: [0, 0, 0, 0, 0, 0, 0],
    day: 0,
    today: Array.from({ length: 24 }, () => 0),
    revision: 0,
  };
}

/** Notes one customer. A late customer, of a day that is over, is added to that weekday. */
export function noteCustomer(shape: WeekShape, atMs: number, timeZone: string): void {
  const localMs = atMs + offsetMsAt(atMs, timeZone);
  const day = Math.floor(localMs / DAY_MS);
  const hour = Math.floor((localMs - day * DAY_MS) / HOUR_MS);
  if (day > shape.day) closeDay(shape, day);
  if (day === shape.day) {
    shape.today[hour] = (shape.today[hour] ?? 0) + 1;
    return;
  }
  const cell = weekdayOf(day) * 24 + hour;
  shape.customers[cell] = (shape.customers[cell] ?? 0) + 1;
  shape.revision += 1;
}

function closeDay(shape: WeekShape, next: number): void {
  if (shape.today.some((customers) => customers > 0)) {
    const weekday = weekdayOf(shape.day);
    const days = (shape.days[weekday] ?? 0) + 1;
    const halve = days > MAX_DAYS;
    for (let hour = 0; hour < 24; hour += 1) {
      const cell = weekday * 24 + hour;
      const customers = (shape.customers[cell] ?? 0) + (shape.today[hour] ?? 0);
      shape.customers[cell] = halve ? customers >> 1 : customers;
    }
    shape.days[weekday] = halve ? days >> 1 : days;
    shape.today.fill(0);
    shape.revision += 1;
  }
  shape.day = next;
}

const weekdayOf = (day: number): number => (((day + 3) % 7) + 7) % 7;

export interface OpeningHours {
  readonly timeZone: string;
  readonly hours: readonly { readonly weekday: number; readonly opens: string; readonly closes: string }[];
}

/** For a store that the master data does not know: always open, by UTC. */
export const ALWAYS_OPEN: OpeningHours = { timeZone: 'UTC', hours: [] };

export interface TradingInstant {
  readonly atMs: number;
  readonly sinceEpoch: number;
}

/**
 * Trading time: opening hours weighted by the shape of the week, so one unit is an average open hour and a busy
 * hour counts for more. Clock changes are off by at most their hour.
 */
export class TradingTime {
  readonly timeZone: string;
  /** Trading time from Monday 00:00 to the start of each hour; the last cell is the whole week. */
  private readonly startOfHour = new Float64Array(HOURS + 1);

  constructor(store: OpeningHours, shape: WeekShape) {
    this.timeZone = store.timeZone;
    const open = openShares(store);
    const busy = busyness(shape, open);
    for (let hour = 0; hour < HOURS; hour += 1) {
      this.startOfHour[hour + 1] = (this.startOfHour[hour] ?? 0) + (open[hour] ?? 0) * (busy[hour] ?? 1);
    }
  }

  /** Average open hours between two instants. */
  between(fromMs: number, toMs: number): number {
    return this.sinceEpoch(toMs) - this.sinceEpoch(fromMs);
  }

  /** An instant to which much is compared; its trading time is worked out once. */
  at(atMs: number): TradingInstant {
    return { atMs, sinceEpoch: this.sinceEpoch(atMs) };
  }

  since(fromMs: number, now: TradingInstant): number {
    return now.sinceEpoch - this.sinceEpoch(fromMs);
  }

  until(now: TradingInstant, toMs: number): number {
    return this.sinceEpoch(toMs) - now.sinceEpoch;
  }

  /** The first instant, to the hour's fraction, at which `amount` of trading time has passed; at most `maxMs` later. */
  after(fromMs: number, amount: number, maxMs: number): number {
    let earliest = fromMs;
    let latest = fromMs + maxMs;
    if (this.between(fromMs, latest) <= amount) return latest;
    // Trading time never runs backwards, so halving the span finds the instant.
    while (latest - earliest > 60_000) {
      const middle = (earliest + latest) / 2;
      if (this.between(fromMs, middle) < amount) earliest = middle;
      else latest = middle;
    }
    return Math.round(latest);
  }

  private sinceEpoch(atMs: number): number {
    const ms = atMs + offsetMsAt(atMs, this.timeZone) - FIRST_MONDAY_MS;
    const week = Math.floor(ms / WEEK_MS);
    const hours = (ms - week * WEEK_MS) / HOUR_MS;
    const hour = Math.floor(hours);
    const start = this.startOfHour[hour] ?? 0;
    const inHour = (this.startOfHour[hour + 1] ?? 0) - start;
    return week * (this.startOfHour[HOURS] ?? 0) + start + (hours - hour) * inHour;
  }
}

/** The open part, 0 to 1, of each hour of the week. A store without hours never closes. */
export function openShares({ hours }: OpeningHours): Float64Array {
  const shares = new Float64Array(HOURS);
  if (hours.length === 0) return shares.fill(1);
  for (const { weekday, opens, closes } of hours) {
    const start = (weekday - 1) * 1440 + minuteOf(opens);
    const length = (minuteOf(closes) - minuteOf(opens) + 1440) % 1440 || 1440;
    for (let minute = start; minute < start + length; minute += 1) {
      const hour = Math.floor(minute / 60) % HOURS;
      shares[hour] = (shares[hour] ?? 0) + 1 / 60;
    }
  }
  return shares;
}

/** Customers in each hour relative to the average open hour. */
function busyness({ customers, days }: WeekShape, open: Float64Array): Float64Array {
  let total = 0;
  let openHours = 0;
  for (let hour = 0; hour < HOURS; hour += 1) {
    const share = open[hour] ?? 0;
    if (share === 0) continue;
    total += customers[hour] ?? 0;
    openHours += share * (days[Math.floor(hour / 24)] ?? 0);
  }
  if (total === 0) return new Float64Array(HOURS).fill(1);
  const average = total / openHours;
  return Float64Array.from({ length: HOURS }, (_, hour) => {
    const seen = (days[Math.floor(hour / 24)] ?? 0) * (open[hour] ?? 0);
    return ((customers[hour] ?? 0) + PRIOR_DAYS * average) / (seen + PRIOR_DAYS) / average;
  });
}
