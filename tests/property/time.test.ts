import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { businessDate } from '../../shared/ids.ts';
import {
  addDays,
  businessDateOf,
  businessDayBounds,
  epochMsOf,
  epochMsOfLocal,
  localText,
  localTimeOf,
  toInstant,
} from '../../shared/time.ts';

// Zones with odd offsets, half-hour changes of the clock, and both hemispheres.
const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'America/St_Johns',
  'Africa/Casablanca',
  'Asia/Tokyo',
];
const zone = fc.constantFrom(...ZONES);
const instantMs = fc.integer({ min: Date.UTC(2005, 0, 1), max: Date.UTC(2035, 0, 1) });
const local = fc
  .tuple(instantMs, fc.constantFrom(0, 30, 60, 90, 119))
  .map(([ms, minutes]) => new Date(Math.floor(ms / 86_400_000) * 86_400_000 + minutes * 60_000 + 3_600_000));

test('local times agree with Temporal, in every zone', () => {
  fc.assert(
    fc.property(instantMs, zone, (ms, timeZone) => {
      const expected = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
      expect(localTimeOf(ms, timeZone)).toEqual({
        date: expected.toPlainDate().toString(),
        minute: expected.hour * 60 + expected.minute,
        weekday: expected.dayOfWeek,
      });
    }),
    { numRuns: 1000 },
  );
});

test('a wall time without a zone becomes the instant that Temporal gives, also around clock changes', () => {
  fc.assert(
    fc.property(local, zone, (date, timeZone) => {
      const text = date.toISOString().slice(0, 19);
      const expected = Temporal.PlainDateTime.from(text).toZonedDateTime(timeZone).epochMilliseconds;
      expect(toInstant(epochMsOfLocal(text, timeZone))).toBe(toInstant(expected));
    }),
    { numRuns: 1000 },
  );
});

test('every quarter of an hour around the clock changes of a year becomes the instant that Temporal gives', () => {
  for (const [timeZone, days] of [
    ['Europe/Berlin', ['2026-03-29', '2026-10-25']],
    ['America/New_York', ['2026-03-08', '2026-11-01']],
    ['Australia/Lord_Howe', ['2026-04-05', '2026-10-04']],
  ] as const) {
    for (const day of days) {
      for (let minute = 0; minute < 1440; minute += 15) {
        const text = `${day}T${new Date(minute * 60_000).toISOString().slice(11, 19)}`;
        const expected = Temporal.PlainDateTime.from(text).toZonedDateTime(timeZone).epochMilliseconds;
        expect(`${text} ${toInstant(epochMsOfLocal(text, timeZone))}`).toBe(`${text} ${toInstant(expected)}`);
      }
    }
  }
});

const cutOverMinute = fc.oneof(
  fc.integer({ min: 0, max: 1439 }),
  fc.constantFrom(0, 1, 60, 119, 120, 121, 150, 179, 180, 240, 1380, 1410, 1439),
);
/** Every change of the clock in a zone from 2000 to 2037, as epoch milliseconds. */
const changes = new Map<string, number[]>();
function changesOf(timeZone: string): number[] {
  let found = changes.get(timeZone);
  if (!found) {
    found = [];
    const last = Temporal.Instant.from('2037-12-31T00:00:00Z').epochMilliseconds;
    let at: Temporal.ZonedDateTime | null =
      Temporal.Instant.from('2000-01-01T00:00:00Z').toZonedDateTimeISO(timeZone);
    while ((at = at.getTimeZoneTransition('next')) && at.epochMilliseconds < last)
      found.push(at.epochMilliseconds);
    changes.set(timeZone, found);
  }
  return found;
}
/** Any zone, mostly within two days of a change of its clock. */
const zonedInstant = fc
  .tuple(fc.constantFrom(...Intl.supportedValuesOf('timeZone')), instantMs, fc.nat(), fc.boolean())
  .chain(([timeZone, ms, at, anywhere]) => {
    const near = changesOf(timeZone);
    const changeMs = near[at % Math.max(1, near.length)];
    return anywhere || changeMs === undefined
      ? fc.constant([timeZone, ms] as const)
      : fc
          .integer({ min: -48 * 60, max: 48 * 60 })
          .map((minutes) => [timeZone, changeMs + minutes * 60_000] as const);
  });

test('an instant lies within the bounds of its own business date, in every zone and around every clock change', () => {
  fc.assert(
    fc.property(zonedInstant, cutOverMinute, ([timeZone, ms], minute) => {
      const date = businessDateOf(ms, timeZone, minute);
      const { startMs, endMs } = businessDayBounds(date, timeZone, minute);
      expect(ms).toBeGreaterThanOrEqual(startMs);
      expect(ms).toBeLessThan(endMs);
      expect(businessDayBounds(addDays(date, 1), timeZone, minute).startMs).toBe(endMs);
    }),
    { numRuns: 600 },
  );
});

