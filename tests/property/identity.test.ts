import fc from 'fast-check';
import { eventId, tillId } from '../../shared/ids.ts';
import type { DrawerEvent, PosEvent, TransactionEvent } from '../../shared/pos/event.ts';
import { DayBook, type StoreDay } from '../../shared/reconciliation/day-book.ts';
import { DATE, EUR, PROFILE, sale } from '../support/ledger-fixtures.ts';

/** One id with two contents: both are kept and reported, and one written rule says which of them counts. */

function dayOf(events: readonly PosEvent[]): StoreDay {
  const days = [events, [...events].reverse()].map((inSomeOrder) => {
    const book = new DayBook({ businessDate: DATE, profile: PROFILE, dayEndMsOf: () => Number.MAX_VALUE });
    for (const event of inSomeOrder) book.add(event);
    return book.close();
  });
  expect(days[1]).toEqual(days[0]);
  const [day] = days[0] ?? [];
  if (!day) throw new Error('there is a store');
  return day;
}
const grossOf = (day: StoreDay): number =>
  day.documents.reduce((sum, { amounts }) => sum + Number(amounts.get('110100 EUR') ?? 0), 0);
const conflictsOf = (day: StoreDay) => day.findings.filter((one) => one.kind === 'identity-conflict');
const first = sale('N1', 1_000, { eventId: eventId('tillstream:a') });
const at = (time: string): Partial<TransactionEvent> => ({ occurredAt: `2026-03-02T${time}.000Z` });
const later = { receivedAt: '2026-03-02T10:00:09.000Z' };

test('the same content under the same id is a repeat, however it reached us', () => {
  const repeat = { ...first, ...later, offline: true, traceparent: '00-2-2-00' };
  const day = dayOf([first, repeat, first]);
  expect([grossOf(day), conflictsOf(day)]).toEqual([1_190, []]);
  expect(day.controls).toMatchObject([
    {
      delivered: { transactions: 3, grossMinor: 3_570 },
      distinct: { transactions: 1 },
      counted: { transactions: 1 },
    },
  ]);
});

test('the same content under another id of one number is a repeat too', () => {
  const day = dayOf([first, { ...first, ...later, eventId: eventId('tillstream:again') }]);
  expect([grossOf(day), conflictsOf(day)]).toEqual([1_190, []]);
  expect(day.controls).toMatchObject([{ distinct: { transactions: 2 }, superseded: { transactions: 1 } }]);
});

test('one event id with two contents: the first received counts, the other is held', () => {
  const other = sale('N2', 9_900, { eventId: first.eventId, ...later });
  const day = dayOf([first, other]);
  expect(grossOf(day)).toBe(1_190);
  expect(conflictsOf(day)).toMatchObject([
    {
      of: 'event',
      id: 'tillstream:a',
      count: 2,
      heldMinor: 11_781n,
      readings: [
        { transactionId: 'N1', counts: true },
        { transactionId: 'N2', counts: false },
      ],
    },
  ]);
  expect(day.controls).toMatchObject([{ held: { transactions: 1, grossMinor: 11_781 } }]);
});

test('a number that is used again at another time is another sale: both count', () => {
  const again = sale('N1', 4_200, { ...at('10:20:00'), ...later, eventId: eventId('tillstream:b') });
  const day = dayOf([first, again]);
  expect(grossOf(day)).toBe(1_190 + 4_998);
  expect(conflictsOf(day)).toMatchObject([{ of: 'transaction', id: 'N1', count: 2, heldMinor: 0n }]);
  expect(day.documents).toMatchObject([
    { documentId: 'N1', sales: [{ eventId: 'tillstream:a' }, { eventId: 'tillstream:b' }] },
  ]);
});

test('a reused number with different content at the same time is one sale sent twice: the first counts', () => {
  const corrected = sale('N1', 4_200, { ...later, eventId: eventId('tillstream:b') });
  const day = dayOf([first, corrected]);
  expect(grossOf(day)).toBe(1_190);
  expect(conflictsOf(day)).toMatchObject([{ of: 'transaction', heldMinor: 4_998n }]);
});

test('a higher version decides without a word', () => {
  const corrected = sale('N1', 4_200, { ...later, version: 2, eventId: eventId('tillstream:b') });
  const day = dayOf([first, corrected]);
  expect([grossOf(day), conflictsOf(day)]).toEqual([4_998, []]);
});

const onT2 = (net: number, changes: Partial<TransactionEvent> = {}): TransactionEvent =>
  sale('N1', net, { tillId: tillId('T2'), eventId: eventId('tillstream:t2'), ...changes });

test("two tills with one number are two sales, and a void takes back its own till's alone", () => {
  const both = dayOf([first, onT2(500)]);
  expect(grossOf(both)).toBe(1_190 + 595);
  expect(conflictsOf(both)).toHaveLength(1);
  const voidOfFirst = { ...first, status: 'voided' as const, eventId: eventId('tillstream:void') };
  const day = dayOf([first, onT2(500), voidOfFirst]);
  expect(grossOf(day)).toBe(595);
  const versioned = dayOf([first, onT2(500), { ...voidOfFirst, version: 9 }]);
  expect(grossOf(versioned)).toBe(595);
});

