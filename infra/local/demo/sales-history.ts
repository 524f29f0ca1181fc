import { containerClient } from '../../../shared/azure/clients.ts';
import { CONTAINERS } from '../../../shared/azure/names.ts';
import { blobStockHistory } from '../../../shared/azure/stock-history.ts';
import { productId, type BusinessDate, type ProductId } from '../../../shared/ids.ts';
import type { StorageConnection } from '../../../shared/settings.ts';
import { HOURS } from '../../../shared/stock/silent/hour-panel.ts';
import type { SoldHours, StoreHours } from '../../../shared/stock/silent/store-hours.ts';
import { addDays, DAY_MS, epochMsOf, HOUR_MS } from '../../../shared/time.ts';
import { BUSY, linesPerDay } from './busy-hours.ts';
import type { DemoStore } from './chain.ts';
import { hoursOf } from './hours.ts';
import { DEMO_PRODUCTS } from './products.ts';
import { randomOf } from './random.ts';

/** The demonstration's stores did not open today: they have sold for so many days before its first. */
const DAYS_BEFORE = 28;
const TOTAL_WEIGHT = DEMO_PRODUCTS.reduce((sum, { weight }) => sum + weight, 0);

/** Gives every store its sales of the weeks before, as the watch over the shelves keeps them; only what is not there yet. */
export async function layInHistory(
  storage: StorageConnection,
  stores: readonly DemoStore[],
  firstDate: BusinessDate,
  seed: number,
): Promise<void> {
  const history = blobStockHistory(containerClient(storage, CONTAINERS.stockHistory));
  for (const demoStore of stores)
    await history.putHours(demoStore.store.storeId, hoursBefore(demoStore, firstDate, seed), undefined);
}

export function hoursBefore(demoStore: DemoStore, firstDate: BusinessDate, seed: number): StoreHours {
  const random = randomOf(seed, firstDate, demoStore.store.storeId, 'history');
  const days: number[] = [];
  const sold = new Map<ProductId, number[]>();
  for (let before = DAYS_BEFORE; before >= 1; before -= 1) {
    const date = addDays(firstDate, -before);
    const day = epochMsOf(`${date}T00:00:00Z`) / DAY_MS;
    days.push(day);
    const hours = hoursOf(demoStore, date);
    if (!hours) continue;
    const first = Number(demoStore.store.hours[0]?.opens.slice(0, 2) ?? 8);
    const open = Array.from(
      { length: Math.floor((hours.closesMs - hours.opensMs) / HOUR_MS) },
      (_, at) => first + at,
    );
    const busy = open.reduce((sum, hour) => sum + (BUSY[hour % 24] ?? 1), 0);
    for (const hour of open) {
      const lines = (linesPerDay(demoStore.salesPerDay) * (BUSY[hour % 24] ?? 1)) / busy;
      for (const product of DEMO_PRODUCTS) {
        const count = poisson(
          (lines * product.weight) / TOTAL_WEIGHT,
          () => random.int(0, 999_999) / 1_000_000,
        );
        if (count === 0) continue;
        const id = productId(product.productId);
        const cells = sold.get(id) ?? [];
        cells.push(day * HOURS + hour, count * (product.unit === 'kg' ? 800 : 1_300));
        sold.set(id, cells);
      }
    }
  }
  return {
    days,
    products: new Map([...sold].map(([id, cells]): [ProductId, SoldHours] => [id, Int32Array.from(cells)])),
  };
}

function poisson(mean: number, random: () => number): number {
  const limit = Math.exp(-mean);
  let [count, product] = [0, random()];
  for (; product > limit; product *= random()) count += 1;
  return count;
}
