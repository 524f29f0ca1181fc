import { eventId, storeId } from '../../shared/ids.ts';
import { postingProfileSchema } from '../../shared/ledger/posting-profile.ts';
import { DATE, entry, PROFILE, sale } from '../support/ledger-fixtures.ts';
import { reconcileWorld } from '../support/reconcile-world.ts';
import { adyenReport } from '../support/settlement-files.ts';

/** Settlement reports on their way from the container to the report of the day, in shards. */

const profile = postingProfileSchema.parse({
  accounts: { ...PROFILE.accounts, bankClearing: '110000' },
});
const BEFORE = '2026-03-01';
const paidByCard = (id: string, store: string, date: string = DATE) =>
  sale(id, 1_000, {
    tender: 'card',
    storeId: storeId(store),
    eventId: eventId(`tillstream:${id}`),
    businessDate: date as typeof DATE,
  });
const settled = (id: string, gross: string, net: string, date: string = DATE) => ({
  'Psp Reference': `PSP${id}`,
  'Merchant Reference': id,
  Type: 'Settled',
  'Creation Date': `${date} 12:00:00`,
  'Gross Credit (GC)': gross,
  'Net Credit (NC)': net,
  'Commission (NC)': '0.20',
});
const paidOut = (net: string) => ({
  Type: 'MerchantPayout',
  'Gross Currency': '',
  'Net Debit (NC)': net,
  'Creation Date': `${DATE} 23:00:00`,
});

function world() {
  const made = reconcileWorld({ profile });
  made.settlements.set(
    'settlement/adyen.csv',
    adyenReport([
      settled('a', '11.90', '11.70'),
      settled('b', '10.90', '10.70'),
      settled('y', '11.90', '11.70', BEFORE),
      { ...settled('z', '1.00', '1.00'), 'Net Credit (NC)': 'x' },
      paidOut('34.10'),
    ]),
  );
  return made;
}
const reportOf = async (made: ReturnType<typeof world>) => {
  await made.plan();
  await made.drain();
  const report = made.reportOf(DATE);
  if (!report) throw new Error('there is a report');
  return report;
};

test('till, acquirer and ledger meet in the report of the day, over all shards and the days around', async () => {
  const made = world();
  await made.land([paidByCard('a', 'S1'), paidByCard('b', 'S2'), paidByCard('c', 'S3')]);
  await made.land([paidByCard('y', 'S2', BEFORE)], '2026-03-01T12:00:00.000Z');
  made.ledger.set('bank.csv', {
    etag: '1',
    rows: [
      {
        ok: true,
        entry: entry({ account: '110000', amountMinor: 3_410, voucher: 'ChainPOS/42', storeDimension: 'S1' }),
      },
    ],
  });
  const report = await reportOf(made);
  expect(report.settlement?.cards).toEqual([
    expect.objectContaining({
      tillMinor: 3_570,
      settledMinor: 2_380,
      payments: 3,
      settled: 2,
      matchedBy: 'reference',
    }),
  ]);
  expect(report.settlement?.payouts).toEqual([
    expect.objectContaining({
      payoutId: 'ChainPOS/42',
      captureMinor: 3_470,
      feeMinor: 60,
      netMinor: 3_410,
      paidOutMinor: 3_410,
      ledgerMinor: 3_410,
      tillMinor: 3_470,
      notAtTill: 0,
    }),
  ]);
  expect(report.settlement?.rowErrors.map(({ line, column }) => [line, column])).toEqual([
    [5, 'Net Credit (NC)'],
  ]);
  const ofAcquirer = report.exceptions.filter(({ claim }) =>
    ['card', 'payout', 'settlement-row'].includes(claim.kind),
  );
  expect(ofAcquirer.map(({ category, storeId: store, subject }) => [category, store, subject])).toEqual([
    ['card-amount-differs', 'S2', 'b'],
    ['card-not-settled', 'S3', 'card payments'],
  ]);
  expect(report.proof.violations).toEqual([]);
});

test('a report that comes later, changes or goes has its dates reconciled again; without one nothing is compared', async () => {
  const made = world();
  const [text = ''] = made.settlements.values();
  made.settlements.clear();
  await made.land([paidByCard('a', 'S1')]);
  expect((await reportOf(made)).settlement).toBeUndefined();
  made.settlements.set('settlement/one.csv', text);
  expect((await reportOf(made)).settlement?.cards[0]).toMatchObject({ settled: 1 });
  made.settlements.set('settlement/copy.csv', text);
  const copied = await reportOf(made);
  expect(copied.settlement?.payouts).toHaveLength(1);
  expect(copied.settlement?.payouts[0]).toMatchObject({ netMinor: 3_410 });
  made.settlements.clear();
  expect((await reportOf(made)).settlement).toBeUndefined();
});
