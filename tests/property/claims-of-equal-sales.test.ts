import fc from 'fast-check';
import { eventId, storeId, tillId } from '../../shared/ids.ts';
import { postedEach, sale } from '../support/ledger-fixtures.ts';
import { reconcileDay } from '../support/reconcile-day.ts';

type Fault = 'none' | 'missing' | 'twice' | 'thrice';
interface Sold {
  readonly netMinor: number;
  readonly fault: Fault;
}

/** A day of one store with two tills, of which the ledger names no document. */
function violationsOf(all: readonly Sold[]): readonly string[] {
  const sales = all.map(({ netMinor }, index) =>
    sale(`X${index}`, netMinor, {
      storeId: storeId('S1'),
      tillId: tillId(`T${index % 2}`),
      eventId: eventId(`tillstream:${index}`),
    }),
  );
  const copies = { none: [''], missing: [], twice: ['', '-b'], thrice: ['', '-b', '-c'] };
  const entries = sales.flatMap((transaction, index) =>
    copies[all[index]?.fault ?? 'none'].flatMap((copy) =>
      postedEach(transaction).map((row) => ({
        ...row,
        voucher: `${row.voucher}${copy}`,
        documentNumber: '',
      })),
    ),
  );
  if (entries.length === 0) return [];
  return reconcileDay(sales, entries, { shards: [['S1']] }).proof.violations;
}

test('a voucher that happens to be the sum of a till leaves fewer equal sales, and the claim counts those', () => {
  const sold = (netMinor: number, fault: Fault = 'none') => ({ netMinor, fault });
  // The sales of till T1 are 2,000 together, as much as the one sale of 2,000.
  expect(violationsOf([sold(1_000), sold(1_000), sold(1_000, 'missing'), sold(1_000), sold(2_000)])).toEqual(
    [],
  );
  expect(violationsOf([sold(1_000), sold(1_000, 'missing'), sold(2_000), sold(1_000), sold(1_000)])).toEqual(
    [],
  );
});

test('a set with a repeat and its return among it is no other explanation', () => {
  const sold = (netMinor: number, fault: Fault) => ({ netMinor, fault });
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
    fault: fc.constantFrom<Fault>('none', 'none', 'missing', 'twice', 'thrice'),
  });
  fc.assert(
    fc.property(fc.array(one, { minLength: 3, maxLength: 9 }), (all) => {
      // With fewer, a voucher may as well be the statement of the whole day.
      fc.pre(all.filter(({ fault }) => fault === 'none').length >= 3);
      expect(violationsOf(all)).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});
