import { businessDate, eventId, storeId } from '../../shared/ids.ts';
import type { LedgerRow } from '../../shared/ledger/ledger-row.ts';
import { dayPage } from '../../shared/reports/day-page.ts';
import { DATE, entry, postedEach, sale } from '../support/ledger-fixtures.ts';
import { reconcileWorld, type ReconcileWorld } from '../support/reconcile-world.ts';

/** Files of the ledger that overlap, are replaced, deleted or damaged, from indexing to the report. */
const saleOf = (id: string, store = 'S1') =>
  sale(id, 1_000 + 7 * id.length, { storeId: storeId(store), eventId: eventId(`tillstream:${id}`) });
const [one, two, three] = [saleOf('one'), saleOf('two!'), saleOf('three', 'S2')];

async function night(world: ReconcileWorld): Promise<void> {
  await world.plan();
  await world.drain();
}

const withIds = (event: ReturnType<typeof saleOf>) =>
  postedEach(event).map((row, at) => ({ ...row, postingId: `${event.transactionId}-${at}` }));

test('postings that two files hold count once, as one doubt a store with both readings, and the proof holds', async () => {
  const world = reconcileWorld();
  await world.land([one, two, three]);
  world.putLedger(
    'monday.csv',
    [one, three].flatMap((event) => postedEach(event)),
  );
  world.putLedger(
    'week.csv',
    [one, two, three].flatMap((event) => postedEach(event)),
  );
  await night(world);
  const report = world.reportOf(DATE);
  expect(report?.proof).toMatchObject({ holds: true, ledgerTotals: 2, violations: [] });
  expect(report?.cells.every(({ posMinor, ledgerMinor }) => posMinor === ledgerMinor)).toBe(true);
  expect(report?.exceptions.map((found) => [found.storeId, found.category, found.candidateCount])).toEqual([
    ['S1', 'posting-in-two-files', 2],
    ['S2', 'posting-in-two-files', 2],
  ]);
  const [doubt] = report?.exceptions ?? [];
  expect(doubt).toMatchObject({
    class: 'requires investigation',
    owner: 'Finance',
    subject: 'week.csv and monday.csv',
    amountMinor: one.totals.grossMinor,
    currency: 'EUR',
    parts: [],
    candidates: [{ reading: 'One posting in both files' }, { reading: 'Two postings, one in each file' }],
  });
  expect(doubt?.detail).toContain('3 rows of week.csv');
  const sources = doubt?.evidence.journalLines.map(({ source }) => source.split(':')[0]);
  expect(new Set(sources)).toEqual(new Set(['monday.csv', 'week.csv']));
  expect(report?.repeatedPostings).toMatchObject([
    { file: 'week.csv', alsoIn: 'monday.csv', rows: 6, currency: 'EUR' },
  ]);
});

test('with ids there is no doubt: the postings count once, and report and page say which', async () => {
  const world = reconcileWorld();
  await world.land([one, two]);
  world.putLedger('a.csv', [one, two].flatMap(withIds));
  world.putLedger('b.csv', withIds(two));
  await night(world);
  const report = world.reportOf(DATE);
  expect([report?.proof.holds, report?.exceptions]).toEqual([true, []]);
  expect(report?.repeatedPostings).toMatchObject([
    { file: 'b.csv', alsoIn: 'a.csv', rows: 3, first: 'b.csv:2' },
  ]);
  if (!report) throw new Error('there is a report');
  const page = dayPage({
    report,
    isOfSomeStores: false,
    storeName: () => undefined,
    viewer: { userName: 'Ada', sections: ['finance'] },
    today: DATE,
    ledgerAsOf: undefined,
    giftCards: [],
    closing: [],
    category: undefined,
    pageNumber: 1,
    letters: [],
    lettersOmitted: 0,
  });
  expect(page.replaceAll(/\s+/g, ' ')).toContain(
    '3 rows of <code>b.csv</code> in EUR, from <code>b.csv:2</code> on, also in <code>a.csv</code>',
  );
});

test('rows without any reference count in each file, and the doubt says so', async () => {
  const world = reconcileWorld();
  const rows = [entry({ account: '110100', amountMinor: 500, voucher: '', journalNumber: '' })];
  world.putLedger('a.csv', rows);
  world.putLedger('b.csv', rows);
  await night(world);
  const report = world.reportOf(DATE);
  expect(report?.cells).toMatchObject([{ ledgerMinor: 1_000 }]);
  expect(report?.proof.holds).toBe(true);
  const doubt = report?.exceptions.find(({ category }) => category === 'posting-in-two-files');
  expect(doubt).toMatchObject({
    amountMinor: -500,
    candidates: [{ reading: expect.stringContaining('Two') as string }, {}],
  });
  expect(doubt?.detail).toContain('Both count');
});

