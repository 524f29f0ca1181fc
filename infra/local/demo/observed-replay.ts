import {
  concernsStock,
  concernsTills,
  stockFold,
  stockShape,
  tillFold,
  tillShape,
} from '../../../functions/stream/folds.ts';
import { containerClient } from '../../../shared/azure/clients.ts';
import { CONTAINERS } from '../../../shared/azure/names.ts';
import { readRaw } from '../../../shared/azure/landing/raw-reader.ts';
import type { PosEvent } from '../../../shared/pos/event.ts';
import type { Catalog } from '../../../shared/pos/master-data.ts';
import type { StorageConnection } from '../../../shared/settings.ts';
import { newStockBook } from '../../../shared/stock/stock-fold.ts';
import { newTillBook } from '../../../shared/tills/till-book.ts';
import { fingerprintOf } from './observed-states.ts';

/** Stock and tills rebuilt from the raw landing, and the alerts raised by it. */
export interface Replayed {
  /** By `<group> <store>`. */
  readonly fingerprints: ReadonlyMap<string, string>;
  readonly alertIds: ReadonlySet<string>;
}

type StockBooks = Map<string, ReturnType<typeof newStockBook>>;
type TillBooks = Map<string, ReturnType<typeof newTillBook>>;

/** Folds every landed event again, in memory, like the stream functions did. */
export async function replayRaw(storage: StorageConnection, catalog: Catalog): Promise<Replayed> {
  const { stock, tills, alertIds } = await foldRaw(storage, catalog, () => true);
  const fingerprints = new Map<string, string>();
  for (const [storeId, book] of stock) fingerprints.set(`stock ${storeId}`, fingerprintOf(book, stockShape));
  for (const [storeId, book] of tills) fingerprints.set(`tills ${storeId}`, fingerprintOf(book, tillShape));
  return { fingerprints, alertIds };
}

/** Folds the selected landed events, in memory. */
export async function foldRaw(
  storage: StorageConnection,
  catalog: Catalog,
  isWanted: (event: PosEvent) => boolean,
): Promise<{ stock: StockBooks; tills: TillBooks; alertIds: Set<string> }> {
  const foldStock = stockFold(catalog);
  const foldTill = tillFold({ catalog });
  const stock: StockBooks = new Map();
  const tills: TillBooks = new Map();
  const alertIds = new Set<string>();
  for await (const batch of readRaw(containerClient(storage, CONTAINERS.raw))) {
    for (const positioned of batch) {
      const { event } = positioned;
      if (!isWanted(event)) continue;
      const stockBook = bookOf(stock, event.storeId, newStockBook);
      const tillBook = bookOf(tills, event.storeId, newTillBook);
      const alerts = [
        ...(stockBook.admit(positioned, concernsStock(event)) === 'new' ? foldStock(stockBook, event) : []),
        ...(tillBook.admit(positioned, concernsTills(event)) === 'new' ? foldTill(tillBook, event) : []),
      ];
      for (const { alertId } of alerts) alertIds.add(alertId);
    }
  }
  return { stock, tills, alertIds };
}

function bookOf<Book>(books: Map<string, Book>, storeId: string, make: () => Book): Book {
  let book = books.get(storeId);
  if (!book) {
    book = make();
    books.set(storeId, book);
  }
  return book;
}
