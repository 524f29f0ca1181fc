import { eventId, storeId, tillId } from '../../shared/ids.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import type { ShiftEvent } from '../../shared/pos/event.ts';
import { entry, EUR, postedInSum, sale } from '../support/ledger-fixtures.ts';
import { reconcileDay } from '../support/reconcile-day.ts';

/**
 * Dynamics 365 Commerce posts a store's day in two ways: one statement at the end of the day, or, with trickle feed,
 * transactional statements all day and a financial statement with over/short at night. Both are one business date.
 */
const shards = [['S1']];
const sales = [0, 1, 2, 3, 4, 5].map((index) =>
  sale(`X${index}`, 1_000 + 100 * (index % 3), {
    storeId: storeId('S1'),
    tillId: tillId('T1'),
    shiftId: 'SH1',
    eventId: eventId(`tillstream:${index}`),
  }),
);
const { schemaVersion, source, occurredAt, businessDate, receivedAt, traceparent } = sale('0', 1);
const closing: ShiftEvent = {
  schemaVersion,
  source,
  occurredAt,
  businessDate,
  receivedAt,
  traceparent,
  eventId: eventId('tillstream:close'),
  storeId: storeId('S1'),
  tillId: tillId('T1'),
  offline: false,
  training: false,
  version: 1,
  kind: 'shift',
  action: 'closed',
  shiftId: 'SH1',
  currency: EUR,
  counts: [{ tender: 'cash', countedMinor: 9_950, tillExpectedMinor: 10_000 }],
};
const overShort = (voucher: string): LedgerEntry[] => [
  entry({ account: '110100', amountMinor: -50, voucher }),
  entry({ account: '690200', amountMinor: 50, voucher }),
];
const found = (entries: readonly LedgerEntry[]) =>
  reconcileDay([...sales, closing], entries, { shards }).exceptions.map(
    ({ category, subject, amountMinor }) => [category, subject, amountMinor],
  );

const FEEDS: [string, () => LedgerEntry[], () => LedgerEntry[]][] = [
  [
    'trickle feed: sales in the day, over/short at night',
    () => [
      ...postedInSum(sales.slice(0, 2), { voucher: 'TRX-1' }),
      ...postedInSum(sales.slice(2, 5), { voucher: 'TRX-2' }),
      ...postedInSum(sales.slice(5), { voucher: 'TRX-3' }),
    ],
    () => overShort('FIN-1'),
  ],
  [
    'a classic statement with both in one voucher',
    () => postedInSum(sales, { voucher: 'STMT-1' }),
    () => overShort('STMT-1'),
  ],
];

test.each(FEEDS)('%s: what is whole leaves nothing', (_feed, sold, night) => {
  expect(found([...sold(), ...night()])).toEqual([]);
});

test.each(FEEDS)('%s: before the night the count alone is open, and it is named', (_feed, sold) => {
  expect(found(sold())).toEqual([['missing-in-ledger', 'tillstream:close', 50]]);
});

test.each(FEEDS)(
  '%s: a sale that the day lacks is found though the night is posted',
  (_feed, sold, night) => {
    const others = sales.slice(0, 5);
    const entries = sold().every(({ voucher }) => voucher === 'STMT-1')
      ? postedInSum(others, { voucher: 'STMT-1' })
      : sold().filter(({ voucher }) => voucher !== 'TRX-3');
    const [missing] = found([...entries, ...night()]);
    expect(missing?.[2]).toBe(1_428);
  },
);
