import fc from 'fast-check';
import { createFoldStores } from '../../functions/stream/fold-stores.ts';
import { createStream } from '../../functions/stream/stream.ts';
import { stockFold, stockShape, tillFold, tillShape } from '../../functions/stream/folds.ts';
import { storeStates } from '../../shared/azure/state/store-state.ts';
import type { PermanentError } from '../../shared/errors.ts';
import { deadLetterSchema, type DeadLetter } from '../../shared/pos/dead-letter.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { memoryTable, type MemoryTable } from '../support/memory-table.ts';
import {
  atHour,
  closedOf,
  drawerOf,
  openedOf,
  positioned,
  stockOf,
  transactionOf,
} from '../support/stream-events.ts';
import { CATALOG, silentLog } from '../support/stream-fixture.ts';

/** The in-memory table, as strict about keys as the SDK and the service are. */
function strictTable(): MemoryTable {
  const table = memoryTable();
  const { client } = table;
  const list = client.listEntities.bind(client);
  const submit = client.submitTransaction.bind(client);
  const checkKey = (key: string): void => {
    encodeURIComponent(key);
    // eslint-disable-next-line no-control-regex -- what the service refuses in a key.
    if (/[/\\#?\u0000-\u001f\u007f-\u009f]/.test(key) || key.length > 512) {
      throw Object.assign(new Error('OutOfRangeInput'), { statusCode: 400 });
    }
  };
  client.listEntities = (options: { queryOptions: { filter: string } }) => {
    encodeURIComponent(options.queryOptions.filter);
    return list(options as never);
  };
  client.submitTransaction = (actions) => {
    for (const [, row] of actions) {
      checkKey(row.partitionKey);
      checkKey(row.rowKey);
    }
    return submit(actions);
  };
  client.upsertEntity = (row: { partitionKey: string; rowKey: string }) => {
    checkKey(row.rowKey);
    return Promise.resolve({});
  };
  return table;
}

const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    'LONE\ud800',
    '\udc00',
    '__proto__',
    'constructor',
    'toString',
    '',
    '/',
    'a/b\\c#d?e',
    '\u0000',
    '\u202e',
    "it's",
    ' ',
    '.',
    '..',
    'x'.repeat(1_100),
    '\u{1F34E}',
    '0-mark',
    'registry',
  ),
);
const oddValue = fc.oneof(
  oddText,
  fc.constantFrom(1e308, -0, 2 ** 53, -(2 ** 53), 1e21, 0.1, null, true, [], {}, [[]]),
  fc.integer(),
  fc.jsonValue({ maxDepth: 2 }),
);
const example = fc.constantFrom<PosEvent>(
  transactionOf(atHour(1), [{}, { milli: -2_000 }], { returnOf: { receiptNumber: '1' } }),
  drawerOf(atHour(1), 'paidOut', 500),
  openedOf(atHour(0)),
  closedOf(atHour(2), 1_000),
  stockOf(atHour(1), 'delivery', 5_000),
  stockOf(atHour(2), 'count', 5_000),
);

/** Every path to a value of an event, also of its lines and tenders. */
function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, field]) => [
    ...(path.length > 0 ? [path] : []),
    ...pathsOf(field, [...path, key]),
  ]);
}

function changed(event: PosEvent, which: number, value: unknown): unknown {
  const copy = structuredClone(event) as unknown as Record<string, unknown>;
  const paths = pathsOf(copy);
  const path = paths[which % paths.length] ?? [];
  const parent = path.slice(0, -1).reduce<Record<string, unknown>>((at, key) => at[key] as never, copy);
  Object.defineProperty(parent, path.at(-1) ?? '', {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
  return copy;
}
const oddEvent = fc
  .tuple(example, fc.nat(), oddValue)
  .map(([event, which, value]) => changed(event, which, value));
const kinds = [
  { kind: 'stock', shape: stockShape, fold: stockFold(CATALOG) },
  { kind: 'tills', shape: tillShape, fold: tillFold() },
] as const;

function tallied(table: MemoryTable): number {
  let sum = 0;
  for (const partition of table.partitions()) {
    const mark = table.rows(partition)['0-mark'] as { t0: string } | undefined;
    if (!mark) continue;
    const { folded, duplicates } = (JSON.parse(mark.t0) as { tally: { folded: number; duplicates: number } })
      .tally;
    sum += folded + duplicates;
  }
  return sum;
}

test.each(kinds)(
  'P9 no record stops the rest: whatever JSON is in the hub, $kind move on',
  async ({ kind, shape, fold }) => {
    const text = fc.oneof(
      oddEvent.map((event) => JSON.stringify(event)),
      fc.json(),
      fc.string({ unit: 'binary' }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 8 }), async (texts) => {
        const table = strictTable();
        const letters = new Map<string, DeadLetter>();
        const stream = createStream<never, never, never>({
          stage: kind,
          states: storeStates(table.client, shape as never),
          deliver: () => Promise.resolve(),
          currentFold: () => Promise.resolve(fold as never),
          deadLetters: {
            bury: (letter) => {
              letters.set(letter.deadLetterId, deadLetterSchema.parse(letter));
              return Promise.resolve();
            },
          },
          clock: () => atHour(20),
          log: silentLog,
        });
        const own = positioned([transactionOf(atHour(3))]).map(({ event }) => JSON.stringify(event));
        const all = [...texts, ...own];
        await stream(
          all.map((body, index) => ({
            body: Buffer.from(body),
            hubPartition: '0',
            hubSequenceNumber: index,
          })),
        );
        expect(tallied(table) + letters.size).toBe(all.length);
      }),
      { numRuns: 150 },
    );
  },
);

