/**
 * `npm run close`: closes days from a command line, by the same API as the pages. Who acts is who is signed in: in Azure by
 * `az login`, on this machine by a name.
 */
import { randomUUID } from 'node:crypto';

import { messageOf } from '../../shared/errors.ts';
import { read } from '../kit/command-line.ts';
import { UsageError } from '../kit/usage-error.ts';
import { closeClient, type CloseClient, type Json } from './close-client.ts';
import { SIGN_IN_OPTIONS, signInOf } from './sign-in.ts';
import { dayLines, daysLines, exceptionLines, historyLines, rulesLines, storeLines } from './close-lines.ts';

const USAGE = `Usage: npm run close -- COMMAND [OPTIONS]

  days                                      business dates, and how far their stores are
  stores DATE [--state STATE]               the stores of a date
  show DATE STORE                           a store's day: totals, and what is in the way
  exceptions [FILTER]                       exceptions, as the filter says
  history DATE STORE [EXCEPTION]            every step of a store's day, or of one exception
  rules [--from DATE] [--to DATE]           what is accepted without a person, and what it has accepted

  assign DATE STORE EXCEPTION [--to NAME]   gives it to somebody, or to nobody
  comment DATE STORE [EXCEPTION] --text T   a remark on an exception, or on the day
  explain DATE STORE EXCEPTION --reason R [--text T]
  accept DATE STORE EXCEPTION --reason R [--text T]
  take-back DATE STORE EXCEPTION --text T   opens an explained or accepted exception again
  bulk ACTION [FILTER] [--reason R] [--text T] [--to NAME] [--expect N]
                                            one action for all that the filter finds; without --expect it only counts

  prepare DATE STORE [--text T]             says that a day is complete
  sign-off DATE STORE [--text T]            by somebody else, with the role Finance.Approve
  reopen DATE STORE --text T                takes a preparation or sign-off back

FILTER  --from DATE --to DATE --store S --status S --category C --class C --owner O --assignee NAME --currency C
        --min AMOUNT_MINOR --max AMOUNT_MINOR --min-age DAYS --contains TEXT --accepted-by RULE

  --url URL      address of the pages (default http://127.0.0.1:7071, or TILLSTREAM_URL)
  --as NAME      on this machine: who you are; --role ROLE, several times, which roles you have
  --client ID    in Azure: client id of the pages' sign-in (or TILLSTREAM_CLIENT); the token is that of az login
  --json         the answers as they are

Exit code 0 if it was done, 1 if it was refused, 2 for a usage error. A command that got no answer can be repeated with
--key KEY, which it prints: it has one effect.`;

const OPTIONS = {
  ...SIGN_IN_OPTIONS,
  json: { type: 'boolean' },
  key: { type: 'string' },
  state: { type: 'string' },
  to: { type: 'string' },
  from: { type: 'string' },
  text: { type: 'string' },
  reason: { type: 'string' },
  expect: { type: 'string' },
  store: { type: 'string' },
  status: { type: 'string' },
  category: { type: 'string' },
  class: { type: 'string' },
  owner: { type: 'string' },
  assignee: { type: 'string' },
  currency: { type: 'string' },
  min: { type: 'string' },
  max: { type: 'string' },
  'min-age': { type: 'string' },
  contains: { type: 'string' },
  'accepted-by': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;
type Values = ReturnType<typeof parsed>['values'];
const parsed = (args: readonly string[]) => read(args, OPTIONS, true);

const ROOT = '/finance/api';
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parsed(args);
  if (values.help === true) return say(USAGE);
  const [command = '', ...names] = positionals;
  const handle = COMMANDS[command];
  if (!handle) throw new UsageError(`Unknown command "${command}".\n\n${USAGE}`);
  const client = await closeClient(await signInOf(values, ['Finance.Read']));
  await handle({ client, values, names, print: printer(values) });
}

interface Call {
  readonly client: CloseClient;
  readonly values: Values;
  readonly names: readonly string[];
  readonly print: (content: Json, lines: (content: Json) => readonly string[]) => void;
}

const printer =
  ({ json }: Values) =>
  (content: Json, lines: (content: Json) => readonly string[]): void => {
    for (const line of json === true ? [JSON.stringify(content, undefined, 2)] : lines(content)) say(line);
  };

/** The address of a store's day, and of one of its exceptions where it is named. */
function placeOf(names: readonly string[], atLeast: number, atMost: number): string {
  if (names.length < atLeast || names.length > atMost)
    throw new UsageError(`DATE STORE${atMost > 2 ? ' EXCEPTION' : ''} is needed. See --help.`);
  const [date = '', store = '', exception] = names.map(encodeURIComponent);
  const day = `${ROOT}/days/${date}/stores/${store}`;
  return exception === undefined ? day : `${day}/exceptions/${exception}`;
}

const FILTER = {
  from: 'from',
  to: 'to',
  store: 'store',
  status: 'status',
  category: 'category',
  class: 'class',
  owner: 'owner',
  assignee: 'assignee',
  currency: 'currency',
  min: 'minAmountMinor',
  max: 'maxAmountMinor',
  'min-age': 'minAgeDays',
  contains: 'text',
  'accepted-by': 'acceptedBy',
} as const;

