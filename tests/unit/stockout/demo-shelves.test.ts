import { readFileSync } from 'node:fs';
import { createWatchShelves } from '../../../functions/stream/watch-shelves.ts';
import { demonstrationChain, masterDataOfChain } from '../../../infra/local/demo/chain.ts';
import { demoDays } from '../../../infra/local/demo/demo-day.ts';
import { hoursBefore } from '../../../infra/local/demo/sales-history.ts';
import { SHIPPED_MODEL } from '../../../infra/stockout-model/paths.ts';
import { limitsOf, type LimitsFile } from '../../../shared/alerts/limits.ts';
import { businessDate, storeId } from '../../../shared/ids.ts';
import { indexCatalog } from '../../../shared/pos/master-data.ts';
import { silenceModelOf } from '../../../shared/stock/silent/silence-model.ts';
import { foldStock, newStockBook, type StockBook } from '../../../shared/stock/stock-fold.ts';
import { canonicalEvents } from '../../support/demo-offline.ts';
import { memoryStockHistory } from '../../support/memory-stock-history.ts';
import { positioned } from '../../support/stream-events.ts';
import { silentLog } from '../../support/stream-fixture.ts';

const STORES = 5;
const model = silenceModelOf(JSON.parse(readFileSync(SHIPPED_MODEL, 'utf8')));

test.each([1, 2])(
  'in the demonstration each shelf that is planted empty is found at the end of its day, and no other: seed %i',
  async (seed) => {
    const chain = demonstrationChain(STORES);
    const catalog = indexCatalog(
      chain.stores.map(({ store }) => store),
      chain.products,
    );
    const dates = ['2026-03-02', '2026-03-03'].map(businessDate);
    const history = memoryStockHistory();
    for (const store of chain.stores)
      await history.putHours(store.store.storeId, hoursBefore(store, dates[0]!, seed), undefined);
    const books = new Map(
      chain.stores.map(({ store }): [string, StockBook] => [store.storeId, newStockBook()]),
    );
    const found: string[] = [];
    const watch = createWatchShelves({
      stores: async function* stores() {
        await Promise.resolve();
        yield* books.keys();
      },
      book: (id) => Promise.resolve(books.get(id)!),
      history,
      catalog: () => Promise.resolve(catalog),
      limits: () => Promise.resolve(limitsOf(masterDataOfChain(chain, []).alertLimits as LimitsFile)),
      model: () => Promise.resolve(model),
      send: (alert) => {
        if (alert.severity !== 'info')
          found.push(`${alert.businessDate} ${alert.storeId} ${alert.productId}`);
        return Promise.resolve();
      },
      log: silentLog,
    });
    const planted: string[] = [];
    let number = 0;
    for (const day of demoDays({ stores: STORES, seed, dates })) {
      for (const event of canonicalEvents(day, STORES)) {
        const book = books.get(event.storeId)!;
        const [delivered] = positioned([event], '0', (number += 1));
        const store = catalog.stores.get(storeId(event.storeId));
        if (book.admit(delivered!) === 'new') foldStock(book, event, { store, products: catalog.products });
      }
      await watch();
      for (const fault of day.plantedAlerts)
        if (fault.alert === 'silent-stockout')
          planted.push(`${fault.date} ${fault.storeId} ${fault.product.productId}`);
    }
    expect(planted).toHaveLength(2);
    expect(found).toEqual(planted);
  },
);
