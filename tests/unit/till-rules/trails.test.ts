/** Rules that add up over a day, a customer, a gift card or a suspended sale, from both sides of their limits; and the clock's. */
import fc from 'fast-check';
import { businessDate, operatorId, storeId, tillId } from '../../../shared/ids.ts';
import type { PosEvent, TransactionEvent } from '../../../shared/pos/event.ts';
import { HOUR_MS, MINUTE_MS, toInstant } from '../../../shared/time.ts';
import { DEFAULT_LIMITS } from '../../../shared/alerts/limits.ts';
import { newTillBook } from '../../../shared/tills/till-book.ts';
import { settledFor } from '../../../shared/tills/till-context.ts';
import { watchTills } from '../../../shared/tills/till-clock.ts';
import { recordOfStored, storedRecord } from '../../../shared/tills/stored-till.ts';
import { atHour, BERLIN, closedOf, drawerOf, openedOf, transactionOf } from '../../support/stream-events.ts';
import { alertsOf, kindsOf, S1_CATALOG, standing } from '../../support/till-alerts.ts';

const many = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));
const sale = (atMs: number, priceMinor: number, more: Partial<TransactionEvent> = {}) =>
  transactionOf(atMs, [{ priceMinor }], more);
const only = (kind: string, events: readonly PosEvent[]) =>
  alertsOf(events).filter((alert) => alert.kind === kind);

test.each([
  ['tiny-sales', 3, (at: number) => sale(atHour(1 + at / 10), 20)],
  ['training-sales', 5, (at: number) => sale(atHour(1 + at / 10), 900, { training: true })],
  [
    'staff-discounts',
    4,
    (at: number) => {
      const made = sale(atHour(1 + at / 10), 900);
      const discounts = [{ amountMinor: 90, manual: false, type: 'employee' as const }];
      return { ...made, lines: made.lines.map((line) => ({ ...line, discounts })) };
    },
  ],
])('%s: %d a day are left alone, one more is told once', (kind, allowed, make) => {
  expect(only(kind, many(allowed, make))).toEqual([]);
  const [alert, ...more] = only(kind, many(allowed + 3, make));
  expect(more).toEqual([]);
  expect(alert).toMatchObject({ operatorId: 'O1' });
  expect(alert?.evidence).toHaveLength(allowed + 1);
  const byTwo = many(allowed + 1, (at) => ({ ...make(at), operatorId: operatorId(`O${at % 2}`) }));
  expect(only(kind, byTwo)).toEqual([]);
});

test('tiny-sales: neither what costs more nor what is no sale of goods counts', () => {
  expect(
    only(
      'tiny-sales',
      many(9, (at) => sale(atHour(1 + at / 10), 26)),
    ),
  ).toEqual([]);
  expect(
    only(
      'tiny-sales',
      many(9, (at) => transactionOf(atHour(1 + at / 10), [{ priceMinor: 20, type: 'deposit' }])),
    ),
  ).toEqual([]);
  expect(
    only(
      'tiny-sales',
      many(9, (at) => sale(atHour(1 + at / 10), 0)),
    ),
  ).toHaveLength(1);
});

test('near-limit: a heap just below one limit is told, values all over the place are not', () => {
  const back = (minor: number, at: number) =>
    transactionOf(atHour(1 + at / 10), [{ milli: -1_000, priceMinor: minor }], {
      returnOf: { receiptNumber: `${at}` },
    });
  expect(
    only(
      'near-limit',
      many(4, (at) => back(4_900 + 20 * at, at)),
    ),
  ).toHaveLength(1);
  expect(
    only(
      'near-limit',
      many(3, (at) => back(4_900, at)),
    ),
  ).toEqual([]);
  expect(
    only(
      'near-limit',
      many(6, (at) => back(5_000, at)),
    ),
  ).toEqual([]);
  expect(
    only(
      'near-limit',
      [...many(4, (at) => back(4_900, at)), ...many(5, (at) => back(1_000 + at * 700, at + 5))].reverse(),
    ),
  ).toEqual([]);
});

