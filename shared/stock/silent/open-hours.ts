import type { OpeningHours } from '../sales-rate.ts';
import { openShares } from '../sales-rate.ts';
import { HOURS } from './hour-panel.ts';
import type { Window } from './judge-shelves.ts';
import type { SoldHours } from './store-hours.ts';

/**
 * By hour of a window: 1 where the store was open and its sales are known. A day before the last on which nothing at all
 * was sold counts as closed: a holiday, or a day that never reached us.
 */
export function openHours(
  store: OpeningHours,
  days: readonly number[],
  products: readonly { readonly sold: SoldHours }[],
  window: Window,
): Uint8Array {
  const sellingDays = new Set<number>();
  for (const { sold } of products)
    for (let at = 0; at < sold.length; at += 2) sellingDays.add(Math.floor((sold[at] ?? 0) / HOURS));
  const shares = openShares(store);
  const open = new Uint8Array(window.days * HOURS);
  const last = days.at(-1);
  for (const day of days) {
    if (day < window.firstDay || day >= window.firstDay + window.days) continue;
    if (day !== last && !sellingDays.has(day)) continue;
    // 1 January 1970 was a Thursday; the hours of the week begin with Monday.
    const ofWeek = ((day + 3) % 7) * HOURS;
    for (let hour = 0; hour < HOURS; hour += 1)
      if ((shares[ofWeek + hour] ?? 0) >= 0.5) open[(day - window.firstDay) * HOURS + hour] = 1;
  }
  return open;
}
