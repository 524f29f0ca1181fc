import { eventId } from '../../shared/ids.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import type { matchStore, StoreMatch } from '../../shared/reconciliation/match-store.ts';
import type { OpenItem } from '../../shared/reconciliation/open-item.ts';
import { negated, times } from '../../shared/reconciliation/cell.ts';
import { entry, postedEach, postedInSum, sale } from '../support/ledger-fixtures.ts';
import { reconcileDay } from '../support/reconcile-day.ts';

/**
 * Breaks in the matcher, each of which the proof must show: the equation of the cells, the claims, or what must not be left
 * out. The checks share nothing with the matcher, so they are the same ones as in a report.
 */
let breakIt: (match: StoreMatch) => StoreMatch = (match) => match;
jest.mock('../../shared/reconciliation/match-store.ts', () => {
  const real = jest.requireActual<{ matchStore: typeof matchStore }>(
    '../../shared/reconciliation/match-store.ts',
  );
  return {
    ...real,
    matchStore: (...given: Parameters<typeof matchStore>) => breakIt(real.matchStore(...given)),
  };
});

const sold = (id: string, net: number) => sale(id, net, { eventId: eventId(`tillstream:${id}`) });
const named = ['A', 'B', 'C', 'D', 'E'].map((id, index) => sold(id, 1_000 + 700 * index * index));
const twin = sold('T', 1_000);
const loose = ['L1', 'L2', 'L3', 'L4', 'L5', 'L6', 'L7'].map((id, index) =>
  sold(id, 90_000 + 1_711 * 2 ** index),
);

/** A is missing, B posted twice, C with another amount, T (as A) fine; L1 missing, L2 and L3 in one voucher, L4 and so on in one each. */
function day(): { events: ReturnType<typeof sold>[]; entries: LedgerEntry[] } {
  const [, b, c, ...fine] = named;
  const [, l2, l3, ...single] = loose;
  const entries = [
    ...postedEach(b as never),
    ...postedEach(b as never, { voucher: 'V-B-again' }),
    ...postedEach(c as never).map((row) =>
      row.account === '110100' ? { ...row, amountMinor: row.amountMinor + 7 } : row,
    ),
    ...[...fine, twin].flatMap((one) => postedEach(one)),
    ...single.flatMap((one) => postedEach(one, { documentNumber: '', voucher: `V-${one.transactionId}` })),
    ...postedInSum([l2, l3] as never, { voucher: 'V-SUM' }),
    entry({ account: '110100', amountMinor: 55, documentNumber: 'GHOST' }),
  ];
  return { events: [...named, twin, ...loose], entries };
}

const proofWith = (broken: (match: StoreMatch) => StoreMatch): readonly string[] => {
  breakIt = broken;
  const { events, entries } = day();
  const { violations, holds } = reconcileDay(events, entries, { shards: [['S1']] }).proof;
  expect(holds).toBe(violations.length === 0);
  return violations;
};

const withItems =
  (change: (items: readonly OpenItem[]) => readonly OpenItem[]) =>
  (match: StoreMatch): StoreMatch => ({ ...match, items: change(match.items) });
const onItem = (subject: string, change: (item: OpenItem) => OpenItem | undefined) =>
  withItems((items) =>
    items.flatMap((item) => {
      const changed = item.subject === subject ? change(item) : item;
      return changed ? [changed] : [];
    }),
  );

test('the day as it is has five exceptions, one set, and a proof that holds', () => {
  let sets: StoreMatch['sets'] = [];
  let subjects: string[] = [];
  const violations = proofWith((match) => {
    sets = match.sets;
    subjects = match.items.map(({ subject }) => subject);
    return match;
  });
  expect(violations).toEqual([]);
  expect(subjects.sort()).toEqual(['A', 'B', 'C', 'GHOST', 'L1']);
  expect(sets).toEqual([{ documentIds: ['L2', 'L3'], vouchers: ['voucher V-SUM'] }]);
});

/** The difference of two items by one account each: what cancels in sum. */
const cancelled = withItems((items) => {
  const [b] = items.filter(({ subject }) => subject === 'B');
  // B is said not to be there, and its amounts are put on C, so every cell still adds up.
  return items.flatMap((item) => {
    if (item.subject === 'B') return [];
    if (item.subject !== 'C' || !b) return [item];
    const differences = new Map(item.differences);
    for (const [key, amount] of b.differences)
      differences.set(key, Number(differences.get(key) ?? 0) + Number(amount));
    return [{ ...item, differences }];
  });
});

