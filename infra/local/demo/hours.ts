import type { BusinessDate } from '../../../shared/ids.ts';
import { addDays, epochMsOfLocal, localTimeOf } from '../../../shared/time.ts';
import type { DemoStore } from './chain.ts';

/** Opening hours of a store on one business date. */
export interface Hours {
  readonly opensMs: number;
  readonly closesMs: number;
}

/** Undefined if the store is closed on that weekday. */
export function hoursOf({ store }: DemoStore, date: BusinessDate): Hours | undefined {
  const weekday = localTimeOf(epochMsOfLocal(`${date}T12:00:00`, store.timeZone), store.timeZone).weekday;
  const hours = store.hours.find((one) => one.weekday === weekday);
  if (!hours) return undefined;
  const closes = hours.closes === '24:00' ? `${addDays(date, 1)}T00:00:00` : `${date}T${hours.closes}:00`;
  return {
    opensMs: epochMsOfLocal(`${date}T${hours.opens}:00`, store.timeZone),
    closesMs: epochMsOfLocal(closes, store.timeZone),
  };
}
