import type { Held, StockHistory } from '../../shared/azure/stock-history.ts';
import type { ProductId, StoreId } from '../../shared/ids.ts';
import type { Logger } from '../../shared/log.ts';
import type { Catalog } from '../../shared/pos/master-data.ts';
import type { Store } from '../../shared/pos/store.ts';
import type { SilentStockoutLimits } from '../../shared/stock/silent/silent-stockout.ts';
import { HOURS } from '../../shared/stock/silent/hour-panel.ts';
import type { Shelves } from '../../shared/stock/silent/judge-shelves.ts';
import { hoursToJudge, type BookedShelf, type ShelfWatch } from '../../shared/stock/silent/shelf-watch.ts';
import {
  recentHours,
  wholeDays,
  withRecent,
  type SoldHours,
  type StoreHours,
} from '../../shared/stock/silent/store-hours.ts';
import type { StockBook } from '../../shared/stock/stock-fold.ts';
import { DAY_MS, offsetMsAt } from '../../shared/time.ts';

export interface GatherOptions {
  readonly book: (storeId: StoreId) => Promise<StockBook>;
  readonly history: StockHistory;
  readonly log: Logger;
}

/** The best sellers of a store, which bounds the work and memory of a look. */
const MOST_WATCHED = 1_000;

/** A store, read and ready to be judged. */
export interface GatheredShelves {
  readonly store: Store;
  readonly watch: Held<ShelfWatch>;
  readonly limits: SilentStockoutLimits;
  readonly booked: ReadonlyMap<ProductId, BookedShelf>;
  readonly shelves: Omit<Shelves, 'open'>;
  readonly days: readonly number[];
}

/** Reads a store, and keeps the days that are over before the effect log forgets them. */
export async function gatherShelves(
  { history, book: bookOf, log }: GatherOptions,
  store: Store,
  limits: SilentStockoutLimits,
  catalog: Catalog,
): Promise<GatheredShelves> {
  const { storeId } = store;
  const book = await bookOf(storeId);
  // No till's clock makes it later than what we have received.
  const nowMs = Math.min(book.newestEventAtMs, book.newestReceivedAtMs);
  const nowLocalMs = nowMs + offsetMsAt(nowMs, store.timeZone);
  const kept = await history.hours(storeId);
  const hours = withRecent(kept.value, recentHours(book, nowMs, store.timeZone));
  const today = Math.floor(nowLocalMs / DAY_MS);
  if (hours.days.some((day) => day < today && !kept.value.days.includes(day)))
    await history.putHours(storeId, wholeDays(hours, today), kept.etag);
  const watch = await history.watch(storeId);
  const whole = hours.days.filter((day) => day < today).length;
  const judged = whole < limits.leastDays ? undefined : hoursToJudge(watch.value, nowLocalMs, limits);
  const watched = watchedProducts(hours, limits);
  if (watched.length > MOST_WATCHED)
    log.info('More products sell well than are watched', { storeId, products: watched.length });
  const products = watched.slice(0, MOST_WATCHED);
  return {
    store,
    watch,
    limits,
    booked: bookedShelves(book, products, catalog),
    shelves: { storeId, products, judged },
    days: hours.days,
  };
}

/** Products that sell enough for a silence to mean something, best sellers first. */
function watchedProducts({ products, days }: StoreHours, { leastUnitsPerDay }: SilentStockoutLimits) {
  const from = ((days.at(-1) ?? 0) - 27) * HOURS;
  const known = Math.max(1, days.filter((day) => day * HOURS >= from).length);
  const watched: { readonly productId: ProductId; readonly sold: SoldHours; readonly milli: number }[] = [];
  for (const [productId, sold] of products) {
    let milli = 0;
    for (let at = 0; at < sold.length; at += 2) if ((sold[at] ?? 0) >= from) milli += sold[at + 1] ?? 0;
    if (milli > 0 && milli >= leastUnitsPerDay * 1_000 * known) watched.push({ productId, sold, milli });
  }
  return watched.sort((one, other) => other.milli - one.milli || (one.productId < other.productId ? -1 : 1));
}

/** Where the books show more than the safety stock: below it `stockout-imminent` has been raised already. */
function bookedShelves(
  book: StockBook,
  products: readonly { readonly productId: ProductId }[],
  catalog: Catalog,
): Map<ProductId, BookedShelf> {
  const booked = new Map<ProductId, BookedShelf>();
  for (const { productId } of products) {
    const [position, product] = [book.records.get(productId), catalog.products.get(productId)];
    if (!position?.known || !product || position.onHandMilli <= Math.max(0, product.safetyStockMilli))
      continue;
    booked.set(productId, { product, onHandMilli: position.onHandMilli, countedAtMs: position.countedAtMs });
  }
  return booked;
}
