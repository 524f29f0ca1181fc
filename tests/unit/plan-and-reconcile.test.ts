import { PermanentError, TransientError } from '../../shared/errors.ts';
import { businessDate, eventId, storeId, type BusinessDate } from '../../shared/ids.ts';
import type { LedgerRow } from '../../shared/ledger/ledger-row.ts';
import { endsEverywhereMs } from '../../functions/reconcile/matching/store-lookup.ts';
import { addDays } from '../../shared/time.ts';
import { DATE, postedEach, sale } from '../support/ledger-fixtures.ts';
import { AFTER_THE_DAY, reconcileWorld, type ReconcileWorld } from '../support/reconcile-world.ts';

const NEXT = businessDate('2026-03-03');

const saleOf = (id: string, store = 'S1', date: BusinessDate = DATE) =>
  sale(id, 1_000 + id.length, {
    storeId: storeId(store),
    eventId: eventId(`tillstream:${id}`),
    businessDate: date,
  });

describe('planning', () => {
  test('plans a date once it has ended in every store that has data of it, and not before', async () => {
    // Berlin, cut-over 04:00: the date ends at 03:00 UTC on the next day.
    const endMs = Date.parse('2026-03-03T03:00:00Z');
    const world = reconcileWorld({ nowMs: endMs - 1 });
    await world.land([saleOf('a')]);
    expect(await world.plan()).toEqual([]);
    expect(await world.dirty()).toEqual([DATE]);
    world.nowMs = endMs;
    expect(await world.plan()).toEqual([DATE]);
  });

  test('a date with a store that master data lacks waits until it has ended everywhere', async () => {
    expect(new Date(endsEverywhereMs(DATE)).toISOString()).toBe('2026-03-03T12:00:00.000Z');
    const world = reconcileWorld({ nowMs: endsEverywhereMs(DATE) - 1 });
    await world.land([saleOf('a', 'S9')]);
    expect(await world.plan()).toEqual([]);
    world.nowMs = endsEverywhereMs(DATE);
    expect(await world.plan()).toEqual([DATE]);
  });

  test('one shard per so many stores, each once', async () => {
    const world = reconcileWorld({ storesPerShard: 2 });
    await world.land([saleOf('a', 'S1'), saleOf('b', 'S2'), saleOf('c', 'S3')]);
    await world.plan();
    expect(world.queue).toMatchObject([
      { businessDate: DATE, shard: 0, shards: 2 },
      { businessDate: DATE, shard: 1, shards: 2 },
    ]);
  });

  test('a date without news is not planned again, and its mark goes', async () => {
    const world = reconcileWorld();
    await world.land([saleOf('a')]);
    await world.plan();
    await world.drain();
    expect(await world.dirty()).toEqual([DATE]);
    expect(await world.plan()).toEqual([]);
    expect(await world.dirty()).toEqual([]);
  });

  test('news that come while a mark is being cleared keep the mark', async () => {
    const world = reconcileWorld();
    await world.land([saleOf('a')]);
    await world.plan();
    await world.drain();
    world.onCall = async (port, method) => {
      if (port !== 'days' || method !== 'outcomeOf') return;
      world.onCall = undefined;
      await world.land([saleOf('late')]);
    };
    await world.plan();
    expect(await world.dirty()).toEqual([DATE]);
    expect(await world.plan()).toEqual([DATE]);
  });

  test('news of a date have the neighbours planned whose open items may be posted there, and no others', async () => {
    const world = reconcileWorld();
    const settled = [saleOf('kept'), saleOf('later', 'S1', addDays(DATE, 2))];
    await world.land([
      saleOf('open'),
      ...settled,
      saleOf('other', 'S1', NEXT),
      saleOf('far', 'S1', addDays(DATE, 5)),
    ]);
    world.putLedger(
      'kept.csv',
      settled.flatMap((one) => postedEach(one, { accountingDate: one.businessDate })),
    );
    await world.plan();
    await world.drain();
    await world.plan();
    expect(await world.dirty()).toEqual([]);
    world.putLedger('a.csv', postedEach(saleOf('open'), { accountingDate: NEXT }));
    // The third date has no open items, and the last one is too far away.
    expect(await world.plan()).toEqual([DATE, NEXT]);
    await world.drain();
    expect(world.categoriesOf(DATE)).toEqual(['wrong-date']);
    expect(await world.plan()).toEqual([]);
    expect(await world.dirty()).toEqual([]);
  });

  test('news of a neighbour do not plan a date again that has no open items, even while it bears its mark', async () => {
    const world = reconcileWorld();
    const settled = saleOf('kept');
    await world.land([settled]);
    world.putLedger('kept.csv', postedEach(settled));
    await world.plan();
    await world.drain();
    expect(await world.dirty()).toContain(DATE);
    await world.land([saleOf('other', 'S1', NEXT)]);
    expect(await world.plan()).toEqual([NEXT]);
    expect(await world.dirty()).toEqual([NEXT]);
  });

  test('5,000 dates that lie ahead cost planning one list, and a date of today is planned all the same', async () => {
    const world = reconcileWorld();
    await world.land([saleOf('a')]);
    await world.days.markDirty(
      Array.from({ length: 5_000 }, (_, day) => addDays(businessDate('2027-01-01'), day)),
    );
    world.killAt(undefined);
    expect(await world.plan()).toEqual([DATE]);
    expect(world.calls).toBeLessThan(60);
  });

  test('very many dates are planned in portions, the newest first, and all have their turn', async () => {
    const world = reconcileWorld({ nowMs: Date.parse('2029-01-01T00:00:00Z') });
    const dates = Array.from({ length: 700 }, (_, day) => addDays(businessDate('2026-01-01'), day));
    await world.days.markDirty(dates);
    const first = await world.plan();
    expect(first).toEqual(dates.slice(200));
    await world.drain();
    expect(await world.plan()).toEqual(dates.slice(0, 200));
    await world.drain();
    await world.plan();
    expect(await world.dirty()).toEqual([]);
  });

  test('an unreadable ledger file affects nothing else, and is reported', async () => {
    const world = reconcileWorld();
    await world.land([saleOf('a')]);
    world.putLedger('good.csv', postedEach(saleOf('a')));
    world.ledger.set('away.csv', { rows: new TransientError('azure-unavailable', 'away'), etag: 'x' });
    await expect(world.plan()).rejects.toMatchObject({ code: 'ledger-file' });
    await world.drain();
    expect(world.categoriesOf(DATE)).toEqual([]);
    world.ledger.set('away.csv', { rows: new PermanentError('ledger-file', 'no text'), etag: 'y' });
    await world.plan();
    expect(await world.days.indexedLedgerFiles()).toContainEqual(
      expect.objectContaining({ name: 'away.csv', badRows: 1, firstErrors: ['no text'] }),
    );
  });
});

