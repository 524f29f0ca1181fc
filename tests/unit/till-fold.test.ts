import type { PosEvent } from '../../shared/pos/event.ts';
import { currency } from '../../shared/money.ts';
import { DAY_MS } from '../../shared/time.ts';
import { DEFAULT_LIMITS } from '../../shared/alerts/limits.ts';
import { noSaleOpenings } from '../../shared/tills/rules/no-sale-openings.ts';
import {
  allowedDifferenceMinor,
  cashDifferenceMinor,
  cashOverShort,
} from '../../shared/tills/rules/cash-over-short.ts';
import { viewOf } from '../../shared/tills/shift-view.ts';
import { newTillBook, shiftsIn, type TillBook } from '../../shared/tills/till-book.ts';
import { foldTills } from '../../shared/tills/till-fold.ts';
import { atHour, closedOf, drawerOf, openedOf, positioned, transactionOf } from '../support/stream-events.ts';

function folded(events: readonly PosEvent[], book: TillBook = newTillBook()) {
  const from = (book.marks.get('0') ?? -1) + 1;
  const alerts = positioned(events, '0', from).flatMap((event) =>
    book.admit(event) === 'new' ? foldTills(book, event.event) : [],
  );
  const [shift] = shiftsIn(book.records.values());
  const [key = ''] = book.records.keys();
  const view = shift && viewOf(book, key, shift);
  return { book, alerts, shift, sums: shift?.sums, view };
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const refund = (hour: number, more = {}) =>
  transactionOf(atHour(hour), [{ milli: -1_000, priceMinor: 500 }], more);

test('openings without a sale are counted per shift, and one alert is raised beyond the limit', () => {
  const limit = DEFAULT_LIMITS.of(noSaleOpenings, { storeId: 'S1' }).perShift;
  expect(folded(times(limit, (index) => drawerOf(atHour(1 + index / 10), 'noSale'))).alerts).toEqual([]);
  const { alerts } = folded(times(limit + 3, (index) => drawerOf(atHour(1 + index / 10), 'noSale')));
  expect(alerts).toHaveLength(1);
  expect(alerts[0]).toMatchObject({
    kind: 'no-sale-openings',
    tillId: 'T1',
    operatorId: 'O1',
    severity: 'warning',
  });
  expect(alerts[0]?.evidence).toHaveLength(limit + 1);
  const perShift = times(limit + 1, (index) => drawerOf(atHour(1), 'noSale', 0, { shiftId: `SH${index}` }));
  expect(folded(perShift).alerts).toEqual([]);
});

test('refunds that name no sale are counted, those with a receipt are not', () => {
  const withReceipt = times(9, () => refund(1, { returnOf: { receiptNumber: '4711' } }));
  expect(folded(withReceipt).alerts).toEqual([]);
  const { alerts, sums } = folded(times(3, (index) => refund(1 + index, { returnOf: { operatorId: 'O2' } })));
  expect(alerts).toHaveLength(1);
  expect(alerts[0]).toMatchObject({ kind: 'refund-without-receipt' });
  expect(alerts[0]?.evidence.map(({ transactionId }) => transactionId)).toHaveLength(3);
  expect(sums).toMatchObject({ refundsWithoutReceipt: 3, refundsWithoutReceiptMinor: 1_500 });
});

test('a refund that is voided after tender, or was practice, does not count', () => {
  const wrong = refund(1);
  const events = [
    wrong,
    refund(2),
    { ...refund(3, { status: 'voided', transactionId: wrong.transactionId }) },
    refund(4, { training: true }),
    refund(5),
  ];
  const { alerts, shift, sums } = folded(events);
  expect(alerts.map(({ kind }) => kind)).toEqual(['post-void']);
  expect(sums).toMatchObject({ refundsWithoutReceipt: 2, transactions: 2, cashMinor: -1_000 });
  expect(shift?.evidence['refund-without-receipt']).toHaveLength(2);
});

test('expected cash is float, sales less change and refunds, paid in, paid out and drops', () => {
  const { view, alerts } = folded([
    openedOf(atHour(0), 10_000),
    transactionOf(atHour(1), [{ priceMinor: 1_850 }], {
      tenders: [{ type: 'cash', amountMinor: 2_000, changeMinor: 150 }],
    }),
    transactionOf(atHour(1), [{ priceMinor: 5_000 }], { tenders: [{ type: 'card', amountMinor: 5_000 }] }),
    refund(2, { returnOf: { transactionId: 'x' }, tenders: [{ type: 'cash', amountMinor: -500 }] }),
    drawerOf(atHour(3), 'paidIn', 2_000),
    drawerOf(atHour(3), 'paidOut', 700),
    drawerOf(atHour(3), 'float', 1_000),
    drawerOf(atHour(3), 'drop', 4_000),
    closedOf(atHour(9), 10_000 + 1_850 - 500 + 2_000 - 700 + 1_000 - 4_000),
  ]);
  expect(view && cashDifferenceMinor(view)).toBe(0);
  expect(alerts).toEqual([]);
});

test.each([
  [-500, 0, undefined],
  [-501, 1, 'warning'],
  [501, 1, 'warning'],
  [-2_500, 1, 'critical'],
])('a difference of %d raises %d', (difference, count, severity) => {
  const { alerts } = folded([openedOf(atHour(0), 10_000), closedOf(atHour(9), 10_000 + difference)]);
  expect(alerts).toHaveLength(count);
  expect(alerts[0]?.severity).toBe(severity);
  if (count > 0) expect(alerts[0]?.title).toMatch(difference < 0 ? /^Cash short by/ : /^Cash over by/);
});

test('an offline sale after the close settles the difference, and a worse one raises another alert', () => {
  const open = [openedOf(atHour(0), 10_000), closedOf(atHour(9), 12_000)];
  const { book, alerts } = folded(open);
  const late = transactionOf(atHour(2), [{ priceMinor: 2_000 }], { offline: true });
  const settled = folded([late], book).alerts;
  const postVoid = transactionOf(atHour(2), [], { transactionId: late.transactionId, status: 'voided' });
  const again = folded([postVoid], book).alerts.filter(({ kind }) => kind === 'cash-over-short');
  expect([alerts, settled, again].map((raised) => raised.map(({ severity }) => severity))).toEqual([
    ['warning'],
    ['info'],
    ['warning'],
  ]);
  expect(settled[0]?.title).toMatch(/^Cash difference settled/);
  expect(new Set([alerts, settled, again].flat().map(({ alertId }) => alertId)).size).toBe(3);
});

test('an opening that comes after the close is waited for; without one the till knows best', () => {
  const closed = closedOf(atHour(9), 9_000);
  const { book, alerts } = folded([closed]);
  expect(alerts).toEqual([]);
  expect(folded([openedOf(atHour(0), 10_000)], book).alerts).toHaveLength(1);
  const counts = [{ tender: 'cash' as const, countedMinor: 9_000, tillExpectedMinor: 10_000 }];
  expect(folded([closedOf(atHour(9), 0, { counts })]).alerts).toHaveLength(1);
});

test('a corrected count of a higher version stands, whichever comes first', () => {
  const wrong = closedOf(atHour(9), 4_000);
  const right = closedOf(atHour(8), 10_000, { version: 2 });
  for (const order of [
    [wrong, right],
    [right, wrong],
  ]) {
    const { view } = folded([openedOf(atHour(0), 10_000), ...order]);
    expect(view && cashDifferenceMinor(view)).toBe(0);
  }
});

test('a version that moves a sale to another shift takes it out of the first', () => {
  const sale = transactionOf(atHour(1), [{ priceMinor: 900 }]);
  const moved = transactionOf(atHour(1), [{ priceMinor: 900 }], {
    transactionId: sale.transactionId,
    shiftId: 'SH2',
    version: 2,
  });
  const { book } = folded([sale, moved]);
  expect(
    shiftsIn(book.records.values()).map(({ shiftId, sums }) => [shiftId, sums['cashMinor'] ?? 0]),
  ).toEqual([
    ['SH1', 0],
    ['SH2', 900],
  ]);
});

test('old shifts are forgotten when a new one begins', () => {
  const { book } = folded([openedOf(atHour(0)), openedOf(atHour(0) + 10 * DAY_MS, 0, { shiftId: 'SH2' })]);
  expect(shiftsIn(book.records.values()).map(({ shiftId }) => shiftId)).toEqual(['SH2']);
});

test('the allowed difference follows the currency', () => {
  expect(allowedDifferenceMinor(DEFAULT_LIMITS.of(cashOverShort, { storeId: 'S1' }), currency('EUR'))).toBe(
    500,
  );
  expect(allowedDifferenceMinor(DEFAULT_LIMITS.of(cashOverShort, { storeId: 'S1' }), currency('CZK'))).toBe(
    10_000,
  );
});
