/**
 * What an older version stored is read, and what this one stores the older one can read: both may run side by side while
 * a deployment is under way. The rows of the first format are written out here as that version wrote them.
 */
import { createHash } from 'node:crypto';
import { ZodError } from 'zod';
import { stockShape, tillShape } from '../../functions/stream/folds.ts';
import { storeStates } from '../../shared/azure/state/store-state.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { positionOfStored, storedPosition, newPosition } from '../../shared/stock/position.ts';
import { recordOfStored, storedRecord } from '../../shared/tills/stored-till.ts';
import { shiftsIn } from '../../shared/tills/till-book.ts';
import { memoryTable, type MemoryTable } from '../support/memory-table.ts';
import { atHour, closedOf, drawerOf, openedOf, positioned, transactionOf } from '../support/stream-events.ts';
import { stockInstance, tillInstance } from '../support/stream-fixture.ts';

const RECEIVED_MS = atHour(2);
const seen = (...ids: string[]): Uint8Array =>
  Buffer.concat(ids.map((id) => createHash('sha256').update(id).digest().subarray(0, 12)));

/** A shift as the first format stores it. */
const FIRST_SHIFT = {
  tillId: 'T1',
  shiftId: 'SH1',
  businessDate: '2026-03-02',
  currency: 'EUR',
  transactions: 1,
  cashMinor: 700,
  paidInMinor: 0,
  paidOutMinor: 0,
  droppedMinor: 0,
  floatAddedMinor: 0,
  noSaleOpenings: 5,
  refundsWithoutReceipt: 1,
  refundsWithoutReceiptMinor: 300,
  noSaleEvidence: [{ eventId: 'tillstream:n1', occurredAt: '2026-03-02T09:00:00.000Z' }],
  refundEvidence: [],
  opening: { version: 1, atMs: atHour(0), floatMinor: 10_000 },
  newestAtMs: RECEIVED_MS,
};

async function putFirstFormat(table: MemoryTable, records: unknown[], effect: unknown): Promise<void> {
  const mark = {
    marks: [['0', 41]],
    tally: { folded: 2, duplicates: 0, alerts: 0 },
    newestReceivedAtMs: RECEIVED_MS,
    newestEventAtMs: RECEIVED_MS,
    mostRecords: 1,
    nextSeenSegment: 1,
    nextLogSegment: 1,
    firstSeenSegment: 0,
    firstLogSegment: 0,
    header: stockShape.newHeader(),
  };
  const log = { weight: 2, newestAtMs: atHour(1), entries: [['tillstream:tx1', 11, atHour(1), effect]] };
  const row = (rowKey: string, properties: object) => ({ partitionKey: 'S1', rowKey, ...properties });
  await table.client.submitTransaction([
    ['upsert', row('0-mark', { t0: JSON.stringify(mark) }), 'Replace'],
    ['upsert', row('bucket-00', { t0: JSON.stringify(records) }), 'Replace'],
    [
      'upsert',
      row('seen-0000000000', { ids: seen('tillstream:s1', 'tillstream:n1'), t0: String(RECEIVED_MS) }),
      'Replace',
    ],
    ['upsert', row('log-0000000000', { t0: JSON.stringify(log) }), 'Replace'],
  ]);
}

const KEY = '["T1","shift SH1","EUR"]';
const firstTills = (table: MemoryTable) =>
  putFirstFormat(table, [[KEY, FIRST_SHIFT]], { shift: KEY, cashMinor: 700, refundMinor: 300, counts: 1 });
const again = (event: PosEvent, id: string): PosEvent => ({ ...event, eventId: id as never });

