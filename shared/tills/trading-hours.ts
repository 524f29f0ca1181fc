import type { BusinessDate } from '../ids.ts';
import type { Store } from '../pos/store.ts';
import { businessDayBounds, epochMsOfLocal, minuteOf } from '../time.ts';

export interface Open {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When the store is open within its business date, by its own clock. */
export function tradingHours({ hours, timeZone, cutOver }: Store, businessDate: BusinessDate): Open[] {
  const weekday = new Date(`${businessDate}T12:00:00Z`).getUTCDay() || 7;
  const day = businessDayBounds(businessDate, timeZone, minuteOf(cutOver));
  return hours
    .filter((open) => open.weekday === weekday)
    .map(({ opens, closes }) => {
      const fromMs = epochMsOfLocal(`${businessDate}T${opens}:00`, timeZone);
      const closesMs =
        closes === '24:00' ? day.endMs : epochMsOfLocal(`${businessDate}T${closes}:00`, timeZone);
      // Hours over midnight end with the date.
      const toMs = closesMs > fromMs ? closesMs : day.endMs;
      return { fromMs: Math.max(fromMs, day.startMs), toMs: Math.min(toMs, day.endMs) };
    })
    .filter(({ fromMs, toMs }) => toMs > fromMs);
}

const known = new WeakMap<Store, Map<BusinessDate, readonly Open[]>>();
const MAX_DATES = 400;

/** The same, remembered: rules ask it for every event. */
export function openOn(store: Store, businessDate: BusinessDate): readonly Open[] {
  let dates = known.get(store);
  if (!dates) known.set(store, (dates = new Map<BusinessDate, readonly Open[]>()));
  let open = dates.get(businessDate);
  if (!open) {
    if (dates.size >= MAX_DATES) dates.clear();
    dates.set(businessDate, (open = tradingHours(store, businessDate)));
  }
  return open;
}
