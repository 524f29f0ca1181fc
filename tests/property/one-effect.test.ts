import fc from 'fast-check';
import { rebuild } from '../../functions/stream/rebuild.ts';
import { createFoldStores } from '../../functions/stream/fold-stores.ts';
import { stockFold, stockShape } from '../../functions/stream/folds.ts';
import { storeStates } from '../../shared/azure/state/store-state.ts';
import type { PositionedEvent, PosEvent } from '../../shared/pos/event.ts';
import { foldStock, newStockBook } from '../../shared/stock/stock-fold.ts';
import { newTillBook, shiftsIn } from '../../shared/tills/till-book.ts';
import { foldTills } from '../../shared/tills/till-fold.ts';
import { memoryTable, type MemoryTable } from '../support/memory-table.ts';
import { atHour, BERLIN, busyDay, positioned, PRODUCTS, transactionOf } from '../support/stream-events.ts';
import { CATALOG, silentLog, stockInstance, tillInstance, type Instance } from '../support/stream-fixture.ts';

/** The hub: two stores in one partition, a third in another, with repeats that the sources sent themselves. */
const [first, second, third] = ['S1', 'S2', 'S3'].map((store) => busyDay(store, 45)) as [
  PosEvent[],
  PosEvent[],
  PosEvent[],
];
const interleaved = first.flatMap((event, index) => [event, ...second.slice(index, index + 1)]);
const withRepeats = interleaved.flatMap((event, index) =>
  index % 6 === 5 ? [event, interleaved[index - 5] as PosEvent] : [event],
);
const hub: Readonly<Record<string, PositionedEvent[]>> = {
  '0': positioned(withRepeats, '0'),
  '1': positioned(third, '1', 1_000),
};
const EVENTS = first.length + second.length + third.length;

const kinds = { stock: stockInstance, tills: tillInstance } as const;
const STORES = ['S1', 'S2', 'S3'];
const stateOf = (table: MemoryTable) => Object.fromEntries(STORES.map((store) => [store, table.rows(store)]));

async function cleanPass(make: (typeof kinds)[keyof typeof kinds]) {
  const table = memoryTable();
  const alerts: string[] = [];
  const clean = make(table.client, { onAlert: ({ alertId }) => alerts.push(alertId) });
  for (const events of Object.values(hub)) await clean.fold(events);
  return { state: stateOf(table), alerts: new Set(alerts) };
}

/** What can happen to a consumer between two batches. */
type Step =
  | { readonly do: 'read'; readonly partition: '0' | '1'; readonly instance: 0 | 1; readonly batch: number }
  | { readonly do: 'rewind'; readonly partition: '0' | '1'; readonly by: number }
  | { readonly do: 'restart'; readonly instance: 0 | 1 }
  | { readonly do: 'fail'; readonly when: 'before' | 'after'; readonly status: number | undefined };

const partition = fc.constantFrom('0' as const, '1' as const);
const whichInstance = fc.constantFrom(0 as const, 1 as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      partition,
      instance: whichInstance,
      batch: fc.integer({ min: 1, max: 60 }),
    }),
  },
  fc.record({ do: fc.constant('rewind' as const), partition, by: fc.integer({ min: 1, max: 400 }) }),
  fc.record({ do: fc.constant('restart' as const), instance: whichInstance }),
  fc.record({
    do: fc.constant('fail' as const),
    when: fc.constantFrom('before' as const, 'after' as const),
    // Throttled, unavailable, or the connection broke.
    status: fc.constantFrom(429, 503, undefined),
  }),
);

/** Plays the steps with two instances over one table, then reads all that is left without trouble. */
async function play(steps: readonly Step[], make: (typeof kinds)[keyof typeof kinds]) {
  const table = memoryTable();
  const alerts = new Set<string>();
  const start = (): Instance => make(table.client, { onAlert: ({ alertId }) => alerts.add(alertId) });
  const instances: [Instance, Instance] = [start(), start()];
  const next: Record<string, number> = { '0': 0, '1': 0 };
  const read = async (id: string, batch: number, by: Instance): Promise<void> => {
    const from = next[id] ?? 0;
    await by.fold(hub[id]?.slice(from, from + batch) ?? []);
    // The checkpoint moves only after the batch is done.
    next[id] = from + batch;
  };
  for (const now of steps) {
    if (now.do === 'rewind') next[now.partition] = Math.max(0, (next[now.partition] ?? 0) - now.by);
    if (now.do === 'restart') instances[now.instance] = start();
    if (now.do === 'fail') {
      table.fault = (when) => {
        if (when !== now.when) return;
        table.fault = undefined;
        throw Object.assign(new Error('fault'), { statusCode: now.status });
      };
    }
    if (now.do === 'read') {
      // A batch that fails is read again, now or after a rewind.
      await read(now.partition, now.batch, instances[now.instance]).catch(() => undefined);
    }
  }
  table.fault = undefined;
  for (const id of ['0', '1']) {
    while ((next[id] ?? 0) < (hub[id]?.length ?? 0)) await read(id, 50, instances[0]);
  }
  return { state: stateOf(table), alerts };
}

