import fc from 'fast-check';
import { businessDate, tillId } from '../../shared/ids.ts';
import type { PosEvent, ShiftEvent, TransactionEvent } from '../../shared/pos/event.ts';
import { DAY_MS } from '../../shared/time.ts';
import { cashDifferenceMinor } from '../../shared/tills/rules/cash-over-short.ts';
import { gapsOf, missingIn } from '../../shared/tills/sequence-run.ts';
import { keyOf, viewOf } from '../../shared/tills/shift-view.ts';
import { newTillBook, shiftsIn, type TillBook } from '../../shared/tills/till-book.ts';
import { foldTills } from '../../shared/tills/till-fold.ts';
import { atHour, closedOf, drawerOf, openedOf, positioned, transactionOf } from '../support/stream-events.ts';

function fold(events: readonly PosEvent[], book: TillBook = newTillBook()) {
  const from = (book.marks.get('0') ?? -1) + 1;
  const alerts = positioned(events, '0', from).flatMap((at) =>
    book.admit(at) === 'new' ? foldTills(book, at.event) : [],
  );
  return { book, alerts, kinds: alerts.map(({ kind, severity }) => `${kind} ${severity}`) };
}

/** Counted less expected cash of every shift that was counted, by the date of its count. */
const differences = (book: TillBook) =>
  shiftsIn(book.records.values())
    .filter(({ closing }) => closing)
    .map(
      (shift) => [shift.businessDate, cashDifferenceMinor(viewOf(book, keyOf(book, shift), shift))] as const,
    )
    .sort(([one], [other]) => (one < other ? -1 : 1));

const on = (date: string) => ({ businessDate: businessDate(date) });
const sale = (hour: number, priceMinor: number, more: Partial<TransactionEvent> = {}) =>
  transactionOf(atHour(hour), [{ priceMinor }], more);

/** A day of one till that calls its shifts 1 and 2, every day again. */
function day(date: number): PosEvent[] {
  const from = 24 * date;
  const shift = (shiftId: string, hour: number, soldMinor: number): PosEvent[] => [
    openedOf(atHour(from + hour), 10_000, { shiftId }),
    sale(from + hour + 1, soldMinor, { shiftId }),
    drawerOf(atHour(from + hour + 2), 'drop', 3_000, { shiftId }),
    closedOf(atHour(from + hour + 3), 10_000 + soldMinor - 3_000, { shiftId }),
  ];
  return [...shift('1', 0, 5_000 + date), ...shift('2', 5, 8_000)];
}

describe('a till that uses its shift ids again every day', () => {
  test('raises no cash alert while its cash is right', () => {
    const { book, alerts } = fold([...day(0), ...day(1), ...day(2)]);
    expect(alerts).toEqual([]);
    expect(differences(book).map(([, difference]) => difference)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('is still raised on the day on which cash is missing', () => {
    const short = day(1).map((event) =>
      event.kind === 'shift' && event.action === 'closed' && event.shiftId === '1'
        ? { ...event, counts: [{ tender: 'cash' as const, countedMinor: 11_000 }] }
        : event,
    );
    const { alerts } = fold([...day(0), ...short, ...day(2)]);
    expect(alerts.map(({ kind, businessDate: date }) => [kind, date])).toEqual([
      ['cash-over-short', '2026-03-03'],
    ]);
    expect(alerts[0]?.title).toContain('Cash short by 10.01 EUR');
  });

  test('has its limits per day: openings without a sale of two days are not one habit', () => {
    const openings = (hour: number) =>
      Array.from({ length: 4 }, (_, index) =>
        drawerOf(atHour(hour + index / 10), 'noSale', 0, { shiftId: '1' }),
      );
    expect(fold([...openings(1), ...openings(25)]).alerts).toEqual([]);
  });
});

describe('a shift over midnight', () => {
  const night: PosEvent[] = [
    openedOf(atHour(13), 10_000, { shiftId: 'N', ...on('2026-03-02') }),
    sale(14, 4_000, { shiftId: 'N', ...on('2026-03-02') }),
    sale(16, 2_500, { shiftId: 'N', ...on('2026-03-03') }),
    drawerOf(atHour(17), 'paidOut', 500, { shiftId: 'N', ...on('2026-03-03') }),
    closedOf(atHour(21), 16_000, { shiftId: 'N', ...on('2026-03-03') }),
  ];

  test('is one shift, in whatever order its events come', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(night, { minLength: night.length }), (order) => {
        expect(differences(fold(order).book)).toEqual([['2026-03-03', 0]]);
      }),
    );
  });

  test('and the same id in the next night is another one', () => {
    const next = night.map((event) => ({
      ...transplanted(event, DAY_MS),
      businessDate: businessDate(event.businessDate === '2026-03-02' ? '2026-03-03' : '2026-03-04'),
    }));
    const withoutClash = next.map((event) => ({ ...event, businessDate: addDay(event.businessDate) }));
    expect(differences(fold([...night, ...(withoutClash as PosEvent[])]).book)).toEqual([
      ['2026-03-03', 0],
      ['2026-03-05', 0],
    ]);
  });
});