test.each(kinds)(
  'P9: what got past every check ends as its own dead letter in $kind',
  async ({ shape, fold }) => {
    await fc.assert(
      fc.asyncProperty(fc.array(oddEvent, { minLength: 1, maxLength: 5 }), async (odd) => {
        const table = strictTable();
        const buried: PermanentError[] = [];
        const foldStores = createFoldStores<never, never, never>({
          states: storeStates(table.client, shape as never),
          deliver: () => Promise.resolve(),
          bury: (_event, reason) => Promise.resolve(void buried.push(reason)),
          log: silentLog,
        });
        const good = transactionOf(atHour(3));
        await foldStores(positioned([...(odd as PosEvent[]), good]), fold);
        const mark = table.rows('S1')['0-mark'] as { t0: string } | undefined;
        expect(mark).toBeDefined();
      }),
      { numRuns: 150 },
    );
  },
);

describe.each(kinds)('P9: a store whose state is damaged costs itself alone ($kind)', ({ shape, fold }) => {
  async function foldBoth(damage: (table: MemoryTable) => Promise<unknown>) {
    const table = strictTable();
    const buried: string[] = [];
    const start = () =>
      createFoldStores<never, never, never>({
        states: storeStates(table.client, shape as never),
        deliver: () => Promise.resolve(),
        bury: ({ event }, { code }) => Promise.resolve(void buried.push(`${event.storeId} ${code}`)),
        log: silentLog,
      });
    const day = (hour: number) =>
      ['S1', 'S2'].flatMap((store) => [
        transactionOf(atHour(hour), [{}], { storeId: store as never }),
        drawerOf(atHour(hour), 'noSale', 0, { storeId: store as never }),
      ]);
    await start()(positioned(day(1)), fold);
    await damage(table);
    await start()(positioned(day(2), '0', 10), fold);
    return { buried, other: table.rows('S2')['0-mark'] as { t0: string } };
  }
  const upsert =
    (rowKey: string, properties: object) =>
    (table: MemoryTable): Promise<unknown> =>
      table.client.submitTransaction([['upsert', { partitionKey: 'S1', rowKey, ...properties }, 'Replace']]);

  test.each([
    ['its mark is no JSON', upsert('0-mark', { t0: '{"marks":' })],
    ['its mark is gone', (table: MemoryTable) => table.client.deleteEntity('S1', '0-mark')],
    ['a bucket is no JSON', upsert('bucket-00', { t0: 'x' })],
    ['a packed bucket does not unpack', upsert('bucket-00', { z: new Uint8Array([1, 2, 3]) })],
    ['a segment of ids is too long', upsert('seen-0000000000', { ids: new Uint8Array(60_000), t0: '1' })],
  ])('%s', async (_what, damage) => {
    const { buried, other } = await foldBoth(damage);
    expect(buried).toEqual(['S1 state-damaged', 'S1 state-damaged']);
    expect((JSON.parse(other.t0) as { tally: object }).tally).toMatchObject({ folded: 4 });
  });

  test('a row that is in the way of every commit', async () => {
    const { buried } = await foldBoth((table) => {
      const submit = table.client.submitTransaction.bind(table.client);
      table.client.submitTransaction = (actions) =>
        actions[0]?.[1].partitionKey === 'S1'
          ? Promise.reject(Object.assign(new Error('EntityAlreadyExists'), { statusCode: 409 }))
          : submit(actions);
      return Promise.resolve();
    });
    expect(buried).toEqual(['S1 state-damaged', 'S1 state-damaged']);
  });
});