test('customer-refunds: one customer’s, or one card’s, within a week', () => {
  const to = (at: number, more: Partial<TransactionEvent>) =>
    transactionOf(atHour(1 + at * 24), [{ milli: -1_000, priceMinor: 500 }], {
      returnOf: { receiptNumber: `${at}` },
      ...more,
    });
  const customer = { customerRef: 'customer-1' };
  expect(
    only(
      'customer-refunds',
      many(3, (at) => to(at, customer)),
    ),
  ).toEqual([]);
  expect(
    only(
      'customer-refunds',
      many(4, (at) => to(at, customer)),
    ),
  ).toHaveLength(1);
  expect(
    only(
      'customer-refunds',
      many(4, (at) => to(at, { tenders: [{ type: 'card', amountMinor: -500, cardRef: 'card-1' }] })),
    ),
  ).toHaveLength(1);
  expect(
    only(
      'customer-refunds',
      many(4, (at) => to(at, { customerRef: `customer-${at}` })),
    ),
  ).toEqual([]);
  expect(
    only(
      'customer-refunds',
      [0, 1, 2, 7.2].map((at) => to(at, customer)),
    ),
  ).toEqual([]);
});

describe('gift-card-load-and-spend', () => {
  const loaded = (hour: number, ref: string): TransactionEvent => {
    const made = sale(atHour(hour), 5_000);
    return {
      ...made,
      lines: made.lines.map((line) => ({ ...line, type: 'giftCard' as const, giftCardRef: ref })),
    };
  };
  const spent = (hour: number, ref: string) =>
    sale(atHour(hour), 900, { tenders: [{ type: 'giftCard', amountMinor: 900, giftCardRef: ref }] });

  it.each([
    [[loaded(1, 'g'), spent(1.5, 'g')], 1],
    [[spent(1.5, 'g'), loaded(1, 'g')], 1],
    [[loaded(1, 'g'), spent(1.52, 'g')], 0],
    [[spent(1, 'g'), loaded(1.1, 'g')], 0],
    [[loaded(1, 'g'), spent(1.1, 'other')], 0],
  ])('%#', (events, count) => {
    expect(only('gift-card-load-and-spend', events)).toHaveLength(count);
  });
});

describe('no-sale-then-void', () => {
  const voided = (atMs: number) => transactionOf(atMs, [{ priceMinor: 900 }], { status: 'voided' });
  const opened = (atMs: number, more = {}) => drawerOf(atMs, 'noSale', 0, more);
  const at = atHour(1) + 59 * MINUTE_MS;

  it.each([
    [[opened(at), voided(at + 3 * MINUTE_MS)], 1],
    [[voided(at + 3 * MINUTE_MS), opened(at)], 1],
    [[opened(at), voided(at + 3 * MINUTE_MS + 1)], 0],
    [[voided(at), opened(at + MINUTE_MS)], 0],
    [[opened(at, { tillId: tillId('T2') }), voided(at + MINUTE_MS)], 0],
  ])('%#', (events, count) => {
    expect(only('no-sale-then-void', events)).toHaveLength(count);
  });
});

test('off-hours: nothing is sold 30 minutes outside, and nothing is said of a store without hours', () => {
  const closing = atHour(11);
  expect(only('off-hours', [sale(closing + 29 * MINUTE_MS, 500)])).toEqual([]);
  expect(
    only('off-hours', [sale(closing + 30 * MINUTE_MS, 500), drawerOf(closing + HOUR_MS, 'noSale')]),
  ).toHaveLength(1);
  expect(only('off-hours', [sale(atHour(-1) - 30 * MINUTE_MS, 500)])).toHaveLength(1);
  const stores = new Map([[storeId('S1'), { ...BERLIN, hours: [] }]]);
  expect(alertsOf([sale(closing + 5 * HOUR_MS, 500)], { catalog: { ...S1_CATALOG, stores } })).toEqual([]);
});

