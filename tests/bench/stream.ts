import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stockFold, stockShape, tillFold, tillShape } from '../../functions/stream/folds.ts';
import { createStream, type Stream } from '../../functions/stream/stream.ts';
import type { HubMessage } from '../../functions/stream/read-batch.ts';
import { startAzurite } from '../../infra/local/azurite/azurite.ts';
import { tableClient } from '../../shared/azure/clients.ts';
import { storeStates } from '../../shared/azure/state/store-state.ts';
import { productId, storeId } from '../../shared/ids.ts';
import type { PosEvent, PositionedEvent } from '../../shared/pos/event.ts';
import type { Catalog } from '../../shared/pos/master-data.ts';
import { parsePosEvent } from '../../shared/pos/parse-event.ts';
import { foldStock, newStockBook } from '../../shared/stock/stock-fold.ts';
import { newTillBook } from '../../shared/tills/till-book.ts';
import { foldTills } from '../../shared/tills/till-fold.ts';
import { SECOND_MS } from '../../shared/time.ts';
import {
  BERLIN,
  MONDAY_9_MS,
  positioned,
  productOf,
  stockOf,
  transactionOf,
} from '../support/stream-events.ts';
import { silentLog } from '../support/stream-fixture.ts';
import type { BenchRow } from './row.ts';

/** Sales of four lines from a range of 500 products, in 20 stores whose events mix as in a hub partition. */
const EVENTS = 40_000;
const STORES = 20;
const PRODUCTS = 500;
const BATCH = 1_000;
const RUNS = 9;

const ids = Array.from({ length: PRODUCTS }, (_, index) => `P${index}`);
const stores = Array.from({ length: STORES }, (_, index) => storeId(`S${index}`));
const catalog: Catalog = {
  stores: new Map(stores.map((id) => [id, { ...BERLIN, storeId: id }])),
  products: new Map(ids.map((id) => [productId(id), productOf(id)])),
  storeOfSource: () => undefined,
  productOfCode: () => undefined,
};

function makeEvents(): PosEvent[] {
  const counts = stores.flatMap((id) =>
    ids.map((product) => stockOf(MONDAY_9_MS, 'count', 5_000_000, product, { storeId: id })),
  );
  const sales = Array.from({ length: EVENTS }, (_, index) => {
    const lines = [0, 1, 2, 3].map((line) => ({ product: ids[(index * 7 + line * 131) % PRODUCTS] ?? 'P0' }));
    return transactionOf(MONDAY_9_MS + index * SECOND_MS, lines, {
      storeId: stores[index % STORES] as never,
    });
  });
  return [...counts, ...sales];
}

/** By processor time, so what else runs on the machine does not count; the median of some runs. */
function perCoreSecond(count: number, run: () => void): number {
  const speeds = Array.from({ length: RUNS }, () => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return (count / (user + system)) * 1e6;
  });
  return speeds.sort((one, other) => one - other)[RUNS >> 1] ?? 0;
}

export async function bench(): Promise<BenchRow[]> {
  const texts = makeEvents().map((event) => JSON.stringify(event));
  // Rules meet events as they come from the parser.
  const hub = positioned(texts.map(parsePosEvent));
  const floor = perCoreSecond(texts.length, () => {
    for (const text of texts) JSON.parse(text);
  });
  const ratio = (value: number) => ({ value, ratio: value / floor, ratioOf: 'JSON.parse' });
  const rows: BenchRow[] = [
    { name: 'JSON.parse of the events (floor)', value: floor, unit: 'events/s/core' },
    {
      name: 'parse and validate',
      unit: 'events/s/core',
      ...ratio(
        perCoreSecond(texts.length, () => {
          for (const text of texts) parsePosEvent(text);
        }),
      ),
    },
    {
      name: 'stock rules, pure',
      unit: 'events/s/core',
      ...ratio(perCoreSecond(hub.length, () => pureStock(hub, false))),
    },
    {
      name: 'till rules, pure',
      unit: 'events/s/core',
      ...ratio(perCoreSecond(hub.length, () => pureTills(hub, false))),
    },
    {
      name: 'stock rules with marks and seen ids',
      unit: 'events/s/core',
      ...ratio(perCoreSecond(hub.length, () => pureStock(hub, true))),
    },
  ];
  return [...rows, ...(await onAzurite(texts))];
}

function pureStock(hub: readonly PositionedEvent[], admits: boolean): void {
  const books = new Map(stores.map((id) => [id, newStockBook()]));
  for (const at of hub) {
    const book = books.get(at.event.storeId) as ReturnType<typeof newStockBook>;
    if (admits && book.admit(at) !== 'new') continue;
    foldStock(book, at.event, { store: catalog.stores.get(at.event.storeId), products: catalog.products });
  }
}

function pureTills(hub: readonly PositionedEvent[], admits: boolean): void {
  const books = new Map(stores.map((id) => [id, newTillBook()]));
  for (const at of hub) {
    const book = books.get(at.event.storeId) as ReturnType<typeof newTillBook>;
    if (admits && book.admit(at) !== 'new') continue;
    foldTills(book, at.event);
  }
}

/** Bytes of the hub to committed state, stock and tills one after the other, as two instances on two cores would not. */
async function onAzurite(texts: readonly string[]): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tillstream-bench-'));
  const azurite = await startAzurite({ dataDir: folder });
  try {
    const connection = { kind: 'connection-string' as const, connectionString: azurite.connectionString };
    const messages = texts.map((text, hubSequenceNumber) => ({
      body: Buffer.from(text),
      hubPartition: '0',
      hubSequenceNumber,
    }));
    const common = {
      deliver: () => Promise.resolve(),
      deadLetters: { bury: () => Promise.resolve() },
      clock: () => MONDAY_9_MS,
      log: silentLog,
    };
    const [stockTable, tillsTable] = [tableClient(connection, 'stock'), tableClient(connection, 'tills')];
    await Promise.all([stockTable.createTable(), tillsTable.createTable()]);
    const stock = createStream({
      stage: 'stock',
      states: storeStates(stockTable, stockShape),
      currentFold: () => Promise.resolve(stockFold(catalog)),
      ...common,
    });
    const tills = createStream({
      stage: 'tills',
      states: storeStates(tillsTable, tillShape),
      currentFold: () => Promise.resolve(tillFold()),
      ...common,
    });
    const [ofStock, ofTills] = [await throughput(stock, messages), await throughput(tills, messages)];
    const both = 1 / (1 / ofStock + 1 / ofTills);
    const row = (name: string, value: number, note?: string): BenchRow => ({
      name,
      value,
      unit: 'events/s',
      ratio: value / 10_000,
      ratioOf: 'budget',
      ...(note === undefined ? {} : { note }),
    });
    return [
      row(`stock, bytes to commit on Azurite, batches of ${BATCH}`, ofStock),
      row(`tills, bytes to commit on Azurite, batches of ${BATCH}`, ofTills),
      row(
        'both, one after the other',
        both,
        'by the clock, Azurite on the same machine; the budget is 10,000 events/s',
      ),
    ];
  } finally {
    await azurite.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function throughput(stream: Stream, messages: readonly HubMessage[]): Promise<number> {
  const startMs = performance.now();
  for (let from = 0; from < messages.length; from += BATCH) await stream(messages.slice(from, from + BATCH));
  return (messages.length / (performance.now() - startMs)) * SECOND_MS;
}