test('shifts of the first format go on: repeats are known, a void takes back, counters and verdicts hold', async () => {
  const table = memoryTable();
  await firstTills(table);
  const alerts: string[] = [];
  const instance = tillInstance(table.client, { onAlert: ({ kind }) => alerts.push(kind) });
  const voided = transactionOf(atHour(1), [], { transactionId: 'tx1', status: 'voided' });
  await instance.fold(
    positioned(
      [
        again(drawerOf(atHour(2), 'noSale'), 'tillstream:n1'),
        voided,
        drawerOf(atHour(3), 'noSale'),
        closedOf(atHour(4), 10_000),
      ],
      '0',
      42,
    ),
  );
  const { book } = await storeStates(table.client, tillShape).load('S1');
  expect(book.tally).toMatchObject({ folded: 5, duplicates: 1, conflicts: 0, tooOld: 0 });
  expect(shiftsIn(book.records.values()).map(({ sums }) => sums)).toEqual([
    expect.objectContaining({ noSaleOpenings: 6 }) as unknown,
  ]);
  expect(shiftsIn(book.records.values())[0]?.sums).not.toHaveProperty('cashMinor');
  expect(alerts.sort()).toEqual(['no-sale-openings', 'post-void']);
});

test('positions of the first format go on', async () => {
  const table = memoryTable();
  const position = storedPosition({ ...newPosition(atHour(0)), onHandMilli: 5_000, known: true });
  await putFirstFormat(table, [['P1', position]], ['P1', -1_000]);
  const voided = transactionOf(atHour(1), [], { transactionId: 'tx1', status: 'voided' });
  await stockInstance(table.client).fold(positioned([voided, transactionOf(atHour(3))], '0', 42));
  const { book } = await storeStates(table.client, stockShape).load('S1');
  expect(book.records.get('P1')?.onHandMilli).toBe(5_000);
});

test('what this version stores has every field in which the first format looks, each a number where it adds', async () => {
  const table = memoryTable();
  await tillInstance(table.client).fold(
    positioned([
      openedOf(atHour(0), 10_000),
      transactionOf(atHour(1), [{ milli: -1_000 }]),
      drawerOf(atHour(2), 'drop', 300),
      drawerOf(atHour(2), 'noSale'),
      closedOf(atHour(4), 9_000),
    ]),
  );
  const rows = table.rows('S1') as Record<string, { t0: string }>;
  const stored = (JSON.parse(rows['bucket-00']?.t0 ?? '') as [string, Record<string, unknown>][])[0];
  expect(stored?.[0]).toBe(KEY);
  for (const [name, value] of Object.entries(FIRST_SHIFT)) {
    expect([name, typeof stored?.[1][name]]).toEqual([name, typeof value]);
  }
  expect(stored?.[1]).toMatchObject({ cashMinor: -100, droppedMinor: 300, cashVerdict: { revision: 1 } });
  const log = JSON.parse(rows['log-0000000000']?.t0 ?? '') as { entries: [string, number, number, object][] };
  for (const [, , , effect] of log.entries) {
    expect(effect).toMatchObject({
      shift: KEY,
      cashMinor: expect.any(Number) as unknown,
      refundMinor: expect.any(Number) as unknown,
      counts: expect.any(Number) as unknown,
    });
  }
});

/** What the version before does between two commits of this one: it keeps what it knows and drops the rest. */
async function passThroughFirstFormat(table: MemoryTable): Promise<void> {
  const rows = table.rows('S1') as Record<string, { t0: string; ids?: string }>;
  const {
    enqueuedMs: _e,
    forgottenUntilMs: _f,
    format: _v,
    ...mark
  } = JSON.parse(rows['0-mark']?.t0 ?? '') as Record<string, unknown>;
  const log = JSON.parse(rows['log-0000000000']?.t0 ?? '') as { entries: unknown[][] };
  const entries = log.entries.map((entry) => entry.slice(0, 4));
  const row = (rowKey: string, properties: object) => ({ partitionKey: 'S1', rowKey, ...properties });
  await table.client.submitTransaction([
    ['upsert', row('0-mark', { t0: JSON.stringify(mark) }), 'Replace'],
    ['upsert', row('log-0000000000', { t0: JSON.stringify({ ...log, entries }) }), 'Replace'],
    [
      'upsert',
      row('seen-0000000000', {
        ids: Buffer.from(rows['seen-0000000000']?.ids ?? '', 'hex'),
        t0: rows['seen-0000000000']?.t0,
      }),
      'Replace',
    ],
  ]);
}

