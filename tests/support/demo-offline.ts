import { accountRoles } from '../../shared/ledger/account-roles.ts';
import { demonstrationChain } from '../../infra/local/demo/chain.ts';
import { squareNotification } from '../../infra/local/demo/square.ts';
import type { DemoDay } from '../../infra/local/demo/demo-day.ts';
import type { Alert } from '../../shared/alerts/alert.ts';
import type { BusinessDate, StoreId } from '../../shared/ids.ts';
import type { LedgerRowError } from '../../shared/ledger/ledger-row.ts';
import { readLedgerCsv } from '../../shared/ledger/sources/files/read-csv.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import { indexCatalog } from '../../shared/pos/master-data.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { squareSource } from '../../shared/pos/sources/square/source.ts';
import { mapWireEvent } from '../../shared/pos/sources/tillstream/map.ts';
import { compiledWireEvent } from '../../shared/pos/sources/tillstream/wire-schema.ts';
import { DayBook, emptyDay } from '../../shared/reconciliation/day-book.ts';
import { mergeShards, type DayReport } from '../../shared/reconciliation/day-report.ts';
import { reconcileStores } from '../../shared/reconciliation/reconcile-shard.ts';
import { foldStock, newStockBook, type StockBook } from '../../shared/stock/stock-fold.ts';
import { newTillBook, type TillBook } from '../../shared/tills/till-book.ts';
import { foldTills } from '../../shared/tills/till-fold.ts';

/** Plays a demonstration day through the business alone, without a process or a request. */
const RECEIVED_AT = '2026-11-21T08:00:00.000Z';

/** Stands in for the keyed pseudonym of an operator. */
export const operatorOf = (id: string): string => `op-${id}`;

export function canonicalEvents(day: DemoDay, stores: number): PosEvent[] {
  const chain = demonstrationChain(stores);
  const catalog = indexCatalog(
    chain.stores.map(({ store }) => store),
    chain.products,
  );
  const context = {
    catalog,
    pseudonymise: (kind: string, id: string) =>
      kind === 'operator' ? operatorOf(id) : `pseudonym-of-${id.length}`,
    receivedAt: RECEIVED_AT,
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  };
  return day.events.flatMap(({ wire, viaSquare }) => {
    if (viaSquare !== true) return [mapWireEvent(compiledWireEvent.parse(wire), context)];
    return squareSource.read(Buffer.from(squareNotification(wire)), context).events;
  });
}

/** Stock and till books of the stores, kept over several days. */
export class OfflineStream {
  readonly stock = new Map<StoreId, StockBook>();
  readonly tills = new Map<StoreId, TillBook>();
  readonly alerts: Alert[] = [];

  play(events: readonly PosEvent[], stores: number): void {
    const chain = demonstrationChain(stores);
    const byId = new Map(chain.stores.map(({ store }) => [store.storeId, store]));
    const products = new Map(chain.products.map((product) => [product.productId, product]));
    for (const event of events) {
      const stock = bookOf(this.stock, event.storeId, newStockBook);
      const tills = bookOf(this.tills, event.storeId, newTillBook);
      this.alerts.push(...foldStock(stock, event, { store: byId.get(event.storeId), products }));
      this.alerts.push(...foldTills(tills, event));
    }
  }
}

function bookOf<Book>(books: Map<StoreId, Book>, storeId: StoreId, make: () => Book): Book {
  let book = books.get(storeId);
  if (!book) {
    book = make();
    books.set(storeId, book);
  }
  return book;
}

export async function reconcileOffline(
  date: BusinessDate,
  events: readonly PosEvent[],
  ledgerText: string,
  stores: number,
): Promise<DayReport> {
  const chain = demonstrationChain(stores);
  const entries: LedgerEntry[] = [];
  const errors: LedgerRowError[] = [];
  for await (const row of readLedgerCsv(`ledger-${date}.csv`, bytesOf(ledgerText))) {
    if (row.ok) entries.push(row.entry);
    else errors.push(row.error);
  }
  const known = new Set(chain.stores.map(({ store }) => store.storeId));
  const book = new DayBook({
    businessDate: date,
    profile: chain.postingProfile,
    dayEndMsOf: (storeId) => (known.has(storeId) ? Date.parse(RECEIVED_AT) + 1 : undefined),
  });
  for (const event of events) if (event.businessDate === date) book.add(event);
  const dimensions = new Map(chain.stores.map(({ store }) => [store.storeId, store.ledgerDimension]));
  const days = new Map(book.close().map((day) => [day.storeId, day]));
  const ofStore = (storeId: StoreId) =>
    entries.filter((entry) => entry.storeDimension === dimensions.get(storeId));
  const accounts = accountRoles(chain.postingProfile);
  const result = reconcileStores(
    date,
    [...known].map((storeId) => ({
      day: days.get(storeId) ?? emptyDay(storeId),
      entries: ofStore(storeId).filter((entry) => entry.accountingDate === date),
      known: true,
      accounts,
    })),
    {
      entriesOf: (storeId, documentId) =>
        ofStore(storeId).filter(
          (entry) => entry.accountingDate !== date && entry.documentNumber === documentId,
        ),
      documentsOf: () => [],
    },
  );
  return mergeShards(date, [
    {
      ...result,
      businessDate: date,
      events: events.length,
      ledgerEntries: entries.length,
      ledgerRowErrors: errors,
      ledgerFiles: [`ledger-${date}.csv`],
      dataAsOf: RECEIVED_AT,
    },
  ]);
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
