import fc from 'fast-check';
import { eventId, storeId, tillId } from '../../shared/ids.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import type { TransactionEvent } from '../../shared/pos/event.ts';
import { correctingEntryOf } from '../../shared/reconciliation/correcting-entry.ts';
import { journalCsv, DEFAULT_JOURNAL } from '../../shared/reports/journal-csv.ts';
import { entry, postedEach, sale } from '../support/ledger-fixtures.ts';
import { postedJournal } from '../support/journal-import.ts';
import { reconcileDay } from '../support/reconcile-day.ts';

const STORES = ['S1', 'S2'];
const options = { ...DEFAULT_JOURNAL, dimensionOf: (store: string) => store };

const FAULTS = [
  'none',
  'none',
  'missing',
  'twice',
  'thrice',
  'amount',
  'account',
  'store',
  'tax',
  'ghost',
] as const;
type Fault = (typeof FAULTS)[number];

function rowsOf(transaction: TransactionEvent, fault: Fault): LedgerEntry[] {
  const rows = postedEach(transaction);
  const again = (name: string) => rows.map((row) => ({ ...row, voucher: `${row.voucher}-${name}` }));
  const move = (account: string, minor: number) =>
    rows.map((row) => (row.account === account ? { ...row, amountMinor: row.amountMinor + minor } : row));
  switch (fault) {
    case 'none':
      return rows;
    case 'missing':
      return [];
    case 'twice':
      return [...rows, ...again('again')];
    case 'thrice':
      return [...rows, ...again('b'), ...again('c')];
    case 'amount':
      return move('110100', 7).map((row) =>
        row.account === '401000' ? { ...row, amountMinor: row.amountMinor - 7 } : row,
      );
    case 'tax':
      if (!rows.some(({ account }) => account === '261100')) return rows;
      return move('261100', -3).map((row) =>
        row.account === '401000' ? { ...row, amountMinor: row.amountMinor + 3 } : row,
      );
    case 'account':
      return rows.map((row) => (row.account === '110100' ? { ...row, account: '999999' } : row));
    case 'store':
      return rows.map((row) => ({ ...row, storeDimension: transaction.storeId === 'S1' ? 'S2' : 'S1' }));
    case 'ghost':
      break;
  }
  return [
    ...rows,
    ...['110100', '401000'].map((account, at) =>
      entry({
        account,
        amountMinor: at === 0 ? 55 : -55,
        documentNumber: `G${transaction.transactionId}`,
        voucher: `G${transaction.transactionId}`,
        storeDimension: transaction.storeId,
      }),
    ),
  ];
}

test('what is imported leaves nothing that it was made for, and no new difference', () => {
  const one = fc.record({
    // Many of equal amount, a return, an amount in one cent.
    netMinor: fc.constantFrom(1_000, 1_000, 1_000, 2_000, -1_000, 1),
    fault: fc.constantFrom(...FAULTS),
    store: fc.constantFrom(...STORES),
  });
  fc.assert(
    fc.property(fc.array(one, { minLength: 3, maxLength: 14 }), fc.boolean(), (all, isNamed) => {
      const sales = all.map(({ netMinor, store }, index) =>
        sale(`X${index}`, netMinor, {
          storeId: storeId(store),
          tillId: tillId(`T${index % 2}`),
          eventId: eventId(`tillstream:${index}`),
        }),
      );
      const entries = sales
        .flatMap((transaction, index) => rowsOf(transaction, all[index]?.fault ?? 'none'))
        .map((row) => (isNamed ? row : { ...row, documentNumber: '' }));
      // Where the ledger names documents, all but postings that no POS event explains have their entry.
      // A store without any posting under a number of its own might number otherwise, and nothing follows from that.
      const isAll =
        isNamed &&
        all.every(({ fault }) => fault !== 'ghost') &&
        STORES.every((store) => all.some((sold) => sold.store === store && sold.fault === 'none'));
      fc.pre(STORES.every((store) => entries.some((row) => row.storeDimension === store)));
      const shards = [STORES];
      const before = reconcileDay(sales, entries, { shards });
      const { csv, entries: made } = journalCsv(before.businessDate, before.exceptions, options);
      const followed = before.exceptions.filter((exception) => 'entry' in correctingEntryOf(exception));
      expect(made).toBe(followed.length);
      const after = reconcileDay(sales, [...entries, ...postedJournal(csv)], { shards });
      // What the proof says of the day itself is for its own tests; the journal must add nothing to it.
      expect(
        after.proof.violations.filter((violation) => !before.proof.violations.includes(violation)),
      ).toEqual([]);
      // By value: what is left is what no entry followed from.
      const openIn = (exceptions: typeof before.exceptions) => {
        const sums = new Map<string, bigint>();
        for (const { storeId: store, account, amountMinor } of exceptions.flatMap(({ parts }) => parts)) {
          const key = `${store} ${account}`;
          sums.set(key, (sums.get(key) ?? 0n) + BigInt(amountMinor));
        }
        return [...sums].filter(([, sum]) => sum !== 0n).sort(([left], [right]) => (left < right ? -1 : 1));
      };
      expect(openIn(after.exceptions)).toEqual(
        openIn(before.exceptions.filter((exception) => !followed.includes(exception))),
      );
      if (isAll) expect(after.exceptions).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
