import { z } from 'zod';
import { DAY_MS } from '../time.ts';

/**
 * The position of one product in one store: what should be on the shelf, and what was sold of it in recent weeks.
 *
 * The shelf holds what the last count found plus all that moved after it. That makes the position the same in
 * whatever order events arrive: an offline sale from before the count is already in the count, a late count adds what
 * moved after it.
 */
export interface Position {
  onHandMilli: number;
  /** When the last count was made, 0 for never; movements up to then are in it. */
  countedAtMs: number;
  /** Whether a count or a delivery has established the stock; before that, only sales are known. */
  known: boolean;
  /** When an event of the store first and last concerned the product. */
  sinceMs: number;
  newestAtMs: number;
  /** Sold less returned, by week: this week and the three before it. */
  soldMilli: [number, number, number, number];
  /** The week of the first cell, counted from Monday 5 January 1970, UTC. */
  week: number;
  /** What the rules have found, by kind; replaced and never changed in place, as positions without any share one. */
  episodes: Readonly<Record<string, Episode>>;
}

/** From an alert until its cause has gone. */
interface Episode {
  readonly isOpen: boolean;
  /** The number of episodes so far; part of the alert's id. */
  readonly number: number;
}
const NO_EPISODES: Position['episodes'] = {};

export const WEEKS_KEPT = 4;
const WEEK_MS = 7 * DAY_MS;
const FIRST_MONDAY_MS = 4 * DAY_MS;

export const weekOf = (atMs: number): number => Math.floor((atMs - FIRST_MONDAY_MS) / WEEK_MS);
export const startOfWeekMs = (week: number): number => FIRST_MONDAY_MS + week * WEEK_MS;

export function newPosition(atMs: number): Position {
  return {
    onHandMilli: 0,
    countedAtMs: 0,
    known: false,
    sinceMs: atMs,
    newestAtMs: atMs,
    soldMilli: [0, 0, 0, 0],
    week: weekOf(atMs),
    episodes: NO_EPISODES,
  };
}

/** Adds what came (positive) or went (negative) at an instant. @throws RangeError beyond the safe integers. */
export function move(position: Position, deltaMilli: number, atMs: number): void {
  widen(position, atMs);
  if (atMs <= position.countedAtMs) return;
  position.onHandMilli = safe(position.onHandMilli + deltaMilli);
}

function widen(position: Position, atMs: number): void {
  if (atMs < position.sinceMs) position.sinceMs = atMs;
  if (atMs > position.newestAtMs) position.newestAtMs = atMs;
}

/** Notes a sale (positive) or a return (negative) for the rate. Weeks that are no longer kept are left out. */
export function noteSold(position: Position, soldMilli: number, atMs: number): void {
  const week = weekOf(atMs);
  if (week > position.week) moveToWeek(position, week);
  const age = position.week - week;
  if (age < WEEKS_KEPT) position.soldMilli[age] = safe((position.soldMilli[age] ?? 0) + soldMilli);
}

/**
 * Takes over a count.
 * @param movedAfterMilli what moved after the count, as far as it is already known.
 */
export function count(
  position: Position,
  countedMilli: number,
  atMs: number,
  movedAfterMilli: () => number,
): void {
  widen(position, atMs);
  if (atMs < position.countedAtMs) return;
  position.onHandMilli = safe(countedMilli + movedAfterMilli());
  position.countedAtMs = atMs;
  position.known = true;
}

/** Sold less returned in the weeks kept, seen from a week. */
export function soldInWeeksKept(position: Position, week: number): number {
  let sold = 0;
  for (let age = 0; age < WEEKS_KEPT; age += 1) {
    if (week - position.week + age < WEEKS_KEPT) sold += position.soldMilli[age] ?? 0;
  }
  return sold;
}

/** A position as it is stored: an array, as there are many of them. */
export type StoredPosition = readonly [
  onHandMilli: number,
  countedAtMs: number,
  known: 0 | 1,
  sinceMs: number,
  newestAtMs: number,
  week: number,
  soldMilli: Position['soldMilli'],
  /** The episodes of the first rule, which used to be the only one. */
  isOpen: 0 | 1,
  episode: number,
  /** The episodes of the other rules; omitted if there are none. */
  others?: Position['episodes'],
];
const FIRST_KIND = 'stockout-imminent';

export function storedPosition(position: Position): StoredPosition {
  const { onHandMilli, countedAtMs, known, sinceMs, newestAtMs, week, soldMilli, episodes } = position;
  const { [FIRST_KIND]: first, ...others } = episodes;
  const stored = [
    onHandMilli,
    countedAtMs,
    known ? 1 : 0,
    sinceMs,
    newestAtMs,
    week,
    soldMilli,
    first?.isOpen === true ? 1 : 0,
    first?.number ?? 0,
  ] as const;
  const kinds = Object.keys(others).sort();
  // Sorted, so what is stored does not depend on which episode began first.
  return kinds.length === 0
    ? stored
    : [...stored, Object.fromEntries(kinds.map((kind) => [kind, others[kind] as Episode]))];
}

const milli = z.int();
const flag = z.union([z.literal(0), z.literal(1)]);
/** Values that a later version appended are ignored; values that an earlier one did not have are 0. */
const storedPositionSchema = z.tuple(
  [
    milli,
    z.number(),
    flag,
    z.number(),
    z.number(),
    z.int(),
    z.tuple([milli, milli, milli, milli]),
    flag.default(0),
    z.int().default(0),
    z.record(z.string(), z.object({ isOpen: z.boolean(), number: z.int() })).default({}),
  ],
  z.unknown(),
);

/** @throws ZodError for anything that is not a position. */
export function positionOfStored(stored: unknown): Position {
  const parsed = storedPositionSchema.parse(stored);
  const [onHandMilli, countedAtMs, known, sinceMs, newestAtMs, week, soldMilli, isOpen, number, others] =
    parsed;
  const isAny = number > 0 || Object.keys(others).length > 0;
  return {
    onHandMilli,
    countedAtMs,
    known: known === 1,
    sinceMs,
    newestAtMs,
    week,
    soldMilli,
    episodes: !isAny
      ? NO_EPISODES
      : { ...others, ...(number > 0 ? { [FIRST_KIND]: { isOpen: isOpen === 1, number } } : {}) },
  };
}

function moveToWeek(position: Position, week: number): void {
  const shift = Math.min(week - position.week, WEEKS_KEPT);
  const cells = position.soldMilli;
  for (let age = WEEKS_KEPT - 1; age >= 0; age -= 1)
    cells[age] = age >= shift ? (cells[age - shift] ?? 0) : 0;
  position.week = week;
}

function safe(quantityMilli: number): number {
  if (!Number.isSafeInteger(quantityMilli)) {
    throw new RangeError(`Quantity is not a safe integer of thousandths: ${quantityMilli}`);
  }
  return quantityMilli;
}
