import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { businessDate } from '../../shared/ids.ts';
import {
  addDays,
  businessDateOf,
  businessDayBounds,
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

test('an instant lies within the bounds of its own business date', () => {
  fc.assert(
    fc.property(instantMs, zone, fc.integer({ min: 0, max: 23 }), (ms, timeZone, hour) => {
      const date = businessDateOf(ms, timeZone, hour * 60);
      const { startMs, endMs } = businessDayBounds(date, timeZone, hour * 60);
      // A cut-over inside an hour that occurs twice, or never, moves a bound by at most that hour.
      const slackMs = 3_600_000;
      expect(ms).toBeGreaterThanOrEqual(startMs - slackMs);
      expect(ms).toBeLessThan(endMs + slackMs);
    }),
    { numRuns: 1000 },
  );
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
