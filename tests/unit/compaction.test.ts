import { PermanentError } from '../../shared/errors.ts';
import { eventId, storeId, tillId } from '../../shared/ids.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import { businessDate } from '../../shared/ids.ts';
import { LineBuckets, storeIn } from '../../functions/reconcile/compaction/line-buckets.ts';
import { DATE, entry, postedEach, sale } from '../support/ledger-fixtures.ts';
import { reconcileWorld, type ReconcileWorld } from '../support/reconcile-world.ts';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const STORES = ['S1', 'S2', 'S3'];
const events = Array.from({ length: 30 }, (_, index) =>
  sale(`X${index}`, 1_000 + 100 * (index % 4), {
    storeId: storeId(STORES[index % 3] ?? ''),
    tillId: tillId(`T${index % 2}`),
    eventId: eventId(`tillstream:e${index}`),
  }),
);
const NEXT = businessDate('2026-03-03');

/** Missing, twice, other amount, other date, unknown to the POS, posted in a statement. */
function ledger(): LedgerEntry[] {
  const rows = events.flatMap((event, index) => {
    const own = postedEach(event);
    if (index === 4) return [];
    if (index === 7) return [...own, ...own.map((row) => ({ ...row, voucher: 'AGAIN' }))];
    if (index === 8)
      return own.map((row, at) => (at === 0 ? { ...row, amountMinor: row.amountMinor + 5 } : row));
    if (index === 9) return own.map((row) => ({ ...row, accountingDate: NEXT }));
    if (index % 3 === 2) return own.map((row) => ({ ...row, documentNumber: '', voucher: 'STMT' }));
    return own;
  });
  return [
    ...rows,
    entry({ account: '110100', amountMinor: 77, documentNumber: 'GHOST', storeDimension: 'S1' }),
  ];
}

async function filled(world: ReconcileWorld): Promise<ReconcileWorld> {
  await world.land(events.slice(0, 20));
  await world.land([...events.slice(20), ...events.slice(3, 6)]);
  await world.land([
    sale('LATER', 500, { storeId: storeId('S1'), businessDate: NEXT, eventId: eventId('tillstream:later') }),
  ]);
  world.putLedger('ledger.csv', ledger());
  return world;
}

async function plainReport(): Promise<string> {
  const world = await filled(reconcileWorld());
  await world.plan();
  await world.drain();
  return JSON.stringify(world.reportOf(DATE), undefined, 1);
}

const reportIn = (world: ReconcileWorld): string => JSON.stringify(world.reportOf(DATE), undefined, 1);

test('a compacted date has the report that its raw lines have, and no raw line is read for it again', async () => {
  const world = await filled(reconcileWorld({ lake: true, storesPerShard: 2 }));
  await world.plan();
  expect(world.queue).toEqual([]);
  await world.drain();
  expect(reportIn(world)).toBe(await plainReport());
  expect(world.errors).toEqual([]);
  const reads = world.rawReads;
  world.putLedger('more.csv', [
    entry({ account: '110100', amountMinor: 1, documentNumber: 'NEW', storeDimension: 'S2' }),
  ]);
  await world.plan();
  await world.drain();
  expect(world.categoriesOf(DATE)).toHaveLength(
    (JSON.parse(await plainReport()) as { exceptions: unknown[] }).exceptions.length + 1,
  );
  expect(world.rawReads).toBe(reads);
});

test('a late blob makes the compaction stale: the date is read raw until it is compacted again', async () => {
  const world = await filled(reconcileWorld({ lake: true }));
  await world.plan();
  const late = sale('LATE', 4_000, { storeId: storeId('S2'), eventId: eventId('tillstream:late') });
  const [compaction] = world.compactions;
  await world.compact(compaction);
  await world.land([late]);
  const reads = world.rawReads;
  world.compactions.length = 0;
  await world.drain();
  expect(world.rawReads).toBeGreaterThan(reads);
  expect(world.infos).toContain(
    'the shard is read raw: its date is not compacted as it is now, or a comparison needs every record',
  );
  expect(world.reportOf(DATE)?.exceptions.map(({ subject }) => subject)).toContain('LATE');
  const before = reportIn(world);
  world.putLedger('again.csv', []);
  await world.plan(DATE);
  await world.drain();
  expect(reportIn(world)).toBe(before);
});

test('a blob that lands while its date is compacted is in the report, which reads that date raw', async () => {
  const world = await filled(reconcileWorld({ lake: true }));
  await world.plan();
  const late = sale('LATE', 4_000, { storeId: storeId('S2'), eventId: eventId('tillstream:late') });
  let hasLanded = false;
  world.onCall = async (port, method) => {
    if (port !== 'days' || method !== 'inputsOf' || hasLanded) return;
    hasLanded = true;
    await world.land([late]);
  };
  await world.drain();
  expect(world.reportOf(DATE)?.exceptions.map(({ subject }) => subject)).toContain('LATE');
  expect(world.infos).toContain(
    'the shard is read raw: its date is not compacted as it is now, or a comparison needs every record',
  );
});

