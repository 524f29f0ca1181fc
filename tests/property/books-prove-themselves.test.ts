import fc from 'fast-check';
import { businessDate, eventId, storeId, tillId } from '../../shared/ids.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import type { TransactionEvent } from '../../shared/pos/event.ts';
import { DATE, entry, postedEach, postedInSum, sale } from '../support/ledger-fixtures.ts';
import { NOWHERE, reconcileDay } from '../support/reconcile-day.ts';

const STORES = ['S1', 'S2', 'S3'];
const SHARDS = [STORES];

/** Amounts of which no two sets have the same sum, so no fault can hide another. */
const netOf = (index: number): number => 10_000 * 2 ** index;

function daysTransactions(counts: readonly number[]): TransactionEvent[] {
  let index = 0;
  return counts.flatMap((count, store) =>
    Array.from({ length: count }, () => {
      index += 1;
      return sale(`X${index}`, netOf(index), {
        storeId: storeId(STORES[store] ?? ''),
        tillId: tillId(`T${index % 3}`),
        shiftId: `SH${index % 2}`,
        eventId: eventId(`tillstream:e${index}`),
      });
    }),
  );
}

const FAULTS = [
  'missing-in-ledger',
  'missing-in-pos',
  'amount-differs',
  'duplicate-posting',
  'wrong-account',
  'wrong-store',
  'wrong-date',
] as const;
type Fault = (typeof FAULTS)[number];

/** The rows of one transaction's posting with a fault in them. */
function faultyRows(transaction: TransactionEvent, fault: Fault, index: number): LedgerEntry[] {
  const rows = postedEach(transaction);
  const [first, ...others] = rows as [LedgerEntry, ...LedgerEntry[]];
  switch (fault) {
    case 'missing-in-ledger':
    case 'wrong-date':
      return [];
    case 'missing-in-pos':
      return [...rows, entry({ ...first, documentNumber: `GHOST${index}`, amountMinor: 7 * 2 ** index })];
    case 'amount-differs':
      return [{ ...first, amountMinor: first.amountMinor + 2 ** index }, ...others];
    case 'duplicate-posting':
      return [...rows, ...rows.map((row) => ({ ...row, voucher: `${row.voucher}-again` }))];
    case 'wrong-account':
      return [{ ...first, account: '999999' }, ...others];
    case 'wrong-store':
      break;
  }
  const other = STORES[(STORES.indexOf(transaction.storeId) + 1) % STORES.length] ?? '';
  return rows.map((row) => ({ ...row, storeDimension: other }));
}

const counts = fc.tuple(
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: 1, max: 5 }),
);

test('P5 the books prove themselves: each planted difference has exactly one exception that explains it', () => {
  fc.assert(
    fc.property(
      counts,
      fc.array(fc.option(fc.constantFrom(...FAULTS)), { minLength: 15, maxLength: 15 }),
      (sizes, plan) => {
        const transactions = daysTransactions(sizes);
        const planted: { category: Fault; subject: string }[] = [];
        const moved = new Map<string, LedgerEntry[]>();
        const entries = transactions.flatMap((transaction, index) => {
          const fault = plan[index];
          if (!fault) return postedEach(transaction);
          const id = transaction.transactionId;
          planted.push({ category: fault, subject: fault === 'missing-in-pos' ? `GHOST${index}` : id });
          if (fault === 'wrong-date')
            moved.set(id, postedEach(transaction, { accountingDate: businessDate('2026-03-03') }));
          return faultyRows(transaction, fault, index);
        });
        const elsewhere = {
          ...NOWHERE,
          entriesOf: (_store: string, document: string) => moved.get(document) ?? [],
        };
        const wholeStoresMissing = STORES.filter(
          (store) =>
            !transactions.some(
              ({ storeId: own, transactionId }) =>
                own === store &&
                entries.some((row) => row.storeDimension === store && row.documentNumber === transactionId),
            ),
        );
        fc.pre(wholeStoresMissing.length === 0);
        const report = reconcileDay(transactions, entries, { shards: SHARDS, elsewhere });
        expect(report.proof).toMatchObject({ holds: true, violations: [] });
        const found = report.exceptions.map(({ category, subject }) => ({ category, subject }));
        const name = (one: { category: string; subject: string }) => `${one.category} ${one.subject}`;
        expect(found.map(name).sort()).toEqual(planted.map(name).sort());
      },
    ),
    { numRuns: 300 },
  );
});