describe.each(['stock', 'tills'] as const)('%s', (kind) => {
  test('P2 one effect: duplicates, redeliveries, restarts, faults and lost races end as one clean pass', async () => {
    const clean = await cleanPass(kinds[kind]);
    expect(clean.alerts.size).toBeGreaterThan(0);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const played = await play(steps, kinds[kind]);
        expect(played.state).toEqual(clean.state);
        expect(played.alerts).toEqual(clean.alerts);
      }),
      { numRuns: 60 },
    );
  });

  test('P2 one effect: what a source itself repeats under other numbers changes no record', async () => {
    const recordsOf = async (events: readonly PosEvent[]) => {
      const table = memoryTable();
      await kinds[kind](table.client).fold(positioned(events));
      return Object.entries(table.rows('S1')).filter(([rowKey]) => rowKey.startsWith('bucket-'));
    };
    const repeated = first.flatMap((event, index) => (index % 3 === 0 ? [event, event] : [event]));
    expect(await recordsOf([...repeated, ...first])).toEqual(await recordsOf(first));
  });

  test('P2 one effect: two instances that fold the same batch at once count it once', async () => {
    const clean = await cleanPass(kinds[kind]);
    const table = memoryTable();
    const both = [kinds[kind](table.client), kinds[kind](table.client)];
    for (const events of Object.values(hub)) {
      for (let from = 0; from < events.length; from += 20) {
        const batch = events.slice(from, from + 20);
        await Promise.all(both.map((one) => one.fold(batch)));
      }
    }
    expect(stateOf(table)).toEqual(clean.state);
  });
});

test('P3 nothing vanishes: folded and duplicates are all events of the hub', async () => {
  const { state } = await cleanPass(stockInstance);
  const tallies = STORES.map((store) => {
    const mark = state[store]?.['0-mark'] as { t0: string };
    return (JSON.parse(mark.t0) as { tally: { folded: number; duplicates: number } }).tally;
  });
  const folded = tallies.reduce((sum, tally) => sum + tally.folded, 0);
  const duplicates = tallies.reduce((sum, tally) => sum + tally.duplicates, 0);
  expect(folded).toBe(EVENTS);
  expect(folded + duplicates).toBe(Object.values(hub).flat().length);
});

test('P4 order per store: each store is folded in the order of the hub, however stores mix in a batch', async () => {
  const order: Record<string, string[]> = {};
  const foldStores = createFoldStores({
    states: storeStates(memoryTable().client, stockShape),
    deliver: () => Promise.resolve(),
    bury: () => Promise.resolve(),
    log: silentLog,
  });
  const batches = hub['0'] ?? [];
  for (let from = 0; from < batches.length; from += 33) {
    await foldStores(batches.slice(from, from + 33), (_book, event) => {
      (order[event.storeId] ??= []).push(event.eventId);
      return [];
    });
  }
  expect(order['S1']).toEqual(first.map(({ eventId }) => eventId));
  expect(order['S2']).toEqual(second.map(({ eventId }) => eventId));
});

test('P7 replay is the same: a rebuild from the landing, cut anyhow, gives the same rows', async () => {
  const clean = await cleanPass(stockInstance);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }), async (sizes) => {
      const table = memoryTable();
      const foldStores = createFoldStores({
        states: storeStates(table.client, stockShape),
        deliver: async (store, { rowKey }) => table.client.deleteEntity(store, rowKey).then(() => undefined),
        bury: () => Promise.resolve(),
        log: silentLog,
      });
      async function* landed(): AsyncGenerator<PositionedEvent[]> {
        await Promise.resolve();
        for (const events of Object.values(hub)) {
          for (let from = 0, at = 0; from < events.length; at += 1) {
            const size = sizes[at % sizes.length] ?? 1;
            yield events.slice(from, from + size);
            from += size;
          }
        }
      }
      await rebuild(landed(), foldStores, stockFold(CATALOG));
      expect(stateOf(table)).toEqual(clean.state);
    }),
    { numRuns: 20 },
  );
});

test('versions of transactions that arrive in any order give the same positions and till counters', () => {
  const version = fc.record({
    transaction: fc.integer({ min: 1, max: 4 }),
    version: fc.integer({ min: 1, max: 4 }),
    status: fc.constantFrom('completed' as const, 'voided' as const, 'suspended' as const),
    milli: fc.integer({ min: -5, max: 9 }).map((pieces) => pieces * 1_000),
    product: fc.constantFrom('P1', 'P2'),
    hour: fc.integer({ min: 1, max: 9 }),
  });
  const distinct = fc.uniqueArray(version, {
    // Two events of one rank contradict each other; the first stays, so their order matters.
    selector: (one) => `${one.transaction} ${one.version} ${one.status}`,
    maxLength: 14,
  });
  const orders = distinct.chain((events) =>
    fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
  );
  fc.assert(
    fc.property(orders, ([one, other]) => {
      const results = [one, other].map((versions) => {
        const stock = newStockBook();
        const tills = newTillBook();
        const events = versions.map(({ transaction, version: number, status, milli, product, hour }) =>
          transactionOf(atHour(hour), [{ product, milli }], {
            transactionId: `tx${transaction}`,
            version: number,
            status,
          }),
        );
        for (const at of positioned(events)) {
          stock.admit(at);
          tills.admit(at);
          foldStock(stock, at.event, { store: BERLIN, products: PRODUCTS });
          foldTills(tills, at.event);
        }
        // Whether a product that ended where it began was met at all depends on the order.
        const positions = [...stock.records]
          .map(([id, { onHandMilli, soldMilli }]) => ({ id, onHandMilli, soldMilli }))
          .filter(({ onHandMilli, soldMilli }) => onHandMilli !== 0 || soldMilli.some((sold) => sold !== 0));
        return {
          positions: positions.map((position) => JSON.stringify(position)).sort(),
          shifts: shiftsIn(tills.records.values())
            .map(({ businessDate, sums }) =>
              JSON.stringify([businessDate, Object.entries(sums).map(String).sort()]),
            )
            .sort(),
        };
      });
      expect(results[1]).toEqual(results[0]);
    }),
  );
});