describe('reconciling', () => {
  async function planned(options = {}): Promise<ReconcileWorld> {
    const world = reconcileWorld(options);
    await world.land([saleOf('a', 'S1'), saleOf('b', 'S2'), saleOf('c', 'S3')]);
    world.putLedger(
      'a.csv',
      [saleOf('a', 'S1'), saleOf('b', 'S2'), saleOf('c', 'S3')].flatMap((one) => postedEach(one)),
    );
    await world.plan();
    return world;
  }

  test('news between two shards have the stale one reconciled again: a report is of one state', async () => {
    const world = await planned();
    const [first, ...others] = world.queue.splice(0);
    await world.reconcile(first);
    const ofFirst =
      ['S1', 'S2', 'S3'].find((store) => JSON.stringify([...world.shards.values()]).includes(`"${store}"`)) ??
      '';
    await world.land([saleOf('late', ofFirst)]);
    for (const message of others) await world.reconcile(message);
    expect(world.reportOf(DATE)).toBeUndefined();
    expect(world.queue).toEqual([expect.objectContaining({ shard: first?.shard })]);
    await world.drain();
    expect(world.reportOf(DATE)?.counts.events).toBe(4);
    expect(world.categoriesOf(DATE)).toEqual(['missing-in-ledger']);
  });

  test('news for ever do not plan a shard for ever; the date is left to the next plan', async () => {
    const world = await planned({ storesPerShard: 2 });
    let late = 0;
    world.onCall = async (port, method) => {
      if (port === 'reports' && method === 'putShard' && late < 300)
        await world.land(['S1', 'S2', 'S3'].map((store) => saleOf(`late${(late += 1)}`, store)));
    };
    await world.drain();
    expect(late).toBeLessThan(300);
    world.onCall = undefined;
    expect(world.reportOf(DATE)).toBeUndefined();
    expect(await world.plan()).toEqual([DATE]);
    await world.drain();
    expect(world.reportOf(DATE)?.counts.events).toBe(3 + late);
  });

  test('a report of data that was overtaken is not published', async () => {
    const world = await planned({ storesPerShard: 10 });
    world.onCall = async (port, method) => {
      if (port !== 'reports' || method !== 'etagOf') return;
      world.onCall = undefined;
      await world.land([saleOf('late')]);
    };
    await world.drain();
    expect(world.reportOf(DATE)).toBeUndefined();
    expect(await world.plan()).toEqual([DATE]);
    await world.drain();
    expect(world.reportOf(DATE)?.counts.events).toBe(4);
  });

  test('results that rest on a neighbour of before are not merged with those that know its news', async () => {
    const world = reconcileWorld({ storesPerShard: 1 });
    const kept = ['S1', 'S2', 'S3'].map((store) => saleOf(`kept-${store}`, store));
    const moved = ['S1', 'S2', 'S3'].map((store) => saleOf(`moved-${store}`, store));
    await world.land([...kept, ...moved]);
    world.putLedger(
      'a.csv',
      kept.flatMap((one) => postedEach(one)),
    );
    await world.plan();
    await world.drain();
    await world.plan(DATE);
    const messages = world.queue.splice(0);
    for (const message of messages.slice(0, 2)) await world.reconcile(message);
    world.putLedger(
      'b.csv',
      moved.flatMap((one) => postedEach(one, { accountingDate: NEXT })),
    );
    await world.plan();
    world.queue.splice(0);
    await world.reconcile(messages[2]);
    await world.drain();
    const categories = new Set(world.categoriesOf(DATE));
    // Either what was known before, or all of the news; never some stores with them and some without.
    expect(categories.size).toBe(1);
    await world.plan();
    await world.drain();
    expect(new Set(world.categoriesOf(DATE))).toEqual(new Set(['wrong-date']));
  });

  test('P9 no record stops the rest: a damaged blob costs the stores in it, and the report says so', async () => {
    const world = reconcileWorld({ storesPerShard: 2 });
    const name = await world.land([saleOf('a', 'S1')]);
    await world.land([saleOf('b', 'S2'), saleOf('c', 'S3')]);
    world.putLedger(
      'a.csv',
      [saleOf('a', 'S1'), saleOf('b', 'S2')].flatMap((one) => postedEach(one)),
    );
    world.blobs.set(name, new PermanentError('raw-blob-damaged', 'unexpected end of file'));
    await world.plan();
    await world.drain();
    const report = world.reportOf(DATE);
    expect(report?.uncovered).toEqual([
      { kind: 'raw-blob', storeIds: ['S1'], subject: name, reason: 'unexpected end of file' },
    ]);
    expect(report?.cells.map((cell) => String(cell.storeId))).not.toContain('S1');
    expect(report?.exceptions).toMatchObject([{ storeId: 'S3', category: 'missing-in-ledger' }]);
    expect(report?.proof.holds).toBe(true);
    expect(world.errors).toContain('A part of the day is not in its report');
  });

  test('P9 no record stops the rest: an event that a book cannot take costs its store', async () => {
    const world = reconcileWorld({ storesPerShard: 10 });
    const name = await world.land([saleOf('a', 'S1'), saleOf('b', 'S2')]);
    const lines = world.blobs.get(name) as string[];
    world.blobs.set(
      name,
      lines.map((line) =>
        line.includes('"S1"') ? line.replace(/"lines":\[.*?\],"tenders"/, '"lines":7,"tenders"') : line,
      ),
    );
    await world.plan();
    await world.drain();
    expect(world.reportOf(DATE)?.uncovered).toMatchObject([
      { kind: 'store', storeIds: ['S1'], reason: expect.stringContaining('tillstream:a') as string },
    ]);
    expect(world.reportOf(DATE)?.exceptions).toMatchObject([
      { storeId: 'S2', category: 'missing-in-ledger' },
    ]);
  });

  test('P9 no record stops the rest: a shard that the queue gives up is left out, and the report comes out', async () => {
    for (const again of [false, true]) {
      const world = reconcileWorld({ storesPerShard: 1 });
      const name = await world.land([saleOf('a', 'S1')]);
      await world.land([saleOf('b', 'S2'), saleOf('c', 'S3')]);
      world.blobs.set(name, new TransientError('azure-unavailable', 'this blob is always away'));
      await world.plan();
      const messages = world.queue.splice(0);
      for (const message of messages) {
        try {
          await world.reconcile(message);
        } catch {
          await world.giveUp(message, again);
        }
      }
      const report = world.reportOf(DATE);
      // What killed the first attempt to read it may be any store of the shard.
      const lost = again ? ['S1', 'S2'] : ['S1'];
      expect(report?.uncovered).toMatchObject([{ kind: again ? 'shard' : 'raw-blob', storeIds: lost }]);
      expect(report?.exceptions.map(({ storeId: store }) => String(store)).sort()).toEqual(
        ['S1', 'S2', 'S3'].filter((store) => !lost.includes(store)),
      );
    }
  });

  test('a shard that was reconciled is not given up for what failed after it', async () => {
    const world = await planned({ storesPerShard: 10 });
    const [message] = world.queue;
    await world.drain();
    const before = world.reportOf(DATE);
    await world.giveUp(message, true);
    expect(world.reportOf(DATE)).toEqual(before);
  });

  test('a ledger file that cannot be read costs the stores in it', async () => {
    const world = reconcileWorld({ storesPerShard: 10 });
    await world.land([saleOf('a', 'S1'), saleOf('b', 'S2')]);
    world.putLedger('a.csv', postedEach(saleOf('a', 'S1')));
    await world.plan();
    world.ledger.set('a.csv', { rows: new PermanentError('ledger-file', 'not readable'), etag: '1' });
    await world.drain();
    expect(world.reportOf(DATE)?.uncovered).toEqual([
      { kind: 'ledger-file', storeIds: ['S1'], subject: 'a.csv', reason: 'not readable' },
    ]);
    expect(world.reportOf(DATE)?.exceptions).toMatchObject([{ storeId: 'S2' }]);
  });

  test('rows that were not read stand on the report of their date, and undated ones on every date of the file', async () => {
    const world = reconcileWorld({ storesPerShard: 1 });
    await world.land([saleOf('a', 'S1'), saleOf('b', 'S2'), saleOf('c', 'S1', NEXT)]);
    const bad = (line: number, accountingDate?: BusinessDate): LedgerRow => ({
      ok: false,
      error: {
        file: 'a.csv',
        line,
        column: 'TransactionCurrencyAmount',
        reason: 'is no amount',
        ...(accountingDate === undefined ? {} : { accountingDate }),
      },
    });
    const lonely = addDays(DATE, 3);
    world.putLedger('a.csv', postedEach(saleOf('a', 'S1')), [
      bad(7, DATE),
      bad(8, NEXT),
      bad(9),
      bad(10, lonely),
    ]);
    await world.plan();
    await world.drain();
    const linesOf = (date: BusinessDate) => world.reportOf(date)?.ledgerRowErrors.map(({ line }) => line);
    expect(linesOf(DATE)).toEqual([7, 9]);
    expect(linesOf(NEXT)).toEqual([8, 9]);
    expect(linesOf(lonely)).toEqual([9, 10]);
  });

  test('what a vendor holds and could not be fetched is said to finance until it has come', async () => {
    const world = reconcileWorld({ storesPerShard: 1 });
    await world.land([saleOf('a', 'S1'), saleOf('b', 'S2')]);
    const missing = {
      key: 'k',
      stores: ['S2' as never],
      subject: 'square order X',
      reason: 'no total_money',
    };
    await world.days.addUnfetched(DATE, missing);
    await world.days.markDirty([DATE]);
    await world.plan();
    await world.drain();
    const [part, ...others] = world.reportOf(DATE)?.uncovered ?? [];
    expect([part, others]).toMatchObject([
      { kind: 'unfetched', storeIds: ['S2'], subject: 'square order X', reason: 'no total_money' },
      [],
    ]);
    await world.days.removeUnfetched(DATE, 'k');
    await world.days.markDirty([DATE]);
    await world.plan();
    await world.drain();
    expect(world.reportOf(DATE)?.uncovered).toEqual([]);
  });

  test('events of no plausible date, and events that the hub dropped, are said on the report', async () => {
    const world = reconcileWorld({ storesPerShard: 1 });
    await world.land([
      saleOf('a', 'S1'),
      saleOf('future', 'S2', businessDate('2199-01-01')),
      saleOf('past', 'S2', businessDate('1970-01-01')),
    ]);
    await world.days.addGap(DATE, {
      partition: '0',
      generation: 'G',
      firstSequenceNumber: 5,
      lastSequenceNumber: 9,
    });
    await world.plan();
    await world.drain();
    expect(world.reportOf(DATE)?.uncovered).toMatchObject([
      { kind: 'hub-gap', storeIds: [], subject: 'partition 0, 5 to 9', events: 5 },
      { kind: 'implausible-date', storeIds: ['S2'], subject: '1970-01-01, 2199-01-01', events: 2 },
    ]);
    expect(world.reportOf(DATE)?.counts.events).toBe(1);
    expect(await world.days.outcomeOf(DATE)).toMatchObject({ uncovered: 2 });
  });

  test('P5 the books prove themselves: an event or row that is lost after it was counted is a violation', async () => {
    const sales = [saleOf('a', 'S1'), saleOf('b', 'S2')];
    const open = async (): Promise<{ world: ReconcileWorld; name: string }> => {
      const world = reconcileWorld({ storesPerShard: 1 });
      const name = await world.land([...sales, ...sales.slice(0, 1)]);
      world.putLedger(
        'a.csv',
        sales.flatMap((one) => postedEach(one)),
      );
      await world.plan();
      return { world, name };
    };
    const whole = await open();
    await whole.world.drain();
    expect(whole.world.reportOf(DATE)?.proof).toMatchObject({
      holds: true,
      landedTotals: 2,
      ledgerTotals: 1,
    });

    const { world, name } = await open();
    world.blobs.set(name, (world.blobs.get(name) as string[]).slice(0, -1));
    await expect(world.drain()).rejects.toMatchObject({ code: 'proof-violated' });
    expect(world.reportOf(DATE)?.proof.violations.join()).toContain('landing counted 2 transactions');

    const other = (await open()).world;
    const file = other.ledger.get('a.csv');
    if (file && !(file.rows instanceof Error))
      other.ledger.set('a.csv', { ...file, rows: file.rows.slice(0, -1) });
    await expect(other.drain()).rejects.toMatchObject({ code: 'proof-violated' });
    expect(other.reportOf(DATE)?.proof.violations.join()).toContain('a.csv');
  });

  test('"Data as of" moves with a ledger file; the report itself has no time of any file', async () => {
    const world = await planned({ storesPerShard: 10 });
    await world.drain();
    expect((await world.days.outcomeOf(DATE))?.dataAsOf).toBe('2026-03-09T00:00:00.000Z');
    expect(world.reportOf(DATE)?.dataAsOf.startsWith('2026-03-02')).toBe(true);
  });
});