const anyRow = fc.record({
  account: fc.constantFrom('110100', '401000', '261100', '999999'),
  amountMinor: fc.integer({ min: -5_000, max: 5_000 }),
  documentNumber: fc.constantFrom('', 'X1', 'X2', 'X3', 'X9'),
  voucher: fc.constantFrom('V1', 'V2', 'STMT'),
  storeDimension: fc.constantFrom(...STORES),
});
const anySale = fc.record({
  id: fc.constantFrom('X1', 'X2', 'X3', 'X4', 'X5'),
  netMinor: fc.integer({ min: -3_000, max: 3_000 }),
  store: fc.constantFrom(...STORES),
  till: fc.constantFrom('T1', 'T2'),
  version: fc.integer({ min: 1, max: 3 }),
});

test('P5 the books prove themselves: whatever POS and ledger hold, however the stores are divided', () => {
  fc.assert(
    fc.property(fc.array(anySale), fc.array(anyRow), fc.boolean(), (sales, rows, inSum) => {
      const transactions = sales.map(({ id, netMinor, store, till, version }, index) =>
        sale(id, netMinor, {
          storeId: storeId(store),
          tillId: tillId(till),
          version,
          eventId: eventId(`tillstream:${index}`),
        }),
      );
      const entries = rows.map((row) => entry(row));
      if (inSum) entries.push(...postedInSum(transactions.slice(1)));
      const report = reconcileDay(transactions, entries, { shards: SHARDS });
      expect(report.proof).toMatchObject({ holds: true, violations: [] });
      expect(report.balances.every((balance) => balance.unexplainedMinor === 0)).toBe(true);
      expect(new Set(report.exceptions.map((one) => one.exceptionId)).size).toBe(report.exceptions.length);
      const apart = reconcileDay(transactions, entries, { shards: [['S2'], ['S3', 'S1']] });
      expect(JSON.stringify({ ...apart, counts: 0 })).toBe(JSON.stringify({ ...report, counts: 0 }));
    }),
    { numRuns: 500 },
  );
});

test('P2 one effect: duplicates, order and superseded versions do not change the report', () => {
  fc.assert(
    fc.property(
      fc.array(anySale, { minLength: 1 }),
      fc.array(fc.nat(), { minLength: 30, maxLength: 30 }),
      (sales, random) => {
        const transactions = sales.map(({ id, netMinor, store, till, version }, index) =>
          sale(id, netMinor, {
            storeId: storeId(store),
            tillId: tillId(till),
            version,
            eventId: eventId(`tillstream:${index}`),
          }),
        );
        const shuffled = [...transactions, ...transactions.filter((_one, index) => index % 2 === 0)]
          .map((transaction, index) => ({ transaction, at: random[index] ?? 0 }))
          .sort((left, right) => left.at - right.at)
          .map(({ transaction }) => transaction);
        const once = reconcileDay(transactions, [], { shards: SHARDS });
        const again = reconcileDay(shuffled, [], { shards: SHARDS });
        expect({ ...again, counts: 0 }).toEqual({ ...once, counts: 0 });
      },
    ),
  );
});

test('P5 the books prove themselves: a statement posted in sum hides no missing transaction', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 12 }), fc.nat(), (count, which) => {
      const transactions = daysTransactions([count]);
      const missing = transactions[which % count];
      const posted = transactions.filter((transaction) => transaction !== missing);
      const report = reconcileDay(transactions, postedInSum(posted), { shards: SHARDS });
      expect(report.exceptions).toHaveLength(1);
      expect(report.exceptions[0]).toMatchObject({
        category: 'missing-in-ledger',
        subject: missing?.transactionId,
        businessDate: DATE,
      });
      expect(report.proof.holds).toBe(true);
    }),
  );
});
