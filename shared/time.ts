import { z } from 'zod';
import type { BusinessDate } from './ids.ts';

/**
 * Instants are ISO 8601 texts in UTC with milliseconds (`2026-03-02T08:15:00.000Z`): they sort as text and read
 * as themselves. Rules compute with epoch milliseconds (`...Ms`). Nothing here reads a clock; a `Clock` is
 * passed in.
 */
export type Clock = () => number;

export const instantSchema = z.iso.datetime({ precision: 3 });
export type Instant = string;

export const toInstant = (epochMs: number): Instant => new Date(epochMs).toISOString();

/** @throws RangeError when the text is no instant. */
export function epochMsOf(instant: Instant): number {
  const epochMs = epochMsOfCanonical(instant) ?? Date.parse(instant);
  if (Number.isNaN(epochMs)) throw new RangeError(`Not an instant: ${instant}`);
  return epochMs;
}

/** The midnight that was read last: most instants that are read one after the other are of one day. */
let [lastDate, lastMidnightMs] = ['1970-01-01', 0];

/**
 * An instant as `toInstant` writes it; undefined for any other form. Events name several instants and each is asked for
 * often: this takes a tenth of what `Date.parse` does.
 */
function epochMsOfCanonical(instant: string): number | undefined {
  if (instant.length !== 24 || !instant.endsWith('Z') || instant[10] !== 'T' || instant[19] !== '.')
    return undefined;
  if (instant[13] !== ':' || instant[16] !== ':') return undefined;
  const [hour, minute, second] = [
    twoDigitsAt(instant, 11),
    twoDigitsAt(instant, 14),
    twoDigitsAt(instant, 17),
  ];
  const ms = 10 * twoDigitsAt(instant, 20) + digitAt(instant, 22);
  if (!(hour < 24 && minute < 60 && second < 60 && ms < 1_000)) return undefined;
  if (!instant.startsWith(lastDate)) {
    lastDate = instant.slice(0, 10);
    lastMidnightMs = Date.parse(`${lastDate}T00:00:00.000Z`);
  }
  return lastMidnightMs + hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS + ms;
}

const twoDigitsAt = (text: string, at: number): number => 10 * digitAt(text, at) + digitAt(text, at + 1);

/** NaN for what is no digit. */
function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - 48;
  return digit >= 0 && digit <= 9 ? digit : Number.NaN;
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Offset changes since 1972 fall on whole minutes, and not always on a quarter: Newfoundland changed at 00:01 until 2011. */
const SLOT_MS = MINUTE_MS;
const MAX_CACHED_SLOTS = 50_000;
const zones = new Map<string, { format: Intl.DateTimeFormat; offsets: Map<number, number> }>();

function zone(timeZone: string) {
  let found = zones.get(timeZone);
  if (!found) {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    found = { format, offsets: new Map() };
    zones.set(timeZone, found);
  }
  return found;
}

export const timeZoneSchema = z.string().refine(
  (name) => {
    try {
      zone(name);
      return true;
    } catch {
      return false;
    }
  },
  { error: 'must be an IANA time zone such as Europe/Berlin' },
);

/**
 * Offset of local time from UTC at an instant, in milliseconds. Cached by the minute, as Intl is slow.
 * @throws RangeError for an unknown zone.
 */
export function offsetMsAt(epochMs: number, timeZone: string): number {
  const { format, offsets } = zone(timeZone);
  const slot = Math.floor(epochMs / SLOT_MS);
  let offset = offsets.get(slot);
  if (offset === undefined) {
    const at = slot * SLOT_MS;
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(at)) part[type] = Number(value);
    const local = Date.UTC(
      part['year'] ?? 0,
      (part['month'] ?? 1) - 1,
      part['day'],
      part['hour'],
      part['minute'],
      part['second'],
    );
    offset = local - at;
    if (offsets.size >= MAX_CACHED_SLOTS) offsets.clear();
    offsets.set(slot, offset);
  }
  return offset;
}

/** Local wall time at an instant: its date, minute of the day (0-1439) and ISO weekday (1 = Monday). */
export function localTimeOf(
  epochMs: number,
  timeZone: string,
): { date: string; minute: number; weekday: number } {
  const local = new Date(epochMs + offsetMsAt(epochMs, timeZone));
  return {
    date: local.toISOString().slice(0, 10),
    minute: local.getUTCHours() * 60 + local.getUTCMinutes(),
    weekday: local.getUTCDay() || 7,
  };
}

