import { eventId } from '../../shared/ids.ts';
import { EMPTY_SHIFT, postingsOfShiftClose, withOpening, withTaken } from '../../shared/ledger/shift-cash.ts';
import { currency } from '../../shared/money.ts';
import { MAX_AMOUNT_MINOR, type PosEvent, type ShiftEvent } from '../../shared/pos/event.ts';
import { amountsOf } from '../../shared/reconciliation/cell.ts';
import { DayBook } from '../../shared/reconciliation/day-book.ts';
import { DATE, EUR, PROFILE, sale } from '../support/ledger-fixtures.ts';

const CHF = currency('CHF');

function shift(id: string, changes: Partial<ShiftEvent>): ShiftEvent {
  const { schemaVersion, source, storeId, tillId, occurredAt, businessDate, receivedAt, traceparent } = sale(
    '1',
    1,
  );
  return {
    schemaVersion,
    eventId: eventId(`tillstream:${id}`),
    source,
    storeId,
    tillId,
    occurredAt,
    businessDate,
    receivedAt,
    offline: false,
    training: false,
    traceparent,
    version: 1,
    kind: 'shift',
    action: 'closed',
    shiftId: 'SH1',
    currency: EUR,
    ...changes,
  };
}
const opened = shift('open', { action: 'opened', openingFloatMinor: 10_000 });
const counted = (countedMinor: number): Pick<ShiftEvent, 'counts'> => ({
  counts: [{ tender: 'cash', countedMinor }],
});

/** What the counts of the day put on the account of cash over and short, whatever the order of the events. */
function overShort(events: readonly PosEvent[]): Record<string, number> {
  const results = [events, [...events].reverse()].map((inSomeOrder) => {
    const book = new DayBook({ businessDate: DATE, profile: PROFILE, dayEndMsOf: () => 0 });
    for (const event of inSomeOrder) book.add(event);
    const found = book
      .close()
      .flatMap((day) => day.documents)
      .flatMap(({ amounts }) => [...amounts])
      .filter(([key]) => key.startsWith('690200'));
    return found.map(([key, amountMinor]) => [key, Number(amountMinor)] as const);
  });
  expect(results[1]).toEqual(results[0]);
  expect(new Set(results[0]?.map(([key]) => key)).size).toBe(results[0]?.length);
  return Object.fromEntries(results[0] ?? []);
}

test('a drawer that holds two currencies is counted in each', () => {
  const inFrancs = sale('F1', 2_000, { currency: CHF });
  const sold = sale('E1', 1_000);
  const close = shift('close', counted(10_000 + 1_190 - 50));
  expect(overShort([opened, sold, inFrancs, close])).toEqual({ '690200 EUR': 50 });
});

test('a shift that is counted again is short once, by its newest count', () => {
  const first = shift('close', counted(9_000));
  const again = shift('close-2', { ...counted(9_900), version: 2 });
  const later = shift('close-3', { occurredAt: '2026-03-02T11:00:00.000Z' });
  expect(overShort([opened, first, again, later])).toEqual({ '690200 EUR': 100 });
});

test('without the opening or the figure of the till no cash can be expected', () => {
  const close = shift('close', counted(15_000));
  expect(overShort([sale('E1', 1_000), close])).toEqual({});
  const training = { ...opened, training: true };
  expect(overShort([training, close])).toEqual({});
});

test('of one event that came twice the first counts', () => {
  const first = shift('close', counted(9_000));
  const other = { ...first, ...counted(1), receivedAt: '2026-03-02T10:00:02.000Z' };
  expect(overShort([opened, first, other])).toEqual({ '690200 EUR': 1_000 });
});

test('a shift that was opened on another date is compared with nothing but the figure of the till, whatever the tender', () => {
  const close = shift('close', {
    openingFloatMinor: 10_000,
    counts: [
      { tender: 'cash', countedMinor: 60_000 },
      { tender: 'card', countedMinor: 50_000 },
      { tender: 'voucher', countedMinor: 2_000, tillExpectedMinor: 2_010 },
    ],
  });
  const cardSale = sale('E1', 1_000, { tender: 'card' });
  expect(overShort([cardSale, close])).toEqual({ '690200 EUR': 10 });
  expect(overShort([opened, cardSale, close])).toEqual({ '690200 EUR': -(50_000 + 48_810) + 10 });
});

test('an opening that names no float leaves it to the closing', () => {
  const { openingFloatMinor: _float, ...silent } = opened;
  const close = shift('close', { ...counted(9_000), openingFloatMinor: 10_000 });
  expect(overShort([silent, close])).toEqual({ '690200 EUR': 1_000 });
  expect(overShort([opened, { ...close, openingFloatMinor: 1 }])).toEqual({ '690200 EUR': 1_000 });
});

test('of two counts of one version and time the same one counts, in whichever order they come', () => {
  const first = shift('close-a', counted(9_000));
  const second = shift('close-b', counted(9_500));
  expect(overShort([opened, first, second])).toEqual({ '690200 EUR': 1_000 });
});

test('a shift of 200,000 sales at the limit of an amount is counted to the unit', () => {
  let taken = withOpening(EMPTY_SHIFT, opened);
  for (let index = 0; index < 200_000; index += 1) taken = withTaken(taken, 'cash', MAX_AMOUNT_MINOR);
  const postings = postingsOfShiftClose(shift('close', counted(5)), taken, PROFILE);
  const shortMinor = 200_000n * BigInt(MAX_AMOUNT_MINOR) + 10_000n - 5n;
  expect(shortMinor).toBeGreaterThan(BigInt(Number.MAX_SAFE_INTEGER));
  expect(new Map(amountsOf(postings, EUR))).toEqual(
    new Map([
      ['110100 EUR', -shortMinor],
      ['690200 EUR', shortMinor],
    ]),
  );
});