/** Documents of two dates, each of which is settled by the other, and by a file that comes last. */
async function story(world: ReconcileWorld): Promise<void> {
  const [first, moved, other] = [saleOf('first', 'S2'), saleOf('moved', 'S2'), saleOf('other', 'S3', NEXT)];
  await world.land([first, moved, other]);
  world.putLedger('a.csv', postedEach(first));
  await world.plan();
  await world.drain();
  world.putLedger('b.csv', [
    // Exports overlap.
    ...postedEach(first),
    ...postedEach(moved, { accountingDate: NEXT }),
    ...postedEach(other, { accountingDate: NEXT }),
  ]);
}

/** How the stores' days stand, and whether each has followed the report that is there. */
async function closing(world: ReconcileWorld, date: BusinessDate) {
  const reportId = await world.parts.reports.etagOf(date);
  const days = await world.workflow.daysOf(date);
  const items = await world.workflow.itemsOf(date);
  return {
    days: days.map(({ storeId: store, phase, counts, report }) => [
      store,
      phase,
      counts,
      report.reportId === reportId,
    ]),
    items: items.map(({ item: { version: _version, ...item } }) => item),
  };
}

test('P8 killed anywhere: a plan or a reconciliation that is killed at any call ends as if it had not been', async () => {
  const run = async (world: ReconcileWorld): Promise<void> => {
    await world.plan();
    await world.drain();
  };
  const unkilled = reconcileWorld({ storesPerShard: 2 });
  await story(unkilled);
  unkilled.killAt(undefined);
  await run(unkilled);
  const { calls } = unkilled;
  await run(unkilled);
  expect(unkilled.categoriesOf(DATE)).toEqual(['posting-in-two-files', 'wrong-date']);
  expect(calls).toBeGreaterThan(50);
  for (let call = 0; call < calls; call += 1) {
    for (const when of ['before', 'after'] as const) {
      const killed = reconcileWorld({ storesPerShard: 2 });
      await story(killed);
      killed.killAt({ call, when });
      // Indexing a file may fail in other ways than a kill, and so goes on with the next one.
      await expect(run(killed)).rejects.toThrow(
        /^(Killed|days|reports|queue|exceptions|workflow|ledgerFiles|1 ledger)/,
      );
      killed.killAt(undefined);
      // The messages that are left first, as they are there before the next hour's plan.
      await killed.drain();
      await run(killed);
      await run(killed);
      for (const date of [DATE, NEXT]) {
        expect(killed.reportOf(date)).toEqual(unkilled.reportOf(date));
        expect(killed.exceptions.get(date)).toEqual(unkilled.exceptions.get(date));
        expect(await closing(killed, date)).toEqual(await closing(unkilled, date));
      }
      expect(await killed.plan()).toEqual([]);
      expect(await killed.dirty()).toEqual([]);
    }
  }
});