/** Wall time for people, `2026-03-02 08:15`. */
export function localText(epochMs: number, timeZone: string): string {
  const local = new Date(epochMs + offsetMsAt(epochMs, timeZone)).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 16)}`;
}

/**
 * The instant of a wall time without a zone (`2017-10-01T15:15:25`), as RFC 5545 and Temporal's "compatible" do
 * it: a time that occurs twice is the first; a time that a clock change skips is moved forward by the gap.
 */
export function epochMsOfLocal(localDateTime: string, timeZone: string): number {
  const asUtc = epochMsOf(`${localDateTime}Z`);
  // The offset a day before and a day after bracket any change; the earlier one wins where both fit or none does.
  const before = offsetMsAt(asUtc - DAY_MS, timeZone);
  const after = offsetMsAt(asUtc + DAY_MS, timeZone);
  for (const offset of [before, after]) {
    if (offsetMsAt(asUtc - offset, timeZone) === offset) return asUtc - offset;
  }
  return asUtc - before;
}

/** Minutes after midnight of `HH:MM`. */
export function minuteOf(hourMinute: string): number {
  return Number(hourMinute.slice(0, 2)) * 60 + Number(hourMinute.slice(3, 5));
}

/**
 * The business date of an instant: the newest date whose first instant has come. So the date never moves back, also
 * where the clock does: with a cut-over at 02:30 and an hour from 02:00 to 03:00 that occurs twice, everything after
 * the first 02:30 is of the new date.
 * @param cutOverMinute minutes after midnight, 0 to 1439
 * @throws RangeError for another cut-over, such as 24:00
 */
export function businessDateOf(epochMs: number, timeZone: string, cutOverMinute: number): BusinessDate {
  const key = `${timeZone} ${cutOverMinute}`;
  const last = lastDays.get(key);
  if (last && epochMs >= last.startMs && epochMs < last.endMs) return last.date;
  const date = newestDateAt(epochMs, timeZone, cutOverMinute);
  const { startMs, endMs } = businessDayBounds(date, timeZone, cutOverMinute);
  if (lastDays.size >= MAX_LAST_DAYS) lastDays.clear();
  lastDays.set(key, { date, startMs, endMs });
  return date;
}

/** The last business day that was asked for, by zone and cut-over: nearly all events are of the day of the one before. */
const lastDays = new Map<string, { date: BusinessDate; startMs: number; endMs: number }>();
const MAX_LAST_DAYS = 10_000;

function newestDateAt(epochMs: number, timeZone: string, cutOverMinute: number): BusinessDate {
  const local = localTimeOf(epochMs, timeZone).date as BusinessDate;
  // The clock may have gone back over midnight, so the next date has begun though the wall still shows this one.
  for (const date of [addDays(local, 1), local]) {
    if (firstInstantOf(date, timeZone, cutOverMinute) <= epochMs) return date;
  }
  return addDays(local, -1);
}

/** First instant of a business date and of the next one. @throws RangeError as `businessDateOf` does */
export function businessDayBounds(
  date: BusinessDate,
  timeZone: string,
  cutOverMinute: number,
): { startMs: number; endMs: number } {
  return {
    startMs: firstInstantOf(date, timeZone, cutOverMinute),
    endMs: firstInstantOf(addDays(date, 1), timeZone, cutOverMinute),
  };
}

/** When the wall clock first shows the cut-over of a date or, where a clock change skips that time, a later one. */
function firstInstantOf(date: BusinessDate, timeZone: string, cutOverMinute: number): number {
  if (!Number.isInteger(cutOverMinute) || cutOverMinute < 0 || cutOverMinute >= DAY_MS / MINUTE_MS)
    throw new RangeError(`A cut-over is 0 to 1439 minutes after midnight, not ${cutOverMinute}`);
  const wallMs = epochMsOf(`${date}T00:00:00Z`) + cutOverMinute * MINUTE_MS;
  const before = offsetMsAt(wallMs - DAY_MS, timeZone);
  if (offsetMsAt(wallMs - before, timeZone) === before) return wallMs - before;
  const after = offsetMsAt(wallMs + DAY_MS, timeZone);
  if (offsetMsAt(wallMs - after, timeZone) === after) return wallMs - after;
  // Skipped: the clock jumps somewhere between these two, over the whole gap at most.
  let early = wallMs - after;
  let late = wallMs - before;
  while (late - early > MINUTE_MS) {
    const middle = early + Math.floor((late - early) / (2 * MINUTE_MS)) * MINUTE_MS;
    if (offsetMsAt(middle, timeZone) === before) early = middle;
    else late = middle;
  }
  return late;
}

export function addDays(date: BusinessDate, days: number): BusinessDate {
  return new Date(epochMsOf(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10) as BusinessDate;
}