test.each([[['a.csv', 'b.csv']], [['b.csv', 'a.csv']]])(
  'the report does not depend on which file came first: %j',
  async (names) => {
    const world = reconcileWorld();
    await world.land([one, two]);
    for (const name of names) {
      world.putLedger(
        name,
        name === 'a.csv' ? postedEach(one) : [one, two].flatMap((event) => postedEach(event)),
      );
      await night(world);
    }
    expect(world.categoriesOf(DATE)).toEqual(['posting-in-two-files']);
    expect(world.reportOf(DATE)?.repeatedPostings).toMatchObject([
      { file: 'b.csv', alsoIn: 'a.csv', rows: 3 },
    ]);
  },
);

test('a file that is replaced by a longer one, and one that is deleted, are counted anew', async () => {
  const world = reconcileWorld();
  await world.land([one, two]);
  world.putLedger('a.csv', postedEach(one));
  await night(world);
  expect(world.categoriesOf(DATE)).toEqual(['missing-in-ledger']);
  world.putLedger('b.csv', postedEach(two));
  await night(world);
  expect(world.categoriesOf(DATE)).toEqual([]);
  world.putLedger(
    'a.csv',
    [one, two].flatMap((event) => postedEach(event)),
  );
  await night(world);
  expect(world.categoriesOf(DATE)).toEqual(['posting-in-two-files']);
  // The file by which the posting counts goes: the other one takes its place, and the sale of the first is open.
  world.ledger.delete('a.csv');
  await night(world);
  expect(world.categoriesOf(DATE)).toEqual(['missing-in-ledger']);
  expect(world.reportOf(DATE)).toMatchObject({
    proof: { holds: true },
    repeatedPostings: [],
    ledgerFiles: ['b.csv'],
  });
});

test('two files with a document on a neighbouring date are one posting there too', async () => {
  const world = reconcileWorld();
  await world.land([one]);
  const late = postedEach(one, { accountingDate: businessDate('2026-03-03') });
  world.putLedger('a.csv', late);
  world.putLedger('b.csv', [...late, ...postedEach(two, { accountingDate: businessDate('2026-03-03') })]);
  await night(world);
  expect(world.categoriesOf(DATE)).toEqual(['wrong-date']);
});

describe('rows without a date', () => {
  const bad = (file: string): LedgerRow => ({
    ok: false,
    error: { file, line: 3, column: 'AccountingDate', reason: '"soon" is no date' },
  });

  test('are listed on every date of their file', async () => {
    const world = reconcileWorld();
    await world.land([one]);
    const next = postedEach(two, { accountingDate: businessDate('2026-03-03') });
    world.putLedger('a.csv', [...postedEach(one), ...next], [bad('a.csv')]);
    await night(world);
    for (const date of [DATE, '2026-03-03'])
      expect(world.reportOf(date)?.ledgerRowErrors).toMatchObject([{ file: 'a.csv', line: 3 }]);
  });

  test('of a file that has no date at all are in the list of files to correct', async () => {
    const world = reconcileWorld();
    world.putLedger('a.csv', [], [bad('a.csv')]);
    await night(world);
    expect(await world.days.indexedLedgerFiles()).toMatchObject([
      { name: 'a.csv', dates: [], badRows: 1, firstErrors: ['line 3, AccountingDate: "soon" is no date'] },
    ]);
  });

  test('of a file that has lost its dates are listed on those that it had, until it is whole or gone', async () => {
    const world = reconcileWorld();
    await world.land([one]);
    world.putLedger('a.csv', postedEach(one));
    await night(world);
    expect(world.categoriesOf(DATE)).toEqual([]);
    world.putLedger('a.csv', [], [bad('a.csv')]);
    await night(world);
    expect(world.reportOf(DATE)).toMatchObject({
      ledgerRowErrors: [{ file: 'a.csv' }],
      exceptions: [{ category: 'missing-in-ledger', class: 'requires investigation' }],
      proof: { holds: true },
    });
    world.putLedger('a.csv', postedEach(one));
    await night(world);
    expect(world.reportOf(DATE)).toMatchObject({ ledgerRowErrors: [], exceptions: [] });
    world.putLedger('a.csv', [], [bad('a.csv')]);
    await night(world);
    world.ledger.delete('a.csv');
    await night(world);
    expect(world.reportOf(DATE)).toMatchObject({ ledgerRowErrors: [], ledgerFiles: [] });
  });
});