test('a void from another till takes back the only sale of its number, and none of two', () => {
  const fromOffice = {
    ...first,
    status: 'voided' as const,
    tillId: tillId('OFFICE'),
    eventId: eventId('tillstream:void'),
  };
  expect(grossOf(dayOf([first, fromOffice]))).toBe(0);
  const day = dayOf([first, onT2(500), fromOffice]);
  expect(grossOf(day)).toBe(1_190 + 595);
  expect(conflictsOf(day)).toMatchObject([{ count: 3 }]);
});

test('of two sales with one number on one till a void takes back the one with its amounts', () => {
  const again = sale('N1', 4_200, { ...at('10:20:00'), eventId: eventId('tillstream:b') });
  const voided = { ...again, status: 'voided' as const, eventId: eventId('tillstream:void') };
  const day = dayOf([first, again, voided]);
  expect(grossOf(day)).toBe(1_190);
  expect(conflictsOf(day)).toHaveLength(1);
  const ofNeither = sale('N1', 7, { status: 'voided', eventId: eventId('tillstream:void') });
  expect(grossOf(dayOf([first, again, ofNeither]))).toBe(1_190 + 4_998);
});

test('a training receipt never hides a sale, nor is it hidden', () => {
  const training = { ...first, training: true, version: 5, ...later, eventId: eventId('tillstream:train') };
  const day = dayOf([first, training]);
  expect([grossOf(day), conflictsOf(day)]).toEqual([1_190, []]);
  expect(day.controls).toMatchObject([{ notInForce: { transactions: 1 }, counted: { transactions: 1 } }]);
});

const {
  lines: _lines,
  tenders: _tenders,
  totals: _totals,
  transactionId: _id,
  status: _status,
  taxIncluded: _tax,
  ...envelope
} = first;
const paidIn: DrawerEvent = {
  ...envelope,
  kind: 'drawer',
  action: 'paidIn',
  amountMinor: 500,
  currency: EUR,
};

test('a drawer movement that says something else under its id is held', () => {
  const day = dayOf([
    paidIn,
    { ...paidIn, amountMinor: 900, ...later },
    { ...paidIn, ...later, offline: true },
  ]);
  expect(grossOf(day)).toBe(500);
  expect(conflictsOf(day)).toMatchObject([
    { of: 'event', count: 2, readings: [{ what: 'drawer paidIn', counts: true }, { counts: false }] },
  ]);
});

test.each([
  ['the sale', first, { ...paidIn, ...later }, 1_190, 500n, ['completed', 'drawer paidIn']],
  ['the drawer movement', { ...first, ...later }, paidIn, 500, 1_190n, ['drawer paidIn', 'completed']],
] as const)(
  'a sale and a drawer movement with one event id: %s was received first and counts, the other is held',
  (_name, transaction, drawer, counted, heldMinor, whats) => {
    const day = dayOf([transaction, drawer]);
    expect(grossOf(day)).toBe(counted);
    expect(conflictsOf(day)).toMatchObject([
      {
        of: 'event',
        id: 'tillstream:a',
        count: 2,
        heldMinor,
        readings: whats.map((what, index) => ({ what, counts: index === 0 })),
      },
    ]);
    const held = counted === 500 ? 1 : 0;
    expect(day.controls).toMatchObject([{ distinct: { transactions: 1 }, held: { transactions: held } }]);
  },
);

const anyEvent = fc
  .record({
    event: fc.constantFrom('a', 'b', 'c', 'd'),
    number: fc.constantFrom('N1', 'N2'),
    till: fc.constantFrom('T1', 'T2'),
    net: fc.constantFrom(1_000, 2_000),
    status: fc.constantFrom('completed' as const, 'voided' as const, 'suspended' as const),
    version: fc.constantFrom(1, 2),
    minute: fc.constantFrom('00', '20'),
    training: fc.constantFrom(false, false, true),
    isDrawer: fc.constantFrom(false, false, false, true),
  })
  .map(({ event, number, till, net, minute, isDrawer, ...others }): PosEvent => {
    const place = {
      tillId: tillId(till),
      eventId: eventId(`tillstream:${event}`),
      occurredAt: `2026-03-02T10:${minute}:00.000Z`,
    };
    const { version, training } = others;
    return isDrawer
      ? { ...paidIn, ...place, version, training, amountMinor: net }
      : sale(number, net, { ...others, ...place });
  });

test('whatever ids, tills, versions and times are used twice, every event is accounted for, in any order', () => {
  fc.assert(
    fc.property(
      fc.array(anyEvent, { minLength: 1, maxLength: 7 }),
      fc.array(fc.nat(), { minLength: 7, maxLength: 7 }),
      (events, keys) => {
        const day = dayOf(events);
        const shuffled = events
          .map((event, index) => ({ event, key: keys[index] ?? 0 }))
          .sort((left, right) => left.key - right.key);
        expect(dayOf(shuffled.map(({ event }) => event))).toEqual(day);
        const sum = (of: 'delivered' | 'distinct' | 'counted' | 'notInForce' | 'superseded' | 'held') =>
          day.controls.reduce((total, control) => total + control[of].transactions, 0);
        expect(sum('delivered')).toBe(events.filter(({ kind }) => kind === 'transaction').length);
        expect(sum('counted') + sum('notInForce') + sum('superseded') + sum('held')).toBe(sum('distinct'));
        // What is held is always shown.
        const shown = conflictsOf(day).flatMap((one) =>
          'readings' in one ? one.readings.filter((reading) => !reading.counts) : [],
        );
        expect(shown.length).toBeGreaterThanOrEqual(sum('held'));
      },
    ),
    { numRuns: 500 },
  );
});
