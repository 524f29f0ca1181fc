import { businessDate, eventId, type BusinessDate } from '../../shared/ids.ts';
import { currency } from '../../shared/money.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import type { TransactionEvent } from '../../shared/pos/event.ts';
import { OtherDates } from '../../shared/reconciliation/other-dates.ts';
import { WindowDates } from '../../shared/reconciliation/window-dates.ts';
import { DATE, postedEach, PROFILE, sale } from '../support/ledger-fixtures.ts';
import { reconcileDay } from '../support/reconcile-day.ts';

/** What users of other reconciling software have reported, with their amounts, and what is right. */

const NEXT = businessDate('2026-03-03');
const sold = (id: string, net: number, changes: Partial<TransactionEvent> = {}): TransactionEvent =>
  sale(id, net, { eventId: eventId(`tillstream:${id}`), ...changes });
const unnumbered = (one: TransactionEvent, voucher = `V-${one.transactionId}`, on: BusinessDate = DATE) =>
  postedEach(one, { documentNumber: '', voucher, accountingDate: on });
const found = (events: readonly TransactionEvent[], rows: readonly LedgerEntry[], elsewhere?: OtherDates) => {
  const report = reconcileDay(events, rows, { shards: [['S1']], ...(elsewhere && { elsewhere }) });
  expect(report.proof).toMatchObject({ holds: true, violations: [] });
  return report.exceptions.map(({ category, subject }) => `${category} ${subject}`);
};
const others = [7_001, 8_003, 9_007, 9_511].map((net, index) => sold(`F${index}`, net));
const othersPosted = others.flatMap((one) => unnumbered(one));
/** One sale with the amounts that a report has: gross, and its tax. */
const withTax = (id: string, grossMinor: number, taxMinor: number): TransactionEvent =>
  sold(id, grossMinor - taxMinor, {
    totals: { netMinor: grossMinor - taxMinor, taxMinor, grossMinor },
    tenders: [{ type: 'cash', amountMinor: grossMinor }],
  });

test('beancount/beangulp 179: one posting is never the other side of two sales', () => {
  const [one, same] = [sold('A', 12_345), sold('B', 12_345)];
  expect(found([...others, one, same], [...othersPosted, ...unnumbered(one)])).toEqual([
    'missing-in-ledger 1 of 2 equal to A',
  ]);
});

test('Budget 276, firefly-iii 2610, monize 288: two equal sales of one day are two, on either side', () => {
  const [boots, insurance] = [sold('BOOTS', 15_000), sold('INSURANCE', 15_000)];
  const rows = [...unnumbered(boots), ...unnumbered(insurance)];
  expect(found([...others, boots, insurance], [...othersPosted, ...rows])).toEqual([]);
  expect(found([...others, boots], [...othersPosted, ...rows])).toEqual(['duplicate-posting BOOTS']);
});

test('Actual 5627: the same amount day after day is posted for its own day', () => {
  const days = [DATE, NEXT, businessDate('2026-03-04')];
  const daily = days.map((date, index) => sold(`I${index}`, 123, { businessDate: date }));
  const elsewhere = (rows: readonly LedgerEntry[]): OtherDates => {
    const options = { businessDate: DATE, profile: PROFILE, dayEndMsOf: () => 0 };
    const window = new WindowDates(options, new Set(daily.map(({ storeId }) => storeId)));
    for (const event of daily) window.addEvent(event);
    for (const row of rows) window.addEntry(sold('I', 1).storeId, row);
    const dates = new OtherDates(options);
    dates.searchIn(window);
    return dates;
  };
  const own = daily.flatMap((one) => unnumbered(one, `V-${one.transactionId}`, one.businessDate));
  const here = [...others, ...daily.slice(0, 1)];
  const today = own.filter((row) => row.accountingDate === DATE);
  expect(found(here, [...othersPosted, ...today], elsewhere(own))).toEqual([]);
  // Those of the next days do not stand for the one that is missing.
  expect(found(here, othersPosted, elsewhere(own.slice(today.length)))).toEqual(['missing-in-ledger I0']);
});

test('odoo 45735: tax of 21 % in 11.90 and 2.80, by line at the till and by receipt in the ledger', () => {
  const [byLine, byReceipt] = [withTax('P', 1_470, 256), withTax('P', 1_470, 255)];
  expect(
    found([...others, byLine], [...others.flatMap((one) => postedEach(one)), ...postedEach(byReceipt)]),
  ).toEqual(['rounding-differs P']);
});

test('odoo 3314: 77.60, of which the ledger rounds the tax alone to 0.05', () => {
  const [exact, rounded] = [withTax('R', 7_760, 1_242), withTax('R', 7_760, 1_240)];
  const rows = [...others.flatMap((one) => postedEach(one)), ...postedEach(rounded)];
  // One line is off by a cent at most: two cents are no rounding of it, and are said to be tax.
  expect(found([...others, exact], rows)).toEqual(['tax-differs R']);
});

test('runmyaccounts 103: 7,163.69 at the till and 7,163.70 in the ledger', () => {
  const [till, ledger] = [withTax('M', 716_369, 114_379), withTax('M', 716_370, 114_379)];
  const rows = [...others.flatMap((one) => postedEach(one)), ...postedEach(ledger)];
  expect(found([...others, till], rows)).toEqual(['rounding-differs M']);
});

describe('OCA account-reconcile 693: an amount in another currency', () => {
  const CNY = currency('CNY');
  const USD = currency('USD');
  const inCny = sold('C', 21_781_513, { currency: CNY });
  const at = (rate: number, row: LedgerEntry): LedgerEntry => ({
    ...row,
    currency: USD,
    amountMinor: Math.round(row.amountMinor * rate),
  });
  const numbered = others.flatMap((one) => postedEach(one));

  test('259,200.00 CNY at the rate of the day is one currency for another', () => {
    const rows = postedEach(inCny).map((row) => at(0.125989013758, row));
    const report = reconcileDay([...others, inCny], [...numbered, ...rows], { shards: [['S1']] });
    expect(report.exceptions).toMatchObject([
      { category: 'wrong-currency', subject: 'C', amountMinor: 25_920_000, currency: 'CNY' },
    ]);
    expect(report.exceptions[0]?.detail).toContain('converted at about 0.1260');
  });

  test('at two rates it is an amount that differs', () => {
    const [first, ...rest] = postedEach(inCny);
    const rows = [at(0.126225969731, first as LedgerEntry), ...rest.map((row) => at(0.125989013758, row))];
    expect(found([...others, inCny], [...numbered, ...rows])).toEqual(['amount-differs C']);
  });
});
