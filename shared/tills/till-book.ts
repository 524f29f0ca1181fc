import { StoreState } from '../one-effect/store-state.ts';
import type { DayTally } from './day-tally.ts';
import type { SequenceRun } from './sequence-run.ts';
import { shiftKey, unnamedKeyOf, type Shift } from './shift.ts';

/**
 * What the till rules keep of a store: its shifts; the days of operators and tills and the trails of customers, gift cards and
 * suspended sales; and how far the tills' running numbers have come.
 */
export type TillRecord = Shift | DayTally | SequenceRun;

/** What one event added, so a later version can take it back. */
export interface TillEffect {
  /** The key of the shift's record. */
  readonly shift: string;
  /** What it added to the shift. */
  readonly sums: Readonly<Record<string, number>>;
  /**
   * What it added to days and trails, by the key of their record; and the facts that a later event asks for, see
   * `refund-links.ts`. Left out where it is nothing.
   */
  readonly days?: readonly DayEffect[];
}
export type DayEffect = readonly [key: string, sums: Readonly<Record<string, number>>];

export type TillBook = StoreState<TillRecord, TillEffect, Record<string, never>>;
export const newTillBook = (): TillBook => new StoreState({ header: {} });

const isShift = (record: TillRecord): record is Shift => 'otherDates' in record;
export const isDay = (record: TillRecord): record is DayTally => 'subject' in record;
export const isRun = (record: TillRecord): record is SequenceRun => 'ranges' in record;

export function shiftAt(book: TillBook, key: string): Shift | undefined {
  const record = book.records.get(key);
  return record && isShift(record) ? record : undefined;
}

export function shiftsIn(records: Iterable<TillRecord>): Shift[] {
  return [...records].filter(isShift);
}

interface NamedShifts {
  readonly revision: number;
  readonly byPlace: ReadonlyMap<string, readonly Shift[]>;
}
const namedShifts = new WeakMap<TillBook, NamedShifts>();
type ShiftPlace = Pick<Shift, 'tillId' | 'businessDate' | 'currency'>;

/** The shifts with an id of one till, date and currency. Asked for with every event that names no shift. */
export function namedShiftsAt(book: TillBook, place: ShiftPlace): readonly Shift[] {
  let known = namedShifts.get(book);
  if (known?.revision !== book.recordsRevision) {
    const byPlace = new Map<string, Shift[]>();
    for (const shift of book.records.values()) {
      if (!isShift(shift) || shift.shiftId === undefined) continue;
      const key = unnamedKeyOf(shift);
      const others = byPlace.get(key);
      if (others) others.push(shift);
      else byPlace.set(key, [shift]);
    }
    known = { revision: book.recordsRevision, byPlace };
    namedShifts.set(book, known);
  }
  return known.byPlace.get(shiftKey({ ...place, shiftId: undefined })) ?? [];
}

export function dayAt(book: TillBook, key: string): DayTally | undefined {
  const record = book.records.get(key);
  return record && isDay(record) ? record : undefined;
}

export function daysIn(records: Iterable<TillRecord>): DayTally[] {
  return [...records].filter(isDay);
}

export function runAt(book: TillBook, key: string): SequenceRun | undefined {
  const record = book.records.get(key);
  return record && isRun(record) ? record : undefined;
}