test('the tests run after the day', () => {
  expect(AFTER_THE_DAY).toBeGreaterThan(endsEverywhereMs(NEXT));
});

test('a row that was not read is an exception of its own store alone, where the row names it', async () => {
  const world = reconcileWorld({ storesPerShard: 1 });
  const stores = ['S1', 'S2'];
  await world.land(stores.flatMap((store) => [saleOf(`a-${store}`, store), saleOf(`b-${store}`, store)]));
  const error = { file: 'a.csv', line: 9, column: 'TransactionCurrencyAmount', reason: 'has two readings' };
  world.putLedger(
    'a.csv',
    stores.flatMap((store) => postedEach(saleOf(`a-${store}`, store), { storeDimension: store })),
    [{ ok: false, error: { ...error, accountingDate: DATE, storeDimension: 'S2' } }],
  );
  await world.plan();
  await world.drain();
  const found = world.reportOf(DATE)?.exceptions.map((one) => [one.storeId, one.category, one.class]);
  expect(found).toEqual([
    ['S1', 'missing-in-ledger', 'adjustment required'],
    ['S2', 'missing-in-ledger', 'requires investigation'],
    ['S2', 'rows-not-read', 'requires investigation'],
  ]);
  expect(world.reportOf(DATE)?.summary.ledgerRowsNotRead).toBe(1);
});
