import { storeId } from '../../shared/ids.ts';
import type { TransactionEvent } from '../../shared/pos/event.ts';
import { correctingEntryOf } from '../../shared/reconciliation/correcting-entry.ts';
import { DEFAULT_JOURNAL, journalCsv } from '../../shared/reports/journal-csv.ts';
import { financeRoutes } from '../../functions/reconcile/pages/finance.ts';
import { createPages } from '../../functions/reconcile/pages/router.ts';
import { postedEach, sale } from '../support/ledger-fixtures.ts';
import { postedJournal } from '../support/journal-import.ts';
import { pageParts } from '../support/page-parts.ts';
import { pageRequest, principalWith } from '../support/page-requests.ts';
import { reconcileDay } from '../support/reconcile-day.ts';
import { reportWithFaults } from '../support/report-fixture.ts';
import { silentLog } from '../support/stream-fixture.ts';

const shards = [['S1', 'S2']];
const options = {
  ...DEFAULT_JOURNAL,
  dimensionOf: (store: string) => (store === 'S1' ? 'BER-1' : undefined),
};

test('a missing posting becomes a voucher of its own with the columns of the general journal', () => {
  const sales = [sale('X1', 10_000), sale('X2', 500)];
  const { exceptions, businessDate } = reconcileDay(sales, postedEach(sales[1] as TransactionEvent), {
    shards,
  });
  const { csv } = journalCsv(businessDate, exceptions, options);
  const voucher = `TS${exceptions[0]?.exceptionId}`;
  const row = (line: number, account: string, debit: string, credit: string) =>
    `TILLSTREAM,${line},GenJrn,Tillstream 2026-03-02,Current,Ledger,${account}-BER\\-1,EUR,${debit},${credit},2026-03-02,${voucher},X1,missing-in-ledger X1`;
  expect(csv).toBe(
    [
      'JOURNALBATCHNUMBER,LINENUMBER,JOURNALNAME,DESCRIPTION,POSTINGLAYER,ACCOUNTTYPE,ACCOUNTDISPLAYVALUE,CURRENCYCODE,DEBITAMOUNT,CREDITAMOUNT,TRANSDATE,VOUCHER,DOCUMENT,TEXT',
      row(1, '110100', '119.00', '0'),
      row(2, '261100', '0', '19.00'),
      row(3, '401000', '0', '100.00'),
      '',
    ].join('\r\n'),
  );
  expect(voucher.length).toBeLessThanOrEqual(20);
  expect(postedJournal(csv)[0]).toMatchObject({
    account: '110100',
    storeDimension: 'BER-1',
    documentNumber: 'X1',
  });
});

test('no entry follows where the cause is open, where it settles by itself, or where it would not balance', () => {
  const report = reportWithFaults();
  const reasons = report.exceptions.map((exception) => {
    const found = correctingEntryOf(exception);
    return [exception.category, 'none' in found ? found.none : 'entry'];
  });
  expect(Object.fromEntries(reasons)).toMatchObject({
    'unknown-store': 'its cause has to be found first',
    'wrong-store': 'entry',
    'wrong-account': 'entry',
    'duplicate-posting': 'entry',
    // One row of a posting is wrong, so the ledger's own posting does not balance: no line makes up for it.
    'amount-differs': 'its postings do not balance in EUR',
  });
});

test('a store without a dimension, and a text that a spreadsheet would run, are left out and counted', () => {
  const sales = [
    sale('=cmd', 10_000),
    sale('X2', 500, { storeId: storeId('S2') }),
    sale('X3', 500, { storeId: storeId('S2'), eventId: 'tillstream:3' as never }),
    sale('X4', 500, { eventId: 'tillstream:4' as never }),
  ];
  const posted = [sales[2], sales[3]].flatMap((one) => postedEach(one as TransactionEvent));
  const { exceptions, businessDate } = reconcileDay(sales, posted, { shards });
  const { entries, without } = journalCsv(businessDate, exceptions, options);
  expect(entries).toBe(0);
  expect([...without]).toEqual([
    ['a text in it could be taken for a formula', 1],
    ['master data has no ledger dimension of its store', 1],
  ]);
});

test('the journal of a day is downloaded by finance, and of a store by its reader', async () => {
  const { parts } = pageParts();
  const pages = createPages(financeRoutes(parts));
  const path = '/finance/2026-03-02/correcting-journal.csv';
  const bodyFor = async (role: string) => {
    const { body, status } = await pages(pageRequest(path, { by: principalWith(role) }), silentLog);
    return [status, String(body)] as const;
  };
  expect((await bodyFor('Finance.Read'))[1]).toMatch(/^JOURNALBATCHNUMBER,/);
  expect((await bodyFor('Store.Read.S1'))[0]).toBe(200);
  expect((await bodyFor('Operations'))[0]).toBe(403);
  const page = await pages(
    pageRequest('/finance/2026-03-02', { by: principalWith('Finance.Read') }),
    silentLog,
  );
  expect(String(page.body)).toContain('correcting-journal.csv');
});

test('a ledger posting of a void is taken back under its own number', () => {
  const voided = sale('V1', 1_000, { status: 'voided' });
  const fine = sale('X2', 500);
  const entries = [...postedEach({ ...voided, status: 'completed' }), ...postedEach(fine)];
  const before = reconcileDay([voided, fine], entries, { shards });
  const { csv } = journalCsv(before.businessDate, before.exceptions, {
    ...options,
    dimensionOf: (store) => store,
  });
  const after = reconcileDay([voided, fine], [...entries, ...postedJournal(csv)], { shards });
  expect(before.exceptions).toHaveLength(1);
  expect(after.exceptions).toEqual([]);
});