test('a business date starts when the wall clock first shows its cut-over or later, and never moves back', () => {
  fc.assert(
    fc.property(
      zonedInstant,
      cutOverMinute,
      fc.integer({ min: 0, max: 300 }),
      ([timeZone, ms], minute, minutes) => {
        const earlier = businessDateOf(ms, timeZone, minute);
        const later = businessDateOf(ms + minutes * 60_000, timeZone, minute);
        expect(later >= earlier).toBe(true);
        const { startMs } = businessDayBounds(later, timeZone, minute);
        const wall = Temporal.PlainDateTime.from(later).add({ minutes: minute });
        const shows = (at: number) =>
          Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDateTime();
        expect(Temporal.PlainDateTime.compare(shows(startMs), wall)).toBeGreaterThanOrEqual(0);
        expect(Temporal.PlainDateTime.compare(shows(startMs - 1), wall)).toBeLessThan(0);
        // Where the time exists, Temporal names the same instant.
        if (shows(startMs).equals(wall))
          expect(toInstant(startMs)).toBe(
            toInstant(wall.toZonedDateTime(timeZone, { disambiguation: 'earlier' }).epochMilliseconds),
          );
      },
    ),
    { numRuns: 600 },
  );
});

test('with a cut-over in the hour that occurs twice the date changes once', () => {
  const at = (instant: string) => businessDateOf(Date.parse(instant), 'Europe/Berlin', 150);
  // 02:29, 02:30 and 02:59 of summer time, then 02:00 and 02:30 of winter time.
  expect(at('2026-10-25T00:29:59Z')).toBe('2026-10-24');
  for (const time of ['00:30', '00:59', '01:00', '01:30'])
    expect(at(`2026-10-25T${time}:00Z`)).toBe('2026-10-25');
  // In spring the clock jumps from 02:00 to 03:00.
  expect(at('2026-03-29T00:59:59Z')).toBe('2026-03-28');
  expect(at('2026-03-29T01:00:00Z')).toBe('2026-03-29');
});

test('where the clock goes back over midnight the new date stays', () => {
  // Newfoundland went from 00:01 back to 23:01.
  const at = (instant: string) => businessDateOf(Date.parse(instant), 'America/St_Johns', 0);
  expect(at('2006-10-29T02:29:59Z')).toBe('2006-10-28');
  expect(at('2006-10-29T02:30:00Z')).toBe('2006-10-29');
  expect(at('2006-10-29T02:50:00Z')).toBe('2006-10-29');
  expect(localText(Date.parse('2006-10-29T02:40:00Z'), 'America/St_Johns')).toBe('2006-10-28 23:10');
});

test('a cut-over that is no time of the day is refused, not read as another', () => {
  for (const minute of [-1, 1440, 1.5, Number.NaN]) {
    expect(() => businessDateOf(0, 'Europe/Berlin', minute)).toThrow(RangeError);
    expect(() => businessDayBounds(businessDate('2026-03-02'), 'Europe/Berlin', minute)).toThrow(RangeError);
  }
});

test('shortly after midnight is still the day before, also on days of 23 and 25 hours', () => {
  const cutOver = 4 * 60;
  const at = (text: string) =>
    businessDateOf(epochMsOfLocal(text, 'Europe/Berlin'), 'Europe/Berlin', cutOver);
  expect(at('2026-03-29T03:59:59')).toBe('2026-03-28');
  expect(at('2026-03-29T04:00:00')).toBe('2026-03-29');
  expect(at('2026-10-25T03:59:59')).toBe('2026-10-24');
  expect(at('2026-10-25T04:00:00')).toBe('2026-10-25');
});

test('days are added across months and years', () => {
  expect(addDays(businessDate('2028-02-28'), 1)).toBe('2028-02-29');
  expect(addDays(businessDate('2027-01-01'), -1)).toBe('2026-12-31');
});

test('wall time for people is that of the zone', () => {
  expect(localText(Date.UTC(2026, 2, 29, 1, 5), 'Europe/Berlin')).toBe('2026-03-29 03:05');
});

test('an instant is read as Date.parse reads it, and what is none is refused', () => {
  const two = fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 59 }).map((number) => `${number}`.padStart(2, '0')) },
    fc.constantFrom('23', '24', '59', '60', '61', '99', ' 1', '+1', '1 ', '1:', 'x0'),
  );
  const date = fc.constantFrom(
    '1969-12-31',
    '1970-01-01',
    '2024-02-29',
    '2026-02-29',
    '2026-02-30',
    '2026-13-01',
    '2026-11-25',
    '0000-01-01',
  );
  const sign = (right: string) =>
    fc.oneof(
      { weight: 9, arbitrary: fc.constant(right) },
      fc.constantFrom('', ' ', 'T', 't', ':', '.', ',', 'Z', 'z', '0', '0Z'),
    );
  const made = fc
    .tuple(
      date,
      sign('T'),
      two,
      sign(':'),
      two,
      sign(':'),
      two,
      sign('.'),
      two,
      fc.constantFrom('0', '9', 'x'),
      sign('Z'),
    )
    .map((parts) => parts.join(''));
  const written = fc.date({ noInvalidDate: true }).map((at) => at.toISOString());
  // Several in a row, as one read may not change the next.
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 4, arbitrary: made }, written, fc.string()), { maxLength: 9 }),
      (texts) => {
        for (const text of texts) {
          const expected = Date.parse(text);
          if (Number.isNaN(expected)) expect(() => epochMsOf(text)).toThrow(RangeError);
          else expect(epochMsOf(text)).toBe(expected);
        }
      },
    ),
    { numRuns: 1_000 },
  );
});