test.each<[string, (match: StoreMatch) => StoreMatch]>([
  ['an item is lost', onItem('A', () => undefined)],
  ['an item is told twice', withItems((items) => [...items, ...items.slice(0, 1)])],
  [
    'an item has another amount',
    onItem('C', (item) => ({ ...item, differences: times(item.differences, 2) })),
  ],
  [
    'an item has the wrong sign',
    onItem('A', (item) => ({ ...item, differences: negated(item.differences) })),
  ],
  [
    'an account of an item is lost',
    onItem('A', (item) => ({ ...item, differences: new Map([...item.differences].slice(1)) })),
  ],
  [
    'a sale that is posted is said to be missing, in place of an equal one that is',
    onItem('A', (item) => ({ ...item, subject: 'T', claim: { kind: 'not-posted', documentId: 'T' } })),
  ],
  [
    'another sale is said to be missing, with the amounts of the one that is',
    onItem('L1', (item) => ({ ...item, claim: { kind: 'not-posted', documentId: 'L2' } })),
  ],
  [
    'a posting that the POS knows is said to be unknown to it',
    onItem('GHOST', (item) => ({ ...item, claim: { kind: 'not-sold', documentNumber: 'D' } })),
  ],
  [
    'what is posted once is said to be posted twice',
    onItem('B', (item) => ({
      ...item,
      claim: { kind: 'posted-again', documentId: 'D', count: 1, named: true },
    })),
  ],
  [
    'the count of a repeat is wrong',
    onItem('B', (item) => ({
      ...item,
      claim: { kind: 'posted-again', documentId: 'B', count: 2, named: true },
    })),
  ],
  ['two faults are thrown together, so that every total still holds', cancelled],
  [
    'two faults that cancel each other are both lost',
    withItems((items) => items.filter(({ subject }) => subject !== 'GHOST')),
  ],
  [
    'a missing sale is told as an unknown voucher',
    onItem('L1', (item) => ({ ...item, claim: { kind: 'not-sold', voucher: 'V-SUM', count: 1, of: 1 } })),
  ],
  [
    'the numbers are said to have nothing in common',
    withItems((items) => [
      ...items,
      { ...(items[0] as OpenItem), differences: new Map(), claim: { kind: 'no-common-number' } },
    ]),
  ],
  [
    'the day is said not to be posted at all',
    onItem('A', (item) => ({ ...item, claim: { kind: 'store-not-posted' } })),
  ],
  [
    'a set is of other sales',
    (match) => ({ ...match, sets: [{ documentIds: ['L1', 'L2'], vouchers: ['voucher V-SUM'] }] }),
  ],
  [
    'a set has what is posted by number',
    (match) => ({ ...match, sets: [{ documentIds: ['L2', 'D'], vouchers: ['voucher V-SUM'] }] }),
  ],
  ['a sale is in two sets', (match) => ({ ...match, sets: [...match.sets, ...match.sets] })],
  [
    'a candidate of an open question does not fit',
    onItem('L1', (item) => ({
      ...item,
      finding: 'ambiguous',
      claim: { kind: 'one-of', level: 1, sets: true },
      candidates: [{ reading: 'V-SUM posts L1', documentIds: ['L1'], vouchers: ['V-SUM'] }],
      candidateCount: 1,
    })),
  ],
  [
    'a cell has another total',
    (match) => ({
      ...match,
      cells: match.cells.map((cell) => ({ ...cell, posMinor: Number(cell.posMinor) + 1 })),
    }),
  ],
])('the proof shows it if %s', (_name, broken) => {
  expect(proofWith(broken)).not.toEqual([]);
});

test('of two faults that cancel each other, neither can be lost', () => {
  breakIt = withItems(() => []);
  const [first, second] = [sold('P', 1_000), sold('Q', 1_000)];
  const others = named.slice(3);
  const entries = [...others, second].flatMap((one) => postedEach(one));
  const report = reconcileDay(
    [first, second, ...others],
    [...entries, ...postedEach(second, { voucher: 'V-again' })],
    {
      shards: [['S1']],
    },
  );
  expect(report.cells.every(({ differenceMinor }) => differenceMinor === 0)).toBe(true);
  expect(report.proof.violations.join()).toContain(
    'Q: the ledger has other amounts, and no exception says so',
  );
});

test('a set that has a rival is shown', () => {
  breakIt = (match) => ({
    ...match,
    items: match.items.filter(({ subject }) => subject !== 'V-SUM'),
    sets: [{ documentIds: ['K1', 'K2'], vouchers: ['voucher V-SUM'] }],
  });
  const [k1, k2, k3, k4] = [
    sold('K1', 10_000),
    sold('K2', 40_000),
    sold('K3', 20_000),
    sold('K4', 30_000),
  ] as const;
  const entries = [
    ...postedInSum([k1, k2], { voucher: 'V-SUM' }),
    ...loose.flatMap((one) => postedEach(one, { documentNumber: '', voucher: `V-${one.transactionId}` })),
  ];
  const report = reconcileDay([k1, k2, k3, k4, ...loose], entries, { shards: [['S1']] });
  expect(report.proof.violations.join()).toContain('another set has the same sum');
});
