import type { BusinessDate } from '../ids.ts';
import { addDays, DAY_MS, epochMsOfLocal, localTimeOf, MINUTE_MS, minuteOf } from '../time.ts';
import { ALERT_SEVERITIES, type Alert } from './alert.ts';

/**
 * When a route takes an alert, and when the alert arrives there. Times are those of the store's own clock, also on days
 * when it is changed: a window from 22:00 to 07:00 has eight hours on one of them and ten on another.
 */
export interface TimeWindow {
  /** ISO weekdays on which it begins; every day without them. */
  readonly weekdays?: readonly number[] | undefined;
  readonly from: string;
  /** Before `from` it is on the next day. */
  readonly to: string;
}

type Severity = Alert['severity'];

export interface RouteTimes {
  readonly hours?: readonly TimeWindow[] | undefined;
  readonly quietHours?:
    { readonly windows: readonly TimeWindow[]; readonly exceptFrom?: Severity | undefined } | undefined;
  readonly digest?:
    | {
        readonly at?: readonly string[] | undefined;
        readonly everyMinutes?: number | undefined;
        readonly exceptFrom?: Severity | undefined;
      }
    | undefined;
}

const MINUTES_OF_DAY = 1_440;
const MINUTES_OF_WEEK = 7 * MINUTES_OF_DAY;

export const atLeast = (severity: Severity, limit: Severity): boolean =>
  ALERT_SEVERITIES.indexOf(severity) >= ALERT_SEVERITIES.indexOf(limit);

/** Whether a route takes alerts now. A store whose zone is not known has no hours, so no alert of it is lost by them. */
export function isWithinHours({ hours }: RouteTimes, timeZone: string | undefined, nowMs: number): boolean {
  if (hours === undefined || timeZone === undefined) return true;
  return hours.some((window) => endOfWindow(window, timeZone, nowMs) !== undefined);
}

/**
 * When an alert of now arrives on a route: at once, or at the end of quiet hours, or with the next digest that is not
 * within them.
 * @returns `nowMs` or later
 */
export function arrivalMs(
  { quietHours, digest }: RouteTimes,
  severity: Severity,
  timeZone: string | undefined,
  nowMs: number,
): number {
  let dueMs = nowMs;
  if (digest && !atLeast(severity, digest.exceptFrom ?? 'critical'))
    dueMs = nextDigestMs(digest, timeZone, nowMs);
  if (!quietHours || timeZone === undefined || atLeast(severity, quietHours.exceptFrom ?? 'critical'))
    return dueMs;
  return endOfQuietMs(quietHours.windows, timeZone, dueMs);
}

/** Windows may follow each other without a gap, such as the nights of a weekend; more than a week of them is none. */
function endOfQuietMs(windows: readonly TimeWindow[], timeZone: string, fromMs: number): number {
  let endMs = fromMs;
  for (let round = 0; round < 2 * MAX_WINDOWS && endMs - fromMs <= 8 * DAY_MS; round += 1) {
    const ends = windows.flatMap((window) => endOfWindow(window, timeZone, endMs) ?? []);
    if (ends.length === 0) return endMs;
    endMs = Math.max(...ends);
  }
  // The schema refuses such a route; an alert that never arrives would be worse than one at night.
  return fromMs;
}
const MAX_WINDOWS = 50;

/** When the window ends that is open at an instant; undefined where it is not open. */
function endOfWindow(
  { weekdays, from, to }: TimeWindow,
  timeZone: string,
  nowMs: number,
): number | undefined {
  const today = localTimeOf(nowMs, timeZone).date as BusinessDate;
  const isOvernight = minuteOf(to) <= minuteOf(from);
  // It may have begun yesterday; tomorrow where the clock has just gone back over midnight.
  for (const date of [addDays(today, -1), today, addDays(today, 1)]) {
    if (weekdays && !weekdays.includes(weekdayOf(date))) continue;
    const startMs = instantOf(date, from, timeZone);
    const endMs = instantOf(isOvernight ? addDays(date, 1) : date, to, timeZone);
    if (startMs <= nowMs && nowMs < endMs) return endMs;
  }
  return undefined;
}

function nextDigestMs(
  { at = [], everyMinutes }: NonNullable<RouteTimes['digest']>,
  timeZone: string | undefined,
  nowMs: number,
): number {
  if (everyMinutes !== undefined) {
    const everyMs = everyMinutes * MINUTE_MS;
    return (Math.floor(nowMs / everyMs) + 1) * everyMs;
  }
  // Without the store's zone there is a time all the same: an alert that waits for ever has not been sent.
  const zone = timeZone ?? 'UTC';
  const today = localTimeOf(nowMs, zone).date as BusinessDate;
  const times = [today, addDays(today, 1), addDays(today, 2)].flatMap((date) =>
    at.map((time) => instantOf(date, time, zone)),
  );
  return Math.min(...times.filter((timeMs) => timeMs > nowMs));
}

function instantOf(date: BusinessDate, time: string, timeZone: string): number {
  return time === '24:00'
    ? epochMsOfLocal(`${addDays(date, 1)}T00:00:00`, timeZone)
    : epochMsOfLocal(`${date}T${time}:00`, timeZone);
}

const weekdayOf = (date: BusinessDate): number => new Date(`${date}T00:00:00Z`).getUTCDay() || 7;

/** Whether no minute of an ordinary week is outside of all windows. */
export function coversWholeWeek(windows: readonly TimeWindow[]): boolean {
  const covered = new Uint8Array(MINUTES_OF_WEEK);
  for (const { weekdays = [1, 2, 3, 4, 5, 6, 7], from, to } of windows) {
    const length = (minuteOf(to) - minuteOf(from) + MINUTES_OF_DAY) % MINUTES_OF_DAY || MINUTES_OF_DAY;
    for (const weekday of weekdays) {
      const start = (weekday - 1) * MINUTES_OF_DAY + minuteOf(from);
      for (let minute = start; minute < start + length; minute += 1) covered[minute % MINUTES_OF_WEEK] = 1;
    }
  }
  return covered.every((minute) => minute === 1);
}
