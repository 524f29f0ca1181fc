/** Hours, quiet hours and digests by the store's own clock, also on the days on which it is changed. */
import fc from 'fast-check';
import { alertRoutesFileSchema } from '../../shared/alert-rules/files.ts';
import { arrivalMs, isWithinHours, type TimeWindow } from '../../shared/alerts/route-times.ts';
import { DAY_MS, epochMsOf, HOUR_MS, localText, MINUTE_MS, toInstant } from '../../shared/time.ts';

const at = (text: string): number => epochMsOf(`2026-${text}:00.000Z`);
const NIGHT: TimeWindow[] = [{ from: '22:00', to: '07:00' }];
const quiet = (windows: TimeWindow[]) => ({ quietHours: { windows } });
const arrival = (
  times: Parameters<typeof arrivalMs>[0],
  now: string,
  zone: string | undefined = 'Europe/Berlin',
) => toInstant(arrivalMs(times, 'warning', zone, at(now))).slice(5, 16);

test.each([
  ['an evening in winter', '01-10T21:30', '01-11T06:00'],
  ['before it begins', '01-10T20:59', '01-10T20:59'],
  ['as it begins', '01-10T21:00', '01-11T06:00'],
  ['as it ends', '01-11T06:00', '01-11T06:00'],
  ['an evening in summer', '07-10T20:30', '07-11T05:00'],
  ['the night on which clocks go forward', '03-28T22:30', '03-29T05:00'],
  ['the night on which clocks go back', '10-24T21:00', '10-25T06:00'],
  ['the hour that comes twice, both times', '10-25T01:30', '10-25T06:00'],
])('quiet from 22:00 to 07:00 in Berlin: %s', (_what, now, expected) => {
  expect(arrival(quiet(NIGHT), now)).toBe(expected);
});

test('the same instant is quiet in one store and not in another', () => {
  expect(arrival(quiet(NIGHT), '01-10T21:30', 'Europe/London')).toBe('01-10T21:30');
  expect(arrival(quiet(NIGHT), '01-10T22:30', 'Europe/London')).toBe('01-11T07:00');
  // A store that the master data does not know has no clock: what is not held cannot be forgotten.
  expect(arrivalMs(quiet(NIGHT), 'warning', undefined, at('01-10T22:30'))).toBe(at('01-10T22:30'));
});

test('windows that follow each other are one: a weekend ends on Monday', () => {
  const weekend: TimeWindow[] = [{ weekdays: [6, 7], from: '00:00', to: '24:00' }, ...NIGHT];
  // Friday 23:00 in Berlin.
  expect(arrival(quiet(weekend), '01-09T22:00')).toBe('01-12T06:00');
});

test('a window that a clock change skips, or begins in, holds nothing for longer than it says', () => {
  // 02:15 to 02:45 does not exist on 29 March.
  const skipped = quiet([{ from: '02:15', to: '02:45' }]);
  expect(
    at('03-29T01:20') - arrivalMs(skipped, 'warning', 'Europe/Berlin', at('03-29T01:20')),
  ).toBeGreaterThanOrEqual(-HOUR_MS);
  expect(arrival(quiet([{ from: '02:30', to: '05:00' }]), '03-29T01:40')).toBe('03-29T03:00');
});

test('what is urgent arrives at once, through quiet hours and digests', () => {
  const times = { ...quiet(NIGHT), digest: { everyMinutes: 60 } };
  expect(arrivalMs(times, 'critical', 'Europe/Berlin', at('01-10T23:00'))).toBe(at('01-10T23:00'));
  const strict = {
    quietHours: { windows: NIGHT, exceptFrom: 'warning' as const },
    digest: { everyMinutes: 60, exceptFrom: 'warning' as const },
  };
  expect(arrivalMs(strict, 'warning', 'Europe/Berlin', at('01-10T23:00'))).toBe(at('01-10T23:00'));
});

