/** The limits of rules from both sides: each test fails when its limit is another, or is applied in another order. */
import { newPosition } from '../../shared/stock/position.ts';
import { isReplenished, isStockoutImminent } from '../../shared/stock/rules/stockout-imminent.ts';
import { newTillBook, type TillBook } from '../../shared/tills/till-book.ts';
import { foldTills } from '../../shared/tills/till-fold.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import { atHour, closedOf, drawerOf, openedOf, positioned } from '../support/stream-events.ts';

function fold(events: readonly PosEvent[], book: TillBook = newTillBook()) {
  const from = (book.marks.get('0') ?? -1) + 1;
  const alerts = positioned(events, '0', from).flatMap((at) =>
    book.admit(at) === 'new' ? foldTills(book, at.event) : [],
  );
  return { book, titles: alerts.map(({ title }) => title.replace(/ at till.*/, '')) };
}

test('a cash difference is said again at twice the one that was said, and not before', () => {
  const { book, titles } = fold([openedOf(atHour(0), 10_000), closedOf(atHour(9), 9_000)]);
  expect(titles).toEqual(['Cash short by 10.00 EUR']);
  expect(fold([drawerOf(atHour(1), 'paidIn', 999)], book).titles).toEqual([]);
  expect(fold([drawerOf(atHour(1), 'paidIn', 1)], book).titles).toEqual(['Cash short by 20.00 EUR']);
  expect(fold([drawerOf(atHour(1), 'paidIn', 1_999)], book).titles).toEqual([]);
  expect(fold([drawerOf(atHour(1), 'paidOut', 4_999)], book).titles).toEqual(['Cash over by 10.00 EUR']);
});

test('to the counters the events come first and the figure of the till second', () => {
  const counts = [{ tender: 'cash' as const, countedMinor: 10_000, tillExpectedMinor: 20_000 }];
  expect(fold([openedOf(atHour(0), 10_000), closedOf(atHour(9), 0, { counts })]).titles).toEqual([]);
  expect(fold([closedOf(atHour(9), 0, { counts })]).titles).toEqual(['Cash short by 100.00 EUR']);
});

test.each([
  [10_000, true, false],
  [10_001, false, false],
  [15_000, false, false],
  [15_001, false, true],
  [0, true, false],
])(
  '%d to spare against a demand of 10,000: imminent %s, replenished %s',
  (spareMilli, imminent, replenished) => {
    const position = {
      ...newPosition(0),
      known: true,
      soldMilli: [1, 0, 0, 0] as [number, number, number, number],
    };
    const found = { rateMilli: 1, leadTimeDemandMilli: 10_000, spareMilli };
    expect(isStockoutImminent(position, found)).toBe(imminent);
    expect(isReplenished(found)).toBe(replenished);
  },
);

test('where nothing is likely to be sold, an empty shelf is not replenished', () => {
  expect(isReplenished({ rateMilli: 0, leadTimeDemandMilli: 0, spareMilli: 0 })).toBe(false);
});