const addDay = (date: string) => businessDate(new Date(Date.parse(date) + DAY_MS).toISOString().slice(0, 10));
let copies = 0;
function transplanted<E extends PosEvent>(event: E, byMs: number): E {
  copies += 1;
  const moved = (instant: string): string => new Date(Date.parse(instant) + byMs).toISOString();
  return {
    ...event,
    eventId: `${event.eventId}-${copies}` as never,
    ...(event.kind === 'transaction' ? { transactionId: `${event.transactionId}-${copies}` } : {}),
    occurredAt: moved(event.occurredAt),
    receivedAt: moved(event.receivedAt),
  };
}

describe('sales that name no shift', () => {
  const unnamed = { shiftId: undefined as never };

  test("join the till's open shift, and it is said once", () => {
    const sales = Array.from({ length: 600 }, (_, index) => sale(1 + index / 100, 1_000, unnamed));
    const { kinds, book } = fold([openedOf(atHour(0), 10_000), ...sales, closedOf(atHour(9), 610_000)]);
    expect(kinds).toEqual(['shift-unclear info']);
    expect(differences(book)).toEqual([['2026-03-02', 0]]);
  });

  test('are counted in the shift that was open when they happened, in whatever order all of it comes', () => {
    const shifts: ShiftEvent[] = [
      openedOf(atHour(0), 10_000, { shiftId: 'early' }),
      closedOf(atHour(4), 13_000, { shiftId: 'early' }),
      openedOf(atHour(5), 20_000, { shiftId: 'late' }),
      closedOf(atHour(9), 24_500, { shiftId: 'late' }),
    ];
    const events: PosEvent[] = [
      ...shifts,
      sale(1, 1_000, unnamed),
      sale(2, 2_500, unnamed),
      drawerOf(atHour(3), 'paidOut', 500, unnamed),
      sale(6, 4_500, unnamed),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (order) => {
        const { book } = fold(order);
        const early = differences(book);
        expect(early).toEqual([
          ['2026-03-02', 0],
          ['2026-03-02', 0],
        ]);
      }),
      { numRuns: 200 },
    );
  });

  test("count for the business date where the till names no shift at all, and never for another till's", () => {
    const other = { ...unnamed, tillId: tillId('T2') };
    const { book, kinds } = fold([
      openedOf(atHour(0), 10_000),
      sale(1, 700, other),
      closedOf(atHour(9), 10_000),
    ]);
    expect(kinds).toEqual([]);
    expect(differences(book)).toEqual([['2026-03-02', 0]]);
  });
});

test('one id for two shifts of a day: no cash is guessed, and it is said', () => {
  const events = [
    openedOf(atHour(0), 10_000, { shiftId: '1' }),
    sale(1, 2_000, { shiftId: '1' }),
    closedOf(atHour(2), 12_000, { shiftId: '1' }),
    openedOf(atHour(3), 10_000, { shiftId: '1' }),
    sale(4, 3_000, { shiftId: '1' }),
    closedOf(atHour(5), 13_000, { shiftId: '1' }),
  ];
  expect(fold(events).kinds).toEqual(['shift-unclear info']);
});