test('digests come at their times, after quiet hours where those are still on', () => {
  expect(arrival({ digest: { at: ['08:00', '17:00'] } }, '01-10T08:00')).toBe('01-10T16:00');
  expect(arrival({ digest: { at: ['08:00', '17:00'] } }, '01-10T16:00')).toBe('01-11T07:00');
  expect(arrival({ digest: { everyMinutes: 15 } }, '01-10T08:07')).toBe('01-10T08:15');
  expect(arrival({ digest: { everyMinutes: 15 } }, '01-10T08:15')).toBe('01-10T08:30');
  expect(arrival({ ...quiet(NIGHT), digest: { at: ['06:30'] } }, '01-10T12:00')).toBe('01-11T06:00');
});

test('routes by hours: from after midnight to before it, by weekday, and with an open end', () => {
  const hours: TimeWindow[] = [
    { weekdays: [5], from: '18:00', to: '02:00' },
    { weekdays: [1], from: '00:00', to: '24:00' },
  ];
  const within = (now: string) => isWithinHours({ hours }, 'Europe/Berlin', at(now));
  expect(within('01-09T17:00')).toBe(true);
  expect(within('01-10T00:59')).toBe(true);
  expect(within('01-10T01:00')).toBe(false);
  expect(within('01-10T17:00')).toBe(false);
  expect(within('01-12T22:59')).toBe(true);
  expect(within('01-12T23:00')).toBe(false);
  expect(isWithinHours({ hours }, undefined, at('01-10T17:00'))).toBe(true);
});

const wall = fc.integer({ min: 0, max: 1_439 }).map((minute) => {
  const text = (number: number): string => String(number).padStart(2, '0');
  return `${text(Math.floor(minute / 60))}:${text(minute % 60)}`;
});
const windowOf: fc.Arbitrary<TimeWindow> = fc
  .record({
    from: wall,
    to: fc.oneof(wall, fc.constant('24:00')),
    weekdays: fc.option(fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), { nil: undefined }),
  })
  .filter(({ from, to }) => from !== to);

test('an alert is never early, arrives within nine days, and not within quiet hours', () => {
  fc.assert(
    fc.property(
      fc.array(windowOf, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 0, max: 400 * 24 * 60 }),
      fc.constantFrom('Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'),
      (windows, minutes, zone) => {
        const file = { routes: [{ name: 'a', channel: 'slack', quietHours: { windows } }] };
        fc.pre(alertRoutesFileSchema.safeParse(file).success);
        const now = at('01-01T00:00') + minutes * MINUTE_MS;
        const arrives = arrivalMs(quiet(windows), 'info', zone, now);
        expect(arrives).toBeGreaterThanOrEqual(now);
        expect(arrives - now).toBeLessThanOrEqual(9 * DAY_MS);
        // Judged once more where it arrives: it stays there.
        expect(arrivalMs(quiet(windows), 'info', zone, arrives)).toBe(arrives);
        if (arrives > now) {
          // It arrives as the wall clock shows the end of one of the windows, or right after a clock change.
          const minute = localText(arrives, zone).slice(11);
          const ends = windows.map(({ to }) => (to === '24:00' ? '00:00' : to));
          const isChange =
            localText(arrives - MINUTE_MS, zone).slice(11) !== minute && !ends.includes(minute);
          expect(ends.includes(minute) || isChange).toBe(true);
        }
      },
    ),
  );
});

test.each([
  [{ quietHours: { windows: [{ from: '00:00', to: '24:00' }] } }, 'must leave some time'],
  [
    {
      quietHours: {
        windows: [
          { from: '12:00', to: '06:00' },
          { from: '05:59', to: '12:01' },
        ],
      },
    },
    'must leave some time',
  ],
  [{ hours: [{ from: '08:00', to: '08:00' }] }, 'must not begin and end'],
  [{ hours: [{ from: '24:00', to: '08:00' }] }, 'must be HH:MM'],
  [{ digest: {} }, 'either at or everyMinutes'],
  [{ digest: { at: ['08:00'], everyMinutes: 5 } }, 'either at or everyMinutes'],
  [{ escalation: { to: 'nobody', afterMinutes: 5 } }, 'nobody is no route'],
  [{ escalation: { to: 'a', afterMinutes: 5 } }, 'leads back to a'],
] as const)('the route %j is refused', (more, why) => {
  const parsed = alertRoutesFileSchema.safeParse({ routes: [{ name: 'a', channel: 'slack', ...more }] });
  expect(parsed.error?.message).toContain(why);
});
