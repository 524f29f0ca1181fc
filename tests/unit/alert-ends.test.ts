import { foldTills } from '../../shared/tills/till-fold.ts';
import { newTillBook } from '../../shared/tills/till-book.ts';
import { atHour, closedOf, openedOf, transactionOf } from '../support/stream-events.ts';

test('an alert that is said again ends the one before, and one that settles it says that nothing is left', () => {
  const book = newTillBook();
  const events = [
    openedOf(atHour(0), 10_000),
    closedOf(atHour(9), 8_000),
    // Sales of a till that was offline: first the difference grows, then it is explained.
    transactionOf(atHour(2), [{ milli: 1_000, priceMinor: 5_000 }], {}),
    transactionOf(atHour(3), [{ milli: -1_000, priceMinor: 7_000 }], {}),
  ];
  const alerts = events
    .flatMap((event) => foldTills(book, event))
    .filter(({ kind }) => kind === 'cash-over-short');
  const [short, worse, settled] = alerts;
  expect(alerts).toHaveLength(3);
  expect(short).not.toHaveProperty('resolves');
  expect(worse).toMatchObject({ format: 2, resolves: [short?.alertId] });
  expect(worse).not.toHaveProperty('recovered');
  expect(settled).toMatchObject({ severity: 'info', resolves: [worse?.alertId], recovered: true });
});
