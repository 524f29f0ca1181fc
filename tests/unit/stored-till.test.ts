import { businessDate, eventId, tillId } from '../../shared/ids.ts';
import { currency } from '../../shared/money.ts';
import { newShift, type Shift } from '../../shared/tills/shift.ts';
import { recordOfStored, storedRecord } from '../../shared/tills/stored-till.ts';
import { atHour } from '../support/stream-events.ts';

const evidence = { eventId: eventId('tillstream:e1'), occurredAt: '2026-03-02T09:00:00.000Z' };
const bare: Shift = newShift(
  {
    tillId: tillId('T1'),
    shiftId: 'SH1',
    businessDate: businessDate('2026-03-02'),
    currency: currency('EUR'),
  },
  atHour(0),
);
const through = (shift: Shift): unknown => recordOfStored(JSON.parse(JSON.stringify(storedRecord(shift))));

test.each<[string, Shift]>([
  ['that is new', bare],
  ['that was opened', { ...bare, openings: 1, opening: { version: 1, atMs: atHour(0), floatMinor: 10_000 } }],
  [
    'that was closed',
    {
      ...bare,
      closing: { version: 1, atMs: atHour(8), countedMinor: 9_000, tillExpectedMinor: 9_100, evidence },
    },
  ],
  [
    'about which everything was said',
    {
      ...bare,
      sums: { cashMinor: 700, transactions: 3, aSumOfLater: -5 },
      evidence: { 'no-sale-openings': [evidence], 'a-rule-of-later': [evidence] },
      said: { 'cash-over-short': { value: -900, revision: 2 }, 'a-rule-of-later': { value: 7, revision: 3 } },
      otherDates: [businessDate('2026-03-03')],
    },
  ],
])('a shift %s comes back from storage as it was', (_what, shift) => {
  expect(through(shift)).toEqual({ ...shift, opening: shift.opening, closing: shift.closing });
});

test('what a later event adds is stored as it would be after a restart, to the letter: a replay must be equal', () => {
  const closed = { ...bare, closing: { version: 1, atMs: atHour(8), evidence, countedMinor: 9_000 } };
  const shift: Shift = { ...closed, zReport: { version: 1, atMs: atHour(8), receipts: 3, grossMinor: 900 } };
  shift.opening = { version: 1, atMs: atHour(0), floatMinor: 10_000 };
  expect(JSON.stringify(storedRecord(through(shift) as Shift))).toBe(JSON.stringify(storedRecord(shift)));
});
