import { eventId, storeId } from '../../shared/ids.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import type { TransactionEvent } from '../../shared/pos/event.ts';
import { entry, postedEach, sale } from '../support/ledger-fixtures.ts';
import { reconcileDay } from '../support/reconcile-day.ts';

const reportOf = (events: readonly TransactionEvent[], entries: readonly LedgerEntry[], stores = ['S1']) => {
  const report = reconcileDay(events, entries, { shards: [stores] });
  expect(report.proof).toMatchObject({ holds: true, violations: [] });
  return report.exceptions;
};
const found = (...of: Parameters<typeof reportOf>): string[] =>
  reportOf(...of).map((one) => `${one.category} ${one.storeId} ${one.subject}`);

const one = sale('X1', 5_000);

test('a posting that lacks an account differs where no statement could hold the rest', () => {
  const [first, ...others] = postedEach(one);
  expect(first).toBeDefined();
  expect(found([one], others)).toEqual(['amount-differs S1 X1']);
});

test('a statement may hold what the posting by number leaves out', () => {
  const [first, ...others] = postedEach(one);
  const rest = entry({ ...first!, documentNumber: '', voucher: 'STATEMENT' });
  expect(found([one], [...others, rest])).toEqual([]);
});

test('a posting with reversed signs, or half as much again, is no duplicate', () => {
  const times = (factor: number) =>
    postedEach(one).map((row) => ({ ...row, amountMinor: row.amountMinor * factor }));
  expect(found([one], times(-1))).toEqual(['amount-differs S1 X1']);
  expect(found([one], times(1.5))).toEqual(['amount-differs S1 X1']);
  // A double amount in one row repeats nothing; rows that come again do.
  expect(found([one], times(2))).toEqual(['amount-differs S1 X1']);
  const again = postedEach(one, { voucher: 'again' });
  expect(found([one], [...postedEach(one), ...again])).toEqual(['duplicate-posting S1 X1']);
});

describe('the wrong store', () => {
  const inOther = (changes: Partial<LedgerEntry> = {}) =>
    postedEach(one, { storeDimension: storeId('S2'), ...changes });
  const stores = ['S1', 'S2'];
  // Store S1 is posted: what it lacks does not wait for its posting.
  const fine = sale('X9', 300);

  test('a sale that another store has posted is one exception with parts in both', () => {
    const [exception, ...more] = reportOf([one, fine], [...inOther(), ...postedEach(fine)], stores);
    expect(more).toEqual([]);
    expect(exception).toMatchObject({ category: 'wrong-store', storeId: 'S1', class: 'adjustment required' });
    expect(exception?.detail).toBe('Posted to store S2 instead of S1');
    expect(new Set(exception?.parts.map((part) => part.storeId))).toEqual(new Set(stores));
  });

  test('other amounts, or a number that two stores lack, stay two exceptions each', () => {
    const cheaper = postedEach(sale('X1', 4_000), { storeDimension: storeId('S2') });
    expect(found([one, fine], [...cheaper, ...postedEach(fine)], stores)).toEqual([
      'missing-in-ledger S1 X1',
      'missing-in-pos S2 X1',
    ]);
    const inThird = (index: number, sold: TransactionEvent): TransactionEvent => ({
      ...sold,
      storeId: storeId('S3'),
      eventId: eventId(`tillstream:third-${index}`),
    });
    const [third, fineThird] = [inThird(1, one), inThird(2, fine)];
    const rows = [...inOther(), ...postedEach(fine), ...postedEach(fineThird)];
    expect(found([one, fine, third, fineThird], rows, [...stores, 'S3']).sort()).toEqual([
      'missing-in-ledger S1 X1',
      'missing-in-ledger S3 X1',
      'missing-in-pos S2 X1',
    ]);
  });
});

test('of several contents of one event id two are written out, and the rest is counted', () => {
  const detailOf = (contents: number): string | undefined =>
    reportOf(
      Array.from({ length: contents }, (_, index) => ({
        ...sale('X1', 5_000 + index),
        receivedAt: `2026-03-02T10:00:0${index}.000Z`,
      })),
      postedEach(one),
    ).find(({ category }) => category === 'identity-conflict')?.detail;
  expect(detailOf(2)).toMatch(/has 2 contents: [^;]*; [^;]*$/);
  expect(detailOf(3)).toMatch(/has 3 contents: .*; and 1 more$/);
  expect(detailOf(5)).toMatch(/has 5 contents: .*; and 3 more$/);
});