describe('running numbers', () => {
  const numbered = (hour: number, sequenceNumber: number, more: Partial<TransactionEvent> = {}) =>
    sale(hour, 100, { sequenceNumber, sequenceScope: 'B1', ...more });

  test('a missing number is reported by name once the till has continued for a while', () => {
    const { alerts, kinds } = fold([numbered(1, 1), numbered(1.1, 2), numbered(1.2, 4), numbered(1.3, 5)]);
    expect(kinds).toEqual([]);
    const { book } = fold([numbered(1, 1), numbered(1.1, 2), numbered(1.2, 4), numbered(1.3, 7)]);
    const later = fold([numbered(1.5, 8)], book);
    expect([...alerts, ...later.alerts]).toMatchObject([
      {
        kind: 'sequence-gap',
        severity: 'warning',
        tillId: 'T1',
        title: expect.stringMatching(/^1 number is missing/) as unknown,
      },
    ]);
    const more = fold([numbered(2, 9)], book).alerts;
    expect(more).toMatchObject([
      { kind: 'sequence-gap', detail: expect.stringContaining('B1 3, 5 to 6 are missing') as unknown },
    ]);
  });

  test('a late fill withdraws it, and out of order is nothing to say', () => {
    const { book, kinds } = fold([numbered(1, 1), numbered(2, 3), numbered(3, 4)]);
    expect(kinds).toEqual(['sequence-gap warning']);
    expect(fold([numbered(1.5, 2, { offline: true })], book).kinds).toEqual(['sequence-gap info']);
    expect(fold([numbered(1, 1), numbered(1.02, 3), numbered(1.01, 2), numbered(3, 4)]).kinds).toEqual([]);
  });

  test('closing a shift tells at once', () => {
    const { kinds } = fold([
      openedOf(atHour(0)),
      numbered(1, 1),
      numbered(1.1, 3),
      closedOf(atHour(1.15), 10_200),
    ]);
    expect(kinds).toContain('sequence-gap warning');
  });

  test('every kind of event uses up its number, and each till and scope counts by itself', () => {
    const { kinds } = fold([
      numbered(1, 1),
      drawerOf(atHour(2), 'noSale', 0, { sequenceNumber: 2, sequenceScope: 'B1' }),
      numbered(3, 3, { training: true }),
      numbered(4, 4, { status: 'cancelled' }),
      numbered(5, 5),
      numbered(5, 90, { tillId: tillId('T2') }),
      numbered(6, 500, { sequenceScope: 'B2' }),
      numbered(7, 91, { tillId: tillId('T2') }),
    ]);
    expect(kinds).toEqual([]);
  });

  test('numbers that begin again, also on one day and without a scope, leave no gap', () => {
    const noScope = { sequenceScope: undefined as never };
    const restarted = [189, 190, 191].map((number, index) => numbered(1 + index, number, noScope));
    const again = [26, 27, 28].map((number, index) => numbered(5 + index, number, noScope));
    expect(fold([...restarted, ...again]).kinds).toEqual([]);
    expect(
      fold([numbered(1, 4006381333931, noScope), numbered(2, 5, noScope), numbered(3, 6, noScope)]).kinds,
    ).toEqual([]);
  });

  test('numbers of another kind are left alone, and take no room', () => {
    const jumping = Array.from({ length: 500 }, (_, index) => numbered(1 + index / 100, index * 37));
    const { book } = fold(jumping);
    const { kinds } = fold([numbered(9, 100_000)], book);
    expect(kinds).toEqual([]);
    expect(JSON.stringify([...book.records.values()]).length).toBeLessThan(10_000);
  });

  test('whatever order numbers come in, what is missing at the end is what was left out', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 2, max: 59 }), { maxLength: 20 }),
        fc.array(fc.nat({ max: 999 }), { minLength: 60, maxLength: 60 }),
        (left, order) => {
          const events = Array.from({ length: 60 }, (_, index) => numbered(1 + index / 10, index + 1))
            .filter(({ sequenceNumber = 0 }) => !left.includes(sequenceNumber))
            .map((event, index) => ({ event, at: order[index] ?? 0 }))
            .sort((one, other) => one.at - other.at)
            .map(({ event }) => event);
          const { book } = fold(events);
          const { alerts } = fold([numbered(30, 61)], book);
          const run = [...book.records.values()].find((record) => 'ranges' in record);
          expect(run && missingIn(gapsOf(run))).toBe(left.length);
          const said = alerts.at(-1)?.detail;
          if (said !== undefined && left.length === 1) expect(said).toContain(` ${left[0]} is missing`);
        },
      ),
    );
  });
});

test('a refund by negative quantity counts as one, as a return line does, whatever the sign of its amount', () => {
  const refunds = (line: Partial<TransactionEvent['lines'][number]>) =>
    Array.from({ length: 3 }, (_, index) => {
      const event = sale(1 + index, 299);
      return { ...event, lines: event.lines.map((one) => ({ ...one, ...line })) };
    });
  for (const line of [
    { type: 'return', quantityMilli: -1_000, extendedAmountMinor: -299 },
    { type: 'sale', quantityMilli: -1_000, extendedAmountMinor: -299 },
    { type: 'sale', quantityMilli: -1_000, extendedAmountMinor: 299 },
    { type: 'return', quantityMilli: 1_000, extendedAmountMinor: 299 },
  ] as const) {
    const { alerts } = fold(refunds(line));
    expect(alerts.map(({ kind }) => kind)).toEqual(['refund-without-receipt']);
    expect(alerts[0]?.detail).toContain('8.97 EUR');
  }
  // A refund without lines, as Square sends one, is a refund all the same.
  const bare = Array.from({ length: 3 }, (_, index) => ({
    ...sale(1 + index, 0, { lines: [] }),
    totals: { netMinor: -299, taxMinor: 0, grossMinor: -299 },
  }));
  expect(fold(bare).alerts.map(({ kind }) => kind)).toEqual(['refund-without-receipt']);
});
