import type { EventReference } from '../alerts/alert.ts';
import type { BusinessDate, TillId } from '../ids.ts';
import { addMinor, type Currency } from '../money.ts';
import type { CountRank } from '../pos/drawer-cash.ts';

/**
 * What happened in one shift at one till on one business date, in one currency. Tills may use the same shift ids again
 * every day, and a night shift has two dates: `viewOf` says which parts are one shift. Events that name no shift have
 * a part of their own, with `shiftId` undefined.
 *
 * All sums are over current events, so they do not depend on the order of arrival: an offline sale
 * that arrives after the shift was closed is added all the same.
 */
export interface Shift {
  readonly tillId: TillId;
  /** Undefined where the events name no shift. */
  readonly shiftId: string | undefined;
  readonly businessDate: BusinessDate;
  readonly currency: Currency;
  /** Integers by name, added up from the contributions of the rules; a name that is missing stands for 0. */
  readonly sums: Record<string, number>;
  opening?: ShiftOpening | undefined;
  closing?: ShiftClosing | undefined;
  /** What the till itself counted, by its Z report. */
  zReport?: ShiftZReport | undefined;
  /** How many openings came that no higher version replaced; more than one is one id used for two shifts in a day. */
  openings: number;
  /** The events that an alert will name, oldest arrival first, by kind. */
  readonly evidence: Record<string, EventReference[]>;
  /** The last that was said about the shift, by kind. */
  readonly said: Record<string, Said>;
  /** Other business dates with a part under the same shift id; kept with the first that was met. */
  readonly otherDates: BusinessDate[];
  /** Event time of the newest event; the shift is forgotten a while after it. */
  newestAtMs: number;
}

interface ShiftOpening extends CountRank {
  readonly floatMinor: number;
}
interface ShiftClosing extends CountRank {
  readonly evidence: EventReference;
  readonly countedMinor: number;
  /** What the till itself expects in the drawer. */
  readonly tillExpectedMinor?: number | undefined;
}
interface ShiftZReport extends CountRank {
  readonly receipts: number;
  /** Absent where the till does not say. */
  readonly grossMinor?: number | undefined;
}
export interface Said {
  /** What the rule measured then, such as a difference in minor units; 0 once it was settled. */
  readonly value: number;
  /** How many alerts there have been. */
  readonly revision: number;
}

export function newShift(of: OfShift, atMs: number): Shift {
  const { tillId, shiftId, businessDate, currency } = of;
  return {
    tillId,
    shiftId,
    businessDate,
    currency,
    sums: {},
    openings: 0,
    evidence: {},
    said: {},
    otherDates: [],
    newestAtMs: atMs,
  };
}

interface OfShift {
  readonly tillId: TillId;
  readonly shiftId?: string | undefined;
  readonly businessDate: BusinessDate;
  readonly currency: Currency;
}

/** The key of the first part that was met of a shift, and of the part of events that name none. */
export function shiftKey({ tillId, shiftId, businessDate, currency }: OfShift): string {
  const part = shiftId === undefined ? `day ${businessDate}` : `shift ${shiftId}`;
  // The stored key is this JSON text. Made for every event, so ids that need no escape are put together directly.
  return NEEDS_ESCAPE.test(tillId) || NEEDS_ESCAPE.test(part)
    ? JSON.stringify([tillId, part, currency])
    : `["${tillId}","${part}","${currency}"]`;
}

/** Whatever JSON may write otherwise than it stands. */
const NEEDS_ESCAPE = /[^ !#-[\]-~]/;

/** The key of a part of any further date. */
export function datedKey({ tillId, shiftId, businessDate, currency }: OfShift): string {
  return JSON.stringify([tillId, `shift ${String(shiftId)}`, currency, businessDate]);
}

interface ShiftKeys {
  readonly first: string;
  readonly unnamed: string;
}
const keysOfShift = new WeakMap<Shift, ShiftKeys>();

/** What a shift's keys are made of never changes, and they are asked for with every event. */
function keysOf(shift: Shift): ShiftKeys {
  let keys = keysOfShift.get(shift);
  if (keys === undefined) {
    keys = { first: shiftKey(shift), unnamed: shiftKey({ ...shift, shiftId: undefined }) };
    keysOfShift.set(shift, keys);
  }
  return keys;
}

/** The key of the first part that was met of a shift. */
export const firstKeyOf = (shift: Shift): string => keysOf(shift).first;

/** The key of the part of events that name no shift, of the same till, date and currency. */
export const unnamedKeyOf = (shift: Shift): string => keysOf(shift).unnamed;

export const sumOf = (shift: { readonly sums: Readonly<Record<string, number>> }, name: string): number =>
  shift.sums[name] ?? 0;

/** Adds, or with `sign` -1 takes back, what an event contributed. @throws RangeError beyond the safe integers. */
export function addSums(
  into: Record<string, number>,
  sums: Readonly<Record<string, number>>,
  sign: 1 | -1 = 1,
): void {
  for (const name of Object.keys(sums)) {
    const sum = addMinor(into[name] ?? 0, sign * (sums[name] ?? 0));
    if (sum === 0) delete into[name];
    else into[name] = sum;
  }
}
