import { currencySchema, type Currency } from '../../../shared/money.ts';
import { timeZoneSchema } from '../../../shared/time.ts';
import { folder, oneOf, read, wholeNumber } from '../../kit/command-line.ts';
import { UsageError } from '../../kit/usage-error.ts';

const REPLAY_FORMATS = ['poslog', 'online-retail'] as const;
type ReplayFormat = (typeof REPLAY_FORMATS)[number];

export interface ReplayOptions {
  readonly format: ReplayFormat;
  readonly file: string;
  readonly data: string;
  /** Time zone of the stores; times in the file have none. */
  readonly timeZone: string;
  /** Currency of the stores. */
  readonly currency: Currency;
  /** Set if given as an option; otherwise the file's own currency is used, if it has one. */
  readonly isCurrencyGiven?: true;
  readonly port: number;
}

const ZONES: Readonly<Record<ReplayFormat, string>> = {
  poslog: 'America/New_York',
  'online-retail': 'Europe/London',
};
const CURRENCIES: Readonly<Record<ReplayFormat, string>> = { poslog: 'USD', 'online-retail': 'GBP' };

export const REPLAY_HELP = `Sends a till log through Tillstream's webhooks on this machine and reports the outcome of every record.

  npm run replay -- --format poslog FILE.xml
  npm run replay -- --format online-retail FILE.csv.gz

  --format F         poslog: ARTS POSLog XML; online-retail: CSV of invoices, plain or gzipped, with the columns
                     Invoice,StockCode,Description,Quantity,InvoiceDate,Price,CustomerID,Country
                     (or InvoiceNo and UnitPrice, as other copies of the data set name them)
  --time-zone ZONE   time zone of the stores; times in these files have none
                     (default poslog: ${ZONES.poslog}, online-retail: ${ZONES['online-retail']})
  --currency CODE    currency of the stores (default poslog: the file's own, else ${CURRENCIES.poslog}; online-retail: ${CURRENCIES['online-retail']})
  --data DIR         data folder (default .tillstream/replay-<format>)
  --port N           port of the webhooks while it runs (default: a free one)
  --help             this text

Exit code 0 if every record was processed or needs no processing; 1 if a record was left out (a dead letter, unreadable, or a reused
number) or a sum does not agree; 2 for a usage error.
`;

/** @throws UsageError for an unknown option or an invalid value. */
export function parseReplayOptions(args: readonly string[]): ReplayOptions | 'help' {
  const { values, positionals } = read(
    args,
    {
      format: { type: 'string' },
      'time-zone': { type: 'string' },
      currency: { type: 'string' },
      data: { type: 'string' },
      port: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
    true,
  );
  if (values.help === true) return 'help';
  if (values.format === undefined)
    throw new UsageError('--format poslog or online-retail is needed. See --help.');
  const format = oneOf('--format', values.format, REPLAY_FORMATS);
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new UsageError('Name one file to replay. See --help.');
  return {
    format,
    file,
    data: folder(values.data, `.tillstream/replay-${format}`),
    timeZone: zoneOf(values['time-zone'] ?? ZONES[format]),
    currency: currencyOf(values.currency ?? CURRENCIES[format]),
    ...(values.currency === undefined ? {} : { isCurrencyGiven: true }),
    port: wholeNumber('--port', values.port, 0, 65_535) ?? 0,
  };
}

function zoneOf(text: string): string {
  const parsed = timeZoneSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new UsageError(
    `--time-zone takes an IANA time zone such as Europe/London, not "${text}". See --help.`,
  );
}

function currencyOf(text: string): Currency {
  const parsed = currencySchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new UsageError(`--currency takes an ISO 4217 code such as GBP, not "${text}". See --help.`);
}