test('a kill at any point of a compaction loses nothing, and leaves the same report', async () => {
  const expected = await plainReport();
  const whole = await filled(reconcileWorld({ lake: true, storesPerShard: 3 }));
  whole.killAt(undefined);
  await whole.plan();
  await whole.drain();
  const { calls } = whole;
  expect(calls).toBeGreaterThan(40);
  // Each point is a run of DuckDB: some of them, other ones for each kind of kill.
  for (const when of ['before', 'after'] as const)
    for (let call = when === 'before' ? 0 : 12; call < calls; call += 24) {
      const world = await filled(reconcileWorld({ lake: true, storesPerShard: 3 }));
      world.killAt({ call, when });
      await world.plan().catch(() => undefined);
      await world.drain().catch(() => undefined);
      world.killAt(undefined);
      await world.plan();
      await world.drain();
      expect(reportIn(world)).toBe(expected);
    }
});

test('two compactions of one date at once leave one, and both are right', async () => {
  const world = await filled(reconcileWorld({ lake: true }));
  await world.plan();
  const [message] = world.compactions;
  await Promise.all([world.compact(message), world.compact(message)]);
  world.compactions.length = 0;
  await world.drain();
  expect(reportIn(world)).toBe(await plainReport());
  const folders = new Set(
    [...world.lakeBlobs.keys()].filter((name) => name.startsWith('days/')).map((name) => name.split('/')[2]),
  );
  expect([...folders].filter((name) => name !== 'manifest.json')).toHaveLength(1);
});

test('a date with a damaged blob is not compacted, and its report says what it lacks', async () => {
  const world = await filled(reconcileWorld({ lake: true }));
  const damaged = await world.land([
    sale('LOST', 900, { storeId: storeId('S3'), eventId: eventId('tillstream:lost') }),
  ]);
  world.blobs.set(damaged, new PermanentError('raw-blob-damaged', 'not whole'));
  await world.plan();
  await world.drain();
  expect(world.errors).toContain('A date is not compacted, and is read raw');
  expect(world.reportOf(DATE)?.uncovered).toMatchObject([{ kind: 'raw-blob', storeIds: ['S3'] }]);
});

test('a compaction that the queue gives up leaves the date to its raw lines', async () => {
  const world = await filled(reconcileWorld({ lake: true }));
  await world.plan();
  const [message] = world.compactions.splice(0);
  await world.giveUpCompaction(message);
  await world.drain();
  expect(reportIn(world)).toBe(await plainReport());
});

test('a lake whose files are gone or damaged costs nothing but the time to read raw', async () => {
  for (const damage of ['gone', 'damaged'] as const) {
    const world = await filled(reconcileWorld({ lake: true }));
    await world.plan();
    await world.compact(world.compactions.splice(0)[0]);
    for (const [name, blob] of world.lakeBlobs)
      if (/\/(documents|rows)-[^/]*\.parquet$/.test(name)) {
        if (damage === 'gone') world.lakeBlobs.delete(name);
        else
          world.lakeBlobs.set(name, { ...blob, content: blob.content.subarray(0, blob.content.length / 2) });
      }
    await world.drain();
    expect(world.errors).toContain('Set work failed; the date is read raw');
    expect(reportIn(world)).toBe(await plainReport());
  }
});

test('a manifest of a later version counts as none', async () => {
  const world = await filled(reconcileWorld({ lake: true }));
  await world.plan();
  await world.compact(world.compactions.splice(0)[0]);
  const name = `days/${DATE}/manifest.json`;
  const manifest = world.lakeBlobs.get(name);
  const later = { ...(JSON.parse(manifest?.content.toString() ?? '') as object), format: 99 };
  world.lakeBlobs.set(name, { content: Buffer.from(JSON.stringify(later)), etag: '"x"' });
  await world.drain();
  expect(world.infos).toContain(
    'the shard is read raw: its date is not compacted as it is now, or a comparison needs every record',
  );
  expect(reportIn(world)).toBe(await plainReport());
});

describe('which store a raw line is of', () => {
  const lineOf = (event: object): string =>
    `{"hubPartition":"0","hubSequenceNumber":1,"enqueuedAt":"x","event":${JSON.stringify(event)}}`;
  test.each([
    ['the field', { storeId: 'S1', kind: 'x' }, 'S1'],
    ['a text that looks like the field', { note: '"storeId":"S9"', storeId: 'S1' }, 'S1'],
    ['a field of something nested, before it', { customer: { storeId: 'S9' }, storeId: 'S1' }, 'S1'],
    ['a field of something nested alone', { customer: { storeId: 'S9' } }, ''],
    ['an id with an escape', { storeId: 'S"1' }, 'S"1'],
    ['a field behind something nested', { lines: [{ a: 1 }], storeId: 'S1' }, 'S1'],
  ])('%s', (_name, event, expected) => {
    expect(storeIn(lineOf(event))).toBe(expected);
  });

  test('lines of many blobs at once come whole out of their bucket', async () => {
    const buckets = new LineBuckets(mkdtempSync(join(tmpdir(), 'buckets-')), 3);
    const lines = Array.from({ length: 3_000 }, (_, index) =>
      lineOf({ storeId: `S${index % 7}`, text: 'é'.repeat(index % 200), index }),
    );
    await Promise.all(
      [0, 1, 2].map(async (third) => {
        for (const [index, line] of lines.entries()) if (index % 3 === third) await buckets.add(line);
      }),
    );
    await buckets.close();
    const read: string[] = [];
    for (const bucket of [0, 1, 2]) {
      const stores = new Set<string>();
      for await (const some of buckets.lines(bucket))
        for (const line of some) {
          read.push(line);
          stores.add(storeIn(line));
        }
      expect(stores.size).toBeLessThan(7);
    }
    expect(read.sort()).toEqual([...lines].sort());
  });
});