describe('clock-skew', () => {
  const lagged = (at: number, lagMs: number, more: Partial<TransactionEvent> = {}) => {
    const made = sale(atHour(1) + at * MINUTE_MS, 500, more);
    return { ...made, receivedAt: toInstant(Date.parse(made.occurredAt) + lagMs) };
  };

  it('one event from the future is proof, small differences are not', () => {
    expect(only('clock-skew', [lagged(0, -4 * MINUTE_MS)])).toEqual([]);
    expect(only('clock-skew', [lagged(0, -5 * MINUTE_MS)])).toHaveLength(1);
  });

  it('a clock behind is told from a backlog that shrinks', () => {
    expect(
      only(
        'clock-skew',
        many(20, (at) => lagged(at, 10 * MINUTE_MS)),
      ),
    ).toHaveLength(1);
    expect(
      only(
        'clock-skew',
        many(19, (at) => lagged(at, 10 * MINUTE_MS)),
      ),
    ).toEqual([]);
    expect(
      only(
        'clock-skew',
        many(20, (at) => lagged(at, 9 * MINUTE_MS)),
      ),
    ).toEqual([]);
    expect(
      only(
        'clock-skew',
        many(40, (at) => lagged(at, (60 - at) * MINUTE_MS)),
      ),
    ).toEqual([]);
    expect(
      only(
        'clock-skew',
        many(40, (at) => lagged(at, 20 * MINUTE_MS, { offline: true })),
      ),
    ).toEqual([]);
  });
});

describe('duplicate-number', () => {
  const numbered = (sequenceNumber: number, minute: number, more: Partial<TransactionEvent> = {}) =>
    sale(atHour(1) + minute * MINUTE_MS, 500, { sequenceNumber, ...more });

  it('two events with one number, in any order, and also a shift’s', () => {
    expect(only('duplicate-number', [numbered(1, 1), numbered(2, 2), numbered(2, 3)])).toHaveLength(1);
    expect(
      only('duplicate-number', [openedOf(atHour(0), 100, { sequenceNumber: 1 }), numbered(1, 1)]),
    ).toHaveLength(1);
    expect(
      only('duplicate-number', [numbered(1, 1), drawerOf(atHour(2), 'noSale', 0, { sequenceNumber: 1 })]),
    ).toHaveLength(1);
  });

  it('no later version, no repeat of the same moment, no other till or numbering', () => {
    const first = numbered(1, 1);
    expect(
      only('duplicate-number', [first, { ...first, eventId: 'tillstream:v2' as never, version: 2 }]),
    ).toEqual([]);
    expect(only('duplicate-number', [first, numbered(1, 1)])).toEqual([]);
    expect(only('duplicate-number', [first, numbered(1, 2, { tillId: tillId('T2') })])).toEqual([]);
    expect(only('duplicate-number', [first, numbered(1, 2, { sequenceScope: 'after a reset' })])).toEqual([]);
  });
});

describe('suspended-sale', () => {
  const suspended = (more: Partial<TransactionEvent> = {}) =>
    sale(atHour(1), 500, { status: 'suspended', transactionId: 'held', tenders: [], ...more });
  const resumed = () => sale(atHour(2), 500, { resumes: 'held' });
  const closed = () => closedOf(atHour(9), 10_500);

  it.each<[string, PosEvent[], string[]]>([
    ['closing tells', [suspended(), closed()], ['warning']],
    ['resumed in time', [suspended(), resumed(), closed()], []],
    ['resumed, and came before it', [resumed(), suspended(), closed()], []],
    [
      'completed under its own number',
      [suspended(), sale(atHour(2), 500, { transactionId: 'held' }), closed()],
      [],
    ],
    ['resumed after the closing', [suspended(), closed(), resumed()], ['warning', 'info']],
    ['suspended at another till', [suspended({ tillId: tillId('T2') }), closed()], []],
    ['in another shift of the till', [suspended({ shiftId: 'SH2' }), closed()], []],
    ['practice', [suspended({ training: true }), closed()], []],
  ])('%s', (_what, events, severities) => {
    expect(only('suspended-sale', events).map(({ severity }) => severity)).toEqual(severities);
  });

  it('is told by the clock as well, with the id that the closing would give', () => {
    const book = newTillBook();
    alertsOf([suspended()], undefined, book);
    const settled = settledFor(storeId('S1'), { catalog: S1_CATALOG });
    const watch = (hours: number) =>
      watchTills(
        { storeId: storeId('S1'), store: BERLIN, records: book.records },
        atHour(1 + hours),
        settled,
      );
    expect(watch(12)).toEqual([]);
    const [byClock] = watch(12.1);
    expect(byClock).toMatchObject({ kind: 'suspended-sale', businessDate: '2026-03-02' });
    expect(byClock?.alertId).toBe(only('suspended-sale', [suspended(), closed()])[0]?.alertId);
  });
});

