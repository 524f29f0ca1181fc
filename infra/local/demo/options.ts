import { businessDateSchema, type BusinessDate } from '../../../shared/ids.ts';
import { folder, oneOf, read, wholeNumber } from '../../kit/command-line.ts';
import { UsageError } from '../../kit/usage-error.ts';

export interface StartOptions {
  /** Undefined: as in the data folder, or the default. */
  readonly stores: number | undefined;
  readonly seed: number | undefined;
  readonly days: number;
  readonly speed: 'max' | 'realtime';
  readonly port: number;
  readonly data: string;
  readonly once: boolean;
  /** First business date to play; undefined: the day after the last one played, or the default. */
  readonly date: BusinessDate | undefined;
}

export const START_DEFAULTS = {
  stores: 5,
  seed: 1,
  days: 1,
  port: 7071,
  data: '.tillstream/demo',
  date: '2026-03-02' as BusinessDate,
} as const;
const MAX_STORES = 500;
const MAX_DAYS = 60;

export const START_HELP = `Plays a trading day of a demonstration chain through Tillstream, on this machine.

  npm start -- [options]

  --stores N       stores of the chain, 1 to ${MAX_STORES} (default ${START_DEFAULTS.stores})
  --days N         business dates to play, one after the other, 1 to ${MAX_DAYS} (default ${START_DEFAULTS.days})
  --date DATE      first business date (default: the day after the last one played, or ${START_DEFAULTS.date})
  --seed N         another seed, another day (default ${START_DEFAULTS.seed})
  --speed S        max: as fast as possible (default); realtime: in real time
  --port N         port of the webhooks and pages (default ${START_DEFAULTS.port}; 0 picks a free one)
  --data DIR       data folder (default ${START_DEFAULTS.data})
  --once           exit after the summary: code 0, or 1 if a guarantee was broken
  --help           this text

Starting again on the same folder continues with the next day; after a kill, the interrupted day is finished first.
`;

/** @throws UsageError for an unknown option or an invalid value. */
export function parseStartOptions(args: readonly string[]): StartOptions | 'help' {
  const { values } = read(args, {
    stores: { type: 'string' },
    days: { type: 'string' },
    seed: { type: 'string' },
    speed: { type: 'string' },
    port: { type: 'string' },
    data: { type: 'string' },
    date: { type: 'string' },
    once: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help === true) return 'help';
  return {
    stores: wholeNumber('--stores', values.stores, 1, MAX_STORES),
    seed: wholeNumber('--seed', values.seed, 0, 2 ** 31 - 1),
    days: wholeNumber('--days', values.days, 1, MAX_DAYS) ?? START_DEFAULTS.days,
    speed: oneOf('--speed', values.speed ?? 'max', ['max', 'realtime']),
    port: portOf(values.port),
    data: folder(values.data, START_DEFAULTS.data),
    once: values.once === true,
    date: dateOf(values.date),
  };
}

const portOf = (text: string | undefined): number =>
  wholeNumber('--port', text, 0, 65_535) ?? START_DEFAULTS.port;

function dateOf(text: string | undefined): BusinessDate | undefined {
  if (text === undefined) return undefined;
  const parsed = businessDateSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new UsageError(`--date takes a date such as ${START_DEFAULTS.date}, not "${text}". See --help.`);
}
