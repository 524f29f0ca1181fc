import { eventId, storeId, tillId } from '../../shared/ids.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import type { TransactionEvent } from '../../shared/pos/event.ts';
import { LargeSum } from '../../shared/reconciliation/large-sum.ts';
import { entry, postedEach, postedInSum, sale } from '../support/ledger-fixtures.ts';
import { reconcileDay } from '../support/reconcile-day.ts';

const sold = (index: number, changes: Partial<TransactionEvent> = {}): TransactionEvent =>
  sale(`X${index}`, 10_000 + 1_000 * 2 ** index, {
    tillId: tillId(index % 2 === 0 ? 'T1' : 'T2'),
    shiftId: `SH${index % 4}`,
    eventId: eventId(`tillstream:${index}`),
    ...changes,
  });
const many = Array.from({ length: 8 }, (_, index) => sold(index));

const found = (events: readonly TransactionEvent[], entries: readonly LedgerEntry[]) => {
  const report = reconcileDay(events, entries, { shards: [['S1']] });
  expect(report.proof.holds).toBe(true);
  return report.exceptions.map((one) => `${one.category} ${one.subject}: ${one.class}`);
};

test('one statement for the whole day, one per shift and one per till all agree', () => {
  expect(found(many, postedInSum(many))).toEqual([]);
  for (const nameOf of [(one: TransactionEvent) => one.shiftId, (one: TransactionEvent) => one.tillId]) {
    const names = [...new Set(many.map(nameOf))];
    const entries = names.flatMap((name) =>
      postedInSum(
        many.filter((one) => nameOf(one) === name),
        { voucher: `STMT-${name}` },
      ),
    );
    expect(found(many, entries)).toEqual([]);
  }
});

test('a transaction that is missing in the statement of its shift is found among all others', () => {
  const entries = ['SH0', 'SH1', 'SH2', 'SH3'].flatMap((shift) =>
    postedInSum(
      many.filter((one) => one.shiftId === shift && one.transactionId !== 'X5'),
      { voucher: `STMT-${shift}` },
    ),
  );
  expect(found(many, entries)).toEqual(['missing-in-ledger X5: adjustment required']);
});

test('two missing, one posted twice, and an extra voucher are distinguished', () => {
  expect(found(many, postedInSum(many.slice(2)))).toEqual([
    'missing-in-ledger X0: adjustment required',
    'missing-in-ledger X1: adjustment required',
  ]);
  expect(found(many, postedInSum([...many, sold(3)]))).toEqual(['duplicate-posting X3: adjustment required']);
  const extra = [
    entry({ account: '110100', amountMinor: 77, voucher: 'EXTRA' }),
    entry({ account: '401000', amountMinor: -77, voucher: 'EXTRA' }),
  ];
  expect(found(many, [...postedInSum(many), ...extra])).toEqual([
    'missing-in-pos EXTRA: requires investigation',
  ]);
});

test('a manual journal does not stand for a sale that lacks its posting, where sales are posted one by one', () => {
  const journal = [
    entry({ account: '110100', amountMinor: 77, voucher: 'GJ-1', documentNumber: '' }),
    entry({ account: '401000', amountMinor: -77, voucher: 'GJ-1', documentNumber: '' }),
  ];
  const posted = many.filter((one) => one.transactionId !== 'X5').flatMap((one) => postedEach(one));
  expect(found(many, [...posted, ...journal])).toEqual([
    'missing-in-ledger X5: adjustment required',
    'missing-in-pos GJ-1: requires investigation',
  ]);
});

test('what no document explains is one exception for the statement', () => {
  const entries = postedInSum(many).map((row) =>
    row.account === '110100' ? { ...row, amountMinor: row.amountMinor - 123 } : row,
  );
  expect(found(many, entries)).toEqual(['amount-differs statement: requires investigation']);
});

test('a late offline sale that the statement lacks is a timing difference', () => {
  const late = sold(9, { offline: true, receivedAt: '2026-03-05T10:00:00.000Z' });
  expect(
    found(
      [...many, late],
      many.flatMap((one) => postedEach(one)),
    ),
  ).toEqual(['missing-in-ledger X9: timing difference']);
});

test('a missing sale of a till that was connected is no timing difference, however late we heard of it', () => {
  const replayed = sold(9, { receivedAt: '2026-03-05T10:00:00.000Z' });
  expect(
    found(
      [...many, replayed],
      many.flatMap((one) => postedEach(one)),
    ),
  ).toEqual(['missing-in-ledger X9: adjustment required']);
});

test('two tills without a connection may give the same number: both sales count', () => {
  const twins = [
    sold(1, { tillId: tillId('T1'), offline: true }),
    sold(1, { tillId: tillId('T2'), offline: true, eventId: eventId('tillstream:twin') }),
  ];
  const conflict = 'duplicate-number X1: requires investigation';
  expect(
    found(
      twins,
      twins.flatMap((one) => postedEach(one)),
    ),
  ).toEqual([conflict]);
  // Both are equal, so it is unknown which of them the ledger has.
  expect(found(twins, postedEach(sold(1)))).toEqual(['ambiguous X1: requires investigation', conflict]);
});

test('a voided or suspended version takes the sale out of the books', () => {
  const voided = sold(1, { status: 'voided', eventId: eventId('tillstream:void') });
  expect(found([sold(1), voided, sold(2)], postedEach(sold(2)))).toEqual([]);
  expect(
    found([sold(2), sold(3, { training: true }), sold(4, { status: 'suspended' })], postedEach(sold(2))),
  ).toEqual([]);
});

test('an unknown store takes both sides into one exception', () => {
  const elsewhere = sold(1, { storeId: storeId('S9') });
  const report = reconcileDay([elsewhere], postedEach(sold(2, { storeId: storeId('S9') })), {
    shards: [['S9']],
    known: () => false,
  });
  expect(report.exceptions.map((one) => one.category)).toEqual(['unknown-store']);
  expect(report.proof.holds).toBe(true);
});

test('a large sum loses no unit beyond the safe integers', () => {
  const sum = new LargeSum();
  for (let times = 0; times < 5; times += 1) sum.add(Number.MAX_SAFE_INTEGER);
  for (let times = 0; times < 7; times += 1) sum.add(2 ** 51 + 1);
  sum.add(-3);
  expect(sum.total).toBe(5n * BigInt(Number.MAX_SAFE_INTEGER) + 7n * (2n ** 51n + 1n) - 3n);
  expect(() => sum.add(0.5)).toThrow(RangeError);
});