test('silent-till: a busy till with an open shift, while the store is open and others sell', () => {
  const book = newTillBook();
  const at = (till: string, minute: number) =>
    sale(atHour(0) + minute * MINUTE_MS, 500, { tillId: tillId(till), shiftId: `${till}-1` });
  alertsOf(
    [...many(40, (minute) => at('T1', minute)), ...many(40, (index) => at('T2', index * 5))],
    undefined,
    book,
  );
  const settled = settledFor(storeId('S1'), { catalog: S1_CATALOG });
  const watch = (minute: number) =>
    watchTills(
      { storeId: storeId('S1'), store: BERLIN, records: book.records },
      atHour(0) + minute * MINUTE_MS,
      settled,
    );
  expect(watch(39 + 119)).toEqual([]);
  expect(watch(39 + 120)).toMatchObject([{ kind: 'silent-till', tillId: 'T1', severity: 'warning' }]);
  // The same silence has the same id; after closing, and a day later, nobody expects anything.
  expect(watch(200)[0]?.alertId).toBe(watch(160)[0]?.alertId);
  expect(watch(12 * 60)).toEqual([]);
  alertsOf([closedOf(atHour(1), 10_000, { shiftId: 'T1-1' })], undefined, book);
  expect(watch(39 + 120)).toEqual([]);
  expect(DEFAULT_LIMITS.rolesOf({ storeId: 'S1', tillId: 'T1' })).toBe('');
});

test('whatever order events arrive in, the same alerts stand in the end', () => {
  const day = [
    openedOf(atHour(0), 10_000, { sequenceNumber: 1 }),
    ...many(5, (at) => sale(atHour(1 + at / 10), 20, { sequenceNumber: 2 + at })),
    ...many(7, (at) => drawerOf(atHour(2 + at / 10), 'noSale', 0, { sequenceNumber: 7 + at })),
    ...many(4, (at) =>
      transactionOf(atHour(3 + at / 10), [{ milli: -1_000, priceMinor: 500 }], {
        customerRef: 'c',
        returnOf: { operatorId: operatorId('O1') },
      }),
    ),
    sale(atHour(4), 900, { transactionId: 'v' }),
    sale(atHour(4), 900, {
      transactionId: 'v',
      version: 2,
      tenders: [{ type: 'voucher', amountMinor: 900 }],
    }),
    sale(atHour(5), 900, { transactionId: 'x' }),
    sale(atHour(5), 900, { transactionId: 'x', status: 'voided' }),
    sale(atHour(6), 900, { status: 'suspended', transactionId: 'held', tenders: [] }),
    sale(atHour(6.5), 900, { resumes: 'held' }),
    sale(atHour(13), 900),
  ];
  const expected = standing(alertsOf(day));
  expect(new Set(expected.map((text) => (JSON.parse(text) as [string])[0])).size).toBeGreaterThanOrEqual(7);
  fc.assert(
    fc.property(fc.shuffledSubarray(day, { minLength: day.length }), (shuffled) => {
      expect(standing(alertsOf(shuffled))).toEqual(expected);
    }),
    { numRuns: 40 },
  );
});

test('trails come back from storage as they were, and look like days of tills to the version before', () => {
  const book = newTillBook();
  alertsOf(
    [
      sale(atHour(1), 500, { status: 'suspended', tillId: tillId('~customer 7') }),
      transactionOf(atHour(1), [{ milli: -1_000 }], {
        customerRef: 'c',
        returnOf: { transactionId: 'not here yet' },
      }),
      drawerOf(atHour(14), 'noSale', 0, { tillId: tillId('~T') }),
      sale(atHour(14), 500, { tillId: tillId('~customer 7') }),
    ],
    undefined,
    book,
  );
  const days = [...book.records.values()].filter((record) => 'subject' in record);
  expect(new Set(days.map(({ subject }) => subject))).toEqual(
    new Set(['operator-day', 'till-day', 'customer', 'suspended', 'refunded']),
  );
  for (const day of days) {
    const stored = JSON.parse(JSON.stringify(storedRecord(day))) as { subject: string };
    expect(['operator-day', 'till-day']).toContain(stored.subject);
    expect(recordOfStored(stored)).toEqual(day);
  }
  expect(kindsOf(alertsOf([]))).toEqual([]);
  expect(businessDate('2026-03-02')).toBe(days[0]?.businessDate);
});