/** @param without an option that means something else in this command */
function filterOf(values: Values, without?: keyof typeof FILTER): Record<string, string | number> {
  const filter: Record<string, string | number> = {};
  for (const [option, name] of Object.entries(FILTER) as [keyof typeof FILTER, string][]) {
    const value = values[option];
    if (value === undefined || option === without) continue;
    filter[name] = /^(?:min|max)/.test(option) ? Number(value) : value;
  }
  return filter;
}

function addressOf(path: string, query: Readonly<Record<string, string | number>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) search.set(name, String(value));
  return search.size === 0 ? path : `${path}?${search.toString()}`;
}

function commandOf(action: string, { text, reason, to }: Values): Json {
  const needed = (option: string, value: string | undefined): string => {
    if (value === undefined) throw new UsageError(`${action} needs --${option}. See --help.`);
    return value;
  };
  switch (action) {
    case 'assign':
      return { action, assignee: to ?? null };
    case 'explain':
    case 'accept':
      return { action, reasonCode: needed('reason', reason), ...(text !== undefined && { text }) };
    case 'prepare':
    case 'sign-off':
      return { action, ...(text !== undefined && { text }) };
    case 'comment':
    case 'take-back':
    case 'reopen':
      return { action, text: needed('text', text) };
    default:
      throw new UsageError(`"${action}" is no action for many exceptions. See --help.`);
  }
}

/** Reads what is there, acts on just that, and says what to look at. */
const acting =
  (action: string, atLeast: number, atMost: number) =>
  async ({ client, values, names, print }: Call): Promise<void> => {
    const place = placeOf(names, atLeast, atMost);
    const body = commandOf(action, values);
    const key = values.key ?? randomUUID();
    if (values.json !== true) say(`Idempotency-Key ${key}`);
    const { etag } = await client.get(place);
    const answer = await client.post(`${place}/actions`, body, { 'idempotency-key': key, 'if-match': etag });
    print(answer, names.length > 2 ? (content) => exceptionLines({ items: [content] }) : dayLines);
    if (values.json !== true) say(`Look at it: ${client.url}/finance/${names[0]}/stores/${names[1]}`);
  };

const COMMANDS: Readonly<Record<string, (call: Call) => Promise<void>>> = {
  days: async ({ client, print }) => print(await client.all(`${ROOT}/days`), daysLines),
  stores: async ({ client, values, names, print }) => {
    if (names.length !== 1) throw new UsageError('stores needs a DATE. See --help.');
    const query = values.state === undefined ? {} : { state: values.state };
    print(
      await client.all(addressOf(`${ROOT}/days/${encodeURIComponent(names[0] ?? '')}/stores`, query)),
      storeLines,
    );
  },
  show: async ({ client, names, print }) => print((await client.get(placeOf(names, 2, 2))).content, dayLines),
  exceptions: async ({ client, values, print }) =>
    print(await client.all(addressOf(`${ROOT}/exceptions`, filterOf(values))), exceptionLines),
  history: async ({ client, names, print }) =>
    print(await client.all(`${placeOf(names, 2, 3)}/history`), historyLines),
  rules: async ({ client, values, print }) => {
    const { from, to } = values;
    const query = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
    print((await client.get(addressOf(`${ROOT}/auto-accept-rules`, query))).content, rulesLines);
  },
  assign: acting('assign', 3, 3),
  comment: acting('comment', 2, 3),
  explain: acting('explain', 3, 3),
  accept: acting('accept', 3, 3),
  'take-back': acting('take-back', 3, 3),
  prepare: acting('prepare', 2, 2),
  'sign-off': acting('sign-off', 2, 2),
  reopen: acting('reopen', 2, 2),
  bulk: async ({ client, values, names, print }) => {
    const [action = ''] = names;
    if (names.length !== 1) throw new UsageError('bulk needs one ACTION. See --help.');
    const key = values.key ?? randomUUID();
    const filter = filterOf(values, action === 'assign' ? 'to' : undefined);
    const expected = values.expect === undefined ? {} : { expected: Number(values.expect) };
    const body = { filter, command: commandOf(action, values), ...expected };
    if (values.json !== true) say(`Idempotency-Key ${key}`);
    print(await client.post(`${ROOT}/exceptions/bulk`, body, { 'idempotency-key': key }), (content) => [
      values.expect === undefined
        ? `The filter finds ${String(content['matched'])}; nothing was changed. Repeat with --expect ${String(content['matched'])} to ${action} them.`
        : `${String(content['changed'])} of ${String(content['matched'])} changed`,
      ...((content['skipped'] ?? []) as Json[]).map(
        (one) =>
          `  left: ${String(one['businessDate'])} ${String(one['storeId'])} ${String(one['itemId'])}: ${String(one['text'])}`,
      ),
    ]);
  },
};

async function run(): Promise<void> {
  try {
    await main(process.argv.slice(2));
  } catch (thrown) {
    process.stderr.write(`${messageOf(thrown)}\n`);
    process.exitCode = thrown instanceof UsageError ? 2 : 1;
  }
}

void run();
