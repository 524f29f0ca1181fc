import fc from 'fast-check';
import { eventId, storeId, tillId } from '../../shared/ids.ts';
import { postedEach, postedInSum, sale } from '../support/ledger-fixtures.ts';
import type { DayReport } from '../../shared/reconciliation/day-report.ts';
import { reconcileDay } from '../support/reconcile-day.ts';

/** `sum`: within a voucher of several. */
type Fault = 'none' | 'missing' | 'twice' | 'thrice' | 'sum';
interface Sold {
  readonly netMinor: number;
  readonly fault: Fault;
}

/** A day of one store with two tills, of which the ledger names no document. */
function reportOf(all: readonly Sold[]): DayReport | undefined {
  const sales = all.map(({ netMinor }, index) =>
    sale(`X${index}`, netMinor, {
      storeId: storeId('S1'),
      tillId: tillId(`T${index % 2}`),
      eventId: eventId(`tillstream:${index}`),
    }),
  );
  const copies = { none: [''], missing: [], sum: [], twice: ['', '-b'], thrice: ['', '-b', '-c'] };
  const entries = sales.flatMap((transaction, index) =>
    copies[all[index]?.fault ?? 'none'].flatMap((copy) =>
      postedEach(transaction).map((row) => ({
        ...row,
        voucher: `${row.voucher}${copy}`,
        documentNumber: '',
      })),
    ),
  );
  entries.push(...postedInSum(sales.filter((_one, index) => all[index]?.fault === 'sum')));
  return entries.length === 0 ? undefined : reconcileDay(sales, entries, { shards: [['S1']] });
}

const violationsOf = (all: readonly Sold[]): readonly string[] => reportOf(all)?.proof.violations ?? [];
const sold = (netMinor: number, fault: Fault = 'none'): Sold => ({ netMinor, fault });

/** Sales that are accused by name, and of whose amount none has the fault. */
function wronglyAccused(all: readonly Sold[]): string[] {
  const faults = { 'missing-in-ledger': ['missing'], 'duplicate-posting': ['twice', 'thrice'] };
  return (reportOf(all)?.exceptions ?? []).flatMap(({ category, subject, evidence, candidateCount }) => {
    if (candidateCount !== undefined || !Object.hasOwn(faults, category)) return [];
    const accused = all[Number(evidence.transactionIds[0]?.slice(1))];
    const isRight = all.some(
      ({ netMinor, fault }) =>
        netMinor === accused?.netMinor && faults[category as keyof typeof faults].includes(fault),
    );
    return isRight ? [] : [`${category} ${subject}`];
  });
}

test('a voucher that happens to be the sum of a till leaves fewer equal sales, and the claim counts those', () => {
  // The sales of till T1 are 2,000 together, as much as the one sale of 2,000.
  expect(violationsOf([sold(1_000), sold(1_000), sold(1_000, 'missing'), sold(1_000), sold(2_000)])).toEqual(
    [],
  );
  expect(violationsOf([sold(1_000), sold(1_000, 'missing'), sold(2_000), sold(1_000), sold(1_000)])).toEqual(
    [],
  );
});

test('a set with a repeat and its return among it is no other explanation', () => {
  expect(
    violationsOf([
      sold(-1_000, 'thrice'),
      sold(2_000, 'missing'),
      sold(2_000, 'missing'),
      sold(1_000, 'thrice'),
      sold(1_000, 'thrice'),
    ]),
  ).toEqual([]);
});

test('among equal sales, sums that coincide, returns and repeats, every claim holds', () => {
  const one = fc.record({
    netMinor: fc.constantFrom(1_000, 1_000, 1_000, 2_000, -1_000, 1),
    fault: fc.constantFrom<Fault>('none', 'none', 'missing', 'twice', 'thrice', 'sum'),
  });
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 9 }), (all) => {
      expect(violationsOf(all)).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});

test('of a day that is posted one by one, no sale is accused that has no fault, however few there are', () => {
  const one = fc.record({
    netMinor: fc.constantFrom(1_000, 2_000, 3_000, -1_000, 1),
    fault: fc.constantFrom<Fault>('none', 'missing', 'twice'),
  });
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 4 }), (all) => {
      expect(wronglyAccused(all)).toEqual([]);
      expect(violationsOf(all)).toEqual([]);
    }),
    { numRuns: 1_500 },
  );
});

test('with one sale posted, and two missing whose sum is the opposite of one of them, both readings are told', () => {
  const report = reportOf([sold(-1_000, 'missing'), sold(1), sold(2_000, 'missing')]);
  expect(report?.proof.violations).toEqual([]);
  expect(report?.exceptions).toMatchObject([
    { category: 'ambiguous', class: 'requires investigation', candidateCount: 2 },
  ]);
  expect(report?.exceptions[0]?.candidates?.map(({ reading }) => reading)).toEqual([
    'X0 is posted once more',
    'X0 is not posted and X2 is not posted',
  ]);
});

test('a sale that a voucher equals is not said to be missing, though the others have its amount in sum', () => {
  const report = reportOf([sold(1_000, 'missing'), sold(1_000, 'missing'), sold(2_000)]);
  expect(report?.exceptions).toMatchObject([{ category: 'ambiguous', candidateCount: 2 }]);
  expect(wronglyAccused([sold(1_000), sold(2_000, 'twice'), sold(3_000, 'missing')])).toEqual([]);
});

test('where no voucher is left, what is left is not posted, and no statement differs', () => {
  const rest = [7_000, 11_000, 17_000, 29_000, 47_000].map((net) => sold(net, 'missing'));
  // The one sale of till T1 is posted.
  const all = rest.flatMap((one, index) => (index === 0 ? [one, sold(3)] : [one, sold(0)]));
  expect(reportOf(all)?.exceptions.map(({ category, subject }) => `${category} ${subject}`)).toEqual(
    ['X0', 'X2', 'X4', 'X6', 'X8'].map((id) => `missing-in-ledger ${id}`),
  );
});
