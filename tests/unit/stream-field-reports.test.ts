/**
 * Situations from public bug reports of people who run tills and event hubs, rebuilt here with their amounts; the report
 * is named with each.
 */
import { tillId } from '../../shared/ids.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { foldStock, newStockBook } from '../../shared/stock/stock-fold.ts';
import { newTillBook } from '../../shared/tills/till-book.ts';
import { foldTills } from '../../shared/tills/till-fold.ts';
import {
  atHour,
  BERLIN,
  closedOf,
  openedOf,
  positioned,
  PRODUCTS,
  stockOf,
  transactionOf,
} from '../support/stream-events.ts';

function fold(events: readonly PosEvent[]) {
  const [stock, tills] = [newStockBook(), newTillBook()];
  const alerts = positioned(events).flatMap((one) => {
    if (stock.admit(one) === 'new') foldStock(stock, one.event, { store: BERLIN, products: PRODUCTS });
    return tills.admit(one) === 'new' ? foldTills(tills, one.event) : [];
  });
  return {
    titles: alerts.map(({ title }) => title),
    onHand: stock.records.get('P1')?.onHandMilli,
    tally: tills.tally,
  };
}
const cash = (hour: number, priceMinor: number, more = {}) =>
  transactionOf(atHour(hour), [{ priceMinor }], more);
const session = (id: string, till = 'T1') => ({ shiftId: id, tillId: tillId(till) });

test('odoo/odoo#243775: the next session starts from what was put in, not from what was counted before', () => {
  const [first, second] = [session('1'), session('2')];
  const { titles } = fold([
    openedOf(atHour(0), 10_000, first),
    cash(1, 7_000, first),
    closedOf(atHour(2), 17_000, first),
    openedOf(atHour(3), 10_000, second),
    closedOf(atHour(4), 10_000, second),
  ]);
  expect(titles).toEqual([]);
});

test('odoo/odoo#108694: two sessions with a float of nothing each account for their own sales', () => {
  const [first, second] = [session('1'), session('2')];
  const { titles } = fold([
    openedOf(atHour(0), 0, first),
    cash(1, 50_000, first),
    closedOf(atHour(2), 50_000, first),
    openedOf(atHour(3), 0, second),
    cash(4, 50_000, second),
    cash(5, 50_000, second),
    closedOf(atHour(6), 100_000, second),
  ]);
  expect(titles).toEqual([]);
});

test('odoo/odoo#58915: a drawer that is short by 100.00 stays so', () => {
  const { titles } = fold([
    openedOf(atHour(0), 5_000),
    cash(1, 10_000),
    closedOf(atHour(2), 5_000),
    cash(3, 10, { tenders: [{ type: 'card', amountMinor: 10 }] }),
  ]);
  expect(titles).toEqual(['Cash short by 100.00 EUR at till T1 in S1']);
});

test('odoo/odoo#78619: closing one till leaves the other as it is', () => {
  const [one, two] = [session('1', 'POS1'), session('1', 'POS2')];
  const { titles } = fold([
    openedOf(atHour(0), 10_000, one),
    openedOf(atHour(0), 10_000, two),
    cash(1, 1_000, one),
    cash(1, 2_000, two),
    closedOf(atHour(2), 11_000, one),
    closedOf(atHour(3), 12_000, two),
  ]);
  expect(titles).toEqual([]);
});

test('odoo/odoo#175622: an exchange paid by bank makes no difference in cash', () => {
  const exchange = transactionOf(
    atHour(1),
    [
      { milli: 1_000, priceMinor: 15_000 },
      { milli: -1_000, priceMinor: 25_000, type: 'sale' },
    ],
    { tenders: [{ type: 'card', amountMinor: -10_000 }] },
  );
  const { titles } = fold([openedOf(atHour(0), 10_000), exchange, closedOf(atHour(2), 10_000)]);
  expect(titles).toEqual([]);
});

test('odoo/odoo#16781 and #71455: two browsers on one till give two sales one reference; neither is lost in silence', () => {
  const reference = { transactionId: '00591-006-0018' };
  const { tally } = fold([
    transactionOf(atHour(1), [{ product: 'P1', priceMinor: 900 }], reference),
    transactionOf(atHour(1.03), [{ product: 'P2', priceMinor: 1_400 }], reference),
  ]);
  expect(tally).toMatchObject({ folded: 1, conflicts: 1, duplicates: 0 });
});

test('odoo/odoo#40600: a till that lost the answer sends the order again under a new id; it counts once', () => {
  const order = cash(1, 900, { transactionId: '00591-006-0019' });
  const again = { ...order, eventId: `${order.eventId}-again` as never };
  expect(fold([order, again]).tally).toMatchObject({ folded: 1, duplicates: 1, conflicts: 0 });
});

test('odoo/odoo#172037: numbers that begin again when the session is loaded again leave no gap', () => {
  const numbered = (hour: number, sequenceNumber: number) =>
    cash(hour, 100, { sequenceNumber, sequenceScope: 'session 5' });
  const { titles } = fold([1, 2, 3, 7, 8].map((number, at) => numbered(1 + at / 100, number)).slice(0, 3));
  expect(titles).toEqual([]);
  expect(
    fold([numbered(1, 501), numbered(2, 502), numbered(3, 1), numbered(4, 2), numbered(5, 3)]).titles,
  ).toEqual([]);
});

test('opensourcepos/opensourcepos#186: goods that come back raise the stock', () => {
  const back = transactionOf(atHour(1), [{ milli: -2_000 }], { returnOf: { receiptNumber: 'POS 2' } });
  expect(fold([stockOf(atHour(0), 'count', 5_000), back]).onHand).toBe(7_000);
});

test('Azure/azure-sdk-for-net#53741: a recreated hub with more partitions gives the store another one; everything counts', () => {
  const book = newTillBook();
  const events = Array.from({ length: 6 }, (_, index) => cash(1 + index, 100));
  const old = positioned(events.slice(0, 3), '0', 5_000);
  const recreated = positioned(events.slice(3), '2', 0);
  expect([...old, ...recreated].map((one) => book.admit(one))).toEqual(
    Array.from({ length: 6 }, () => 'new'),
  );
});
