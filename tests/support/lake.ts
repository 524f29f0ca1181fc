import type { PosEvent } from '../../shared/pos/event.ts';
import { DayBook, emptyDay, type StoreDay } from '../../shared/reconciliation/day-book.ts';
import { storeId } from '../../shared/ids.ts';
import { DATE, PROFILE } from './ledger-fixtures.ts';

/** The day of one store. */
export function businessDayOf(events: readonly PosEvent[]): StoreDay {
  const book = new DayBook({ businessDate: DATE, profile: PROFILE, dayEndMsOf: () => Number.MAX_VALUE });
  for (const event of events) book.add(event);
  return book.close()[0] ?? emptyDay(storeId('S1'));
}