test('both versions in turns count each event once', async () => {
  const table = memoryTable();
  const sale = transactionOf(atHour(1), [{ priceMinor: 700 }]);
  await tillInstance(table.client).fold(positioned([openedOf(atHour(0)), sale], '0', 0));
  await passThroughFirstFormat(table);
  const voided = transactionOf(atHour(2), [], { transactionId: sale.transactionId, status: 'voided' });
  await tillInstance(table.client).fold(positioned([sale, voided], '0', 2));
  await passThroughFirstFormat(table);
  await tillInstance(table.client).fold(positioned([voided, sale, transactionOf(atHour(3))], '0', 4));
  const { book } = await storeStates(table.client, tillShape).load('S1');
  expect(shiftsIn(book.records.values()).map(({ sums }) => sums)).toEqual([
    { cashMinor: 100, grossMinor: 100, transactions: 1, events: 1 },
  ]);
  expect(book.tally).toMatchObject({ folded: 4, duplicates: 3 });
});

test('every state names its format, and one of a later version is read as far as it is known', async () => {
  const table = memoryTable();
  await tillInstance(table.client).fold(positioned([openedOf(atHour(0)), transactionOf(atHour(1))]));
  const rows = table.rows('S1') as Record<string, { t0: string }>;
  const mark = JSON.parse(rows['0-mark']?.t0 ?? '') as { format: number };
  expect(mark.format).toBe(2);
  const later = { ...mark, format: 3, header: { newThing: 1 }, anotherThing: [] };
  await table.client.submitTransaction([
    ['upsert', { partitionKey: 'S1', rowKey: '0-mark', t0: JSON.stringify(later) }, 'Replace'],
  ]);
  await tillInstance(table.client).fold(positioned([transactionOf(atHour(2))], '0', 2));
  const { book } = await storeStates(table.client, tillShape).load('S1');
  expect(book.tally.folded).toBe(3);
});

test.each([['{}'], ['null'], ['[]'], ['{"marks":[["0","x"]]}']])('no mark: %s', async (t0) => {
  const table = memoryTable();
  await table.client.submitTransaction([['upsert', { partitionKey: 'S1', rowKey: '0-mark', t0 }, 'Replace']]);
  await expect(storeStates(table.client, stockShape).load('S1')).rejects.toMatchObject({
    code: 'state-damaged',
  });
});

describe('a field that is missing or wrong in what is stored', () => {
  test.each(Object.keys(FIRST_SHIFT).filter((name) => typeof FIRST_SHIFT[name as never] === 'number'))(
    '%s missing leaves no NaN',
    (name) => {
      const { [name as 'cashMinor']: _gone, ...rest } = FIRST_SHIFT;
      if (name === 'newestAtMs') return expect(() => recordOfStored(rest)).toThrow(ZodError);
      expect(JSON.stringify(storedRecord(recordOfStored(rest)))).not.toMatch(/null|NaN/);
    },
  );

  test.each([
    { ...FIRST_SHIFT, cashMinor: 'x' },
    { ...FIRST_SHIFT, cashMinor: 1.5 },
    { ...FIRST_SHIFT, opening: {} },
    null,
    [],
    'text',
    {},
  ])('is refused: %j', (stored) => {
    expect(() => recordOfStored(stored)).toThrow(ZodError);
  });

  test.each([[], [1], ['x', 0, 1, 0, 0, 0, [0, 0, 0, 0], 0, 0], null, {}])('no position: %j', (stored) => {
    expect(() => positionOfStored(stored)).toThrow(ZodError);
  });
});
