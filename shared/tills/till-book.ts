import { StoreState } from '../one-effect/store-state.ts';
import type { SequenceRun } from './sequence-run.ts';
import type { Shift } from './shift.ts';

/** What the till rules keep of a store: its shifts, and how far the tills' running numbers have come. */
export type TillRecord = Shift | SequenceRun;

/** What one event added to a shift, so that a later version can take it back. */
export interface TillEffect {
  /** The key of the shift's record. */
  readonly shift: string;
  readonly sums: Readonly<Record<string, number>>;
}

export type TillBook = StoreState<TillRecord, TillEffect, Record<string, never>>;
export const newTillBook = (): TillBook => new StoreState({ header: {} });

const isShift = (record: TillRecord): record is Shift => 'sums' in record;
export const isRun = (record: TillRecord): record is SequenceRun => !isShift(record);

export function shiftAt(book: TillBook, key: string): Shift | undefined {
  const record = book.records.get(key);
  return record && isShift(record) ? record : undefined;
}

export function shiftsIn(records: Iterable<TillRecord>): Shift[] {
  return [...records].filter(isShift);
}

export function runAt(book: TillBook, key: string): SequenceRun | undefined {
  const record = book.records.get(key);
  return record && isRun(record) ? record : undefined;
}
