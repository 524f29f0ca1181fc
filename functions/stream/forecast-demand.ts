import { forEachBounded } from '../../shared/bounded.ts';
import { messageOf } from '../../shared/errors.ts';
import type { ProductId, StoreId } from '../../shared/ids.ts';
import type { Catalog } from '../../shared/pos/master-data.ts';
import {
  forecastStores,
  MOST_FORECAST,
  type ForecastLine,
  type StoreDemand,
} from '../../shared/stock/demand/store-demand.ts';
import { recentHours, wholeDays, withRecent } from '../../shared/stock/silent/store-hours.ts';
import { DAY_MS, offsetMsAt } from '../../shared/time.ts';
import type { GatherOptions } from './gather-shelves.ts';

export interface ForecastDemandOptions extends GatherOptions {
  /** Every store with stock. @throws TransientError */
  readonly stores: () => AsyncIterable<string>;
  readonly catalog: () => Promise<Catalog>;
  /** Stores a store's lines; the same store and date replace each other. @throws TransientError */
  readonly put: (storeId: StoreId, from: string, lines: readonly ForecastLine[]) => Promise<void>;
}

/** Forecasts the coming days of all stores; returns the number of lines. */
export type ForecastDemand = () => Promise<number>;

const WIDTH = 4;

/** Safe to be killed and to run again: a store's file of a date is replaced as a whole. */
export function createForecastDemand(options: ForecastDemandOptions): ForecastDemand {
  const { history, log } = options;

  async function demandOf(storeId: StoreId, timeZone: string): Promise<StoreDemand> {
    const book = await options.book(storeId);
    const nowMs = Math.min(book.newestEventAtMs, book.newestReceivedAtMs);
    const kept = await history.hours(storeId);
    const today = Math.floor((nowMs + offsetMsAt(nowMs, timeZone)) / DAY_MS);
    const hours = wholeDays(withRecent(kept.value, recentHours(book, nowMs, timeZone)), today);
    if (hours.products.size > MOST_FORECAST)
      log.info('More products were sold than are forecast', { storeId, products: hours.products.size });
    const onHandMilli = new Map<ProductId, number>();
    for (const [id, position] of book.records)
      if (position.known) onHandMilli.set(id as ProductId, position.onHandMilli);
    return { storeId, hours, onHandMilli };
  }

  return async () => {
    const catalog = await options.catalog();
    const demands: StoreDemand[] = [];
    const failures: unknown[] = [];
    await forEachBounded(options.stores(), WIDTH, async (id) => {
      const store = catalog.stores.get(id as StoreId);
      if (!store) return;
      try {
        demands.push(await demandOf(store.storeId, store.timeZone));
      } catch (thrown) {
        failures.push(thrown);
        log.error('A store could not be forecast', { storeId: id, reason: messageOf(thrown) }, thrown);
      }
    });
    // In the order of their ids: what is pooled does not depend on which store was read first.
    demands.sort((one, other) => (one.storeId < other.storeId ? -1 : 1));
    const byStore = new Map<StoreId, ForecastLine[]>();
    const lines = forecastStores(demands, catalog.products);
    for (const line of lines) {
      const ofStore = byStore.get(line.storeId);
      if (ofStore) ofStore.push(line);
      else byStore.set(line.storeId, [line]);
    }
    for (const [storeId, ofStore] of byStore) await options.put(storeId, ofStore[0]?.from ?? '', ofStore);
    if (failures.length > 0) throw failures[0];
    return lines.length;
  };
}
