import { parseStartOptions, START_DEFAULTS } from '../../infra/local/demo/options.ts';
import { UsageError } from '../../infra/kit/usage-error.ts';
import { parseReplayOptions } from '../../infra/local/replay/options.ts';

describe('options of npm start', () => {
  it('has defaults for everything', () => {
    expect(parseStartOptions([])).toEqual({
      stores: undefined,
      seed: undefined,
      days: 1,
      speed: 'max',
      port: 7071,
      data: START_DEFAULTS.data,
      once: false,
      date: undefined,
    });
  });

  it('takes every option', () => {
    const args =
      '--stores 3 --days 2 --seed 9 --speed realtime --port 0 --data /tmp/x --once --date 2026-05-04';
    expect(parseStartOptions(args.split(' '))).toEqual({
      stores: 3,
      seed: 9,
      days: 2,
      speed: 'realtime',
      port: 0,
      data: '/tmp/x',
      once: true,
      date: '2026-05-04',
    });
    expect(parseStartOptions(['--help', '--stores', 'x'])).toBe('help');
  });

  it.each([
    [['--stores', '0'], '--stores takes a whole number from 1 to 500, not "0". See --help.'],
    [['--stores', '2.5'], '--stores takes a whole number from 1 to 500, not "2.5". See --help.'],
    [['--days', '-1'], undefined],
    [['--seed', 'x'], '--seed takes a whole number from 0 to 2147483647, not "x". See --help.'],
    [['--speed', 'fast'], '--speed takes max or realtime, not "fast". See --help.'],
    [['--port', '70000'], '--port takes a whole number from 0 to 65535, not "70000". See --help.'],
    [['--date', '2026-02-30'], '--date takes a date such as 2026-03-02, not "2026-02-30". See --help.'],
    [['--data', ''], '--data needs the name of a folder. See --help.'],
    [['--store', '5'], "Unknown option '--store'. See --help."],
    [['five'], undefined],
    [['--once=yes'], undefined],
  ])('refuses %j in one line', (args, message) => {
    let thrown: unknown;
    try {
      parseStartOptions(args);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UsageError);
    const said = (thrown as UsageError).message;
    expect(said).not.toContain('\n');
    expect(said).toMatch(/See --help\.$/);
    if (message !== undefined) expect(said).toBe(message);
  });
});

describe('options of npm run replay', () => {
  it('takes a file, and guesses zone and currency from the format', () => {
    expect(parseReplayOptions(['--format', 'online-retail', 'a.csv.gz'])).toEqual({
      format: 'online-retail',
      file: 'a.csv.gz',
      data: '.tillstream/replay-online-retail',
      timeZone: 'Europe/London',
      currency: 'GBP',
      port: 0,
    });
  });

  it.each([
    [['a.xml'], '--format poslog or online-retail is needed. See --help.'],
    [['--format', 'csv', 'a'], '--format takes poslog or online-retail, not "csv". See --help.'],
    [['--format', 'poslog'], 'Name one file to replay. See --help.'],
    [['--format', 'poslog', 'a', 'b'], 'Name one file to replay. See --help.'],
    [
      ['--format', 'poslog', 'a', '--time-zone', 'Berlin'],
      '--time-zone takes an IANA time zone such as Europe/London, not "Berlin". See --help.',
    ],
    [
      ['--format', 'poslog', 'a', '--currency', 'EURO'],
      '--currency takes an ISO 4217 code such as GBP, not "EURO". See --help.',
    ],
  ])('refuses %j in one line', (args, message) => {
    expect(() => parseReplayOptions(args)).toThrow(new UsageError(message));
  });
});
