/**
 * `npm run alerts`: answers alerts from a command line, by the same API as the page. Who acts is who is signed in: in Azure
 * by `az login`, on this machine by a name.
 */
import { randomUUID } from 'node:crypto';

import { messageOf } from '../../shared/errors.ts';
import { read } from '../kit/command-line.ts';
import { UsageError } from '../kit/usage-error.ts';
import { closeClient, type CloseClient, type Json } from './close-client.ts';
import { SIGN_IN_OPTIONS, signInOf } from './sign-in.ts';

const USAGE = `Usage: npm run alerts -- COMMAND [OPTIONS]

  list [--state STATE] [--store S] [--kind KIND] [--severity S] [--assignee NAME]
                                     alerts, most urgent first; without --state those that are not over
                                     STATE: open, escalated, acknowledged, snoozed, muted, cleared, all
  show ALERT                         an alert, with every step: who did what, and when

  ack ALERT [--reason TEXT]          you take care of it
  snooze ALERT --for TIME            quiet for a while, such as 30m, 4h or 2d; then it is said again if it is still open
  mute ALERT --for DAYS              quiet, with all of the same kind about the same till, operator or product: 7d
  assign ALERT --to NAME             somebody is to take care of it; --to "" for nobody
  escalate ALERT [--reason TEXT]     to the next route, now
  clear ALERT [--reason TEXT]        it is over
  reopen ALERT [--reason TEXT]       it is open again

  routes-off                         routes whose receiver wants no more alerts (410)
  switch-on ROUTE                    sends to such a route again

ALERT is the id as list prints it, or its first characters if they name one alert that is not over.

  --url URL      address of the pages (default http://127.0.0.1:7071, or TILLSTREAM_URL)
  --as NAME      on this machine: who you are, with the role Operations
  --client ID    in Azure: client id of the pages' sign-in (or TILLSTREAM_CLIENT); the token is that of az login
  --json         the answers as they are

Exit code 0 if it was done, 1 if it was refused, 2 for a usage error. A command that got no answer can be repeated with
--key KEY, which it prints: it has one effect.`;

const OPTIONS = {
  ...SIGN_IN_OPTIONS,
  json: { type: 'boolean' },
  key: { type: 'string' },
  state: { type: 'string' },
  store: { type: 'string' },
  kind: { type: 'string' },
  severity: { type: 'string' },
  assignee: { type: 'string' },
  for: { type: 'string' },
  to: { type: 'string' },
  reason: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;
const parsed = (args: readonly string[]) => read(args, OPTIONS, true);
type Values = ReturnType<typeof parsed>['values'];

const ROOT = '/operations/api';
/** A text of an answer; empty for what is none. */
const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Call {
  readonly client: CloseClient;
  readonly values: Values;
  readonly name: string;
}

/** What each command needs besides an alert, as the API takes it. @throws UsageError */
const BODIES: Readonly<Record<string, (values: Values) => Json>> = {
  ack: () => ({ action: 'acknowledge' }),
  snooze: (values) => ({ action: 'snooze', minutes: minutesOf(values.for) }),
  mute: (values) => ({ action: 'mute', days: daysOf(values.for) }),
  assign: (values) => {
    if (values.to === undefined) throw new UsageError('assign needs --to NAME. See --help.');
    return { action: 'assign', to: values.to };
  },
  escalate: () => ({ action: 'escalate' }),
  clear: () => ({ action: 'clear' }),
  reopen: () => ({ action: 'reopen' }),
};

const UNIT_MINUTES: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1_440 };

function minutesOf(text: string | undefined): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([mhd])$/.exec(text ?? '') ?? [];
  if (count === '')
    throw new UsageError('snooze needs --for with minutes, hours or days, such as 30m, 4h or 2d.');
  return Number(count) * (UNIT_MINUTES[unit] ?? 1);
}

function daysOf(text: string | undefined): number {
  const [, count = ''] = /^(\d{1,3})d$/.exec(text ?? '') ?? [];
  if (count === '') throw new UsageError('mute needs --for with days, such as 7d.');
  return Number(count);
}

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parsed(args);
  if (values.help === true) return say(USAGE);
  const [command = '', name = '', ...rest] = positionals;
  const handle = handlerOf(command);
  if (!handle || rest.length > 0)
    throw new UsageError(`Unknown command "${positionals.join(' ')}".\n\n${USAGE}`);
  if (!['list', 'routes-off'].includes(command) && name === '')
    throw new UsageError(`${command} needs ${command === 'switch-on' ? 'a ROUTE' : 'an ALERT'}. See --help.`);
  // Wrong options are told before anybody signs in.
  BODIES[command]?.(values);
  await handle({ client: await closeClient(await signInOf(values, ['Operations'])), values, name });
}

function handlerOf(command: string): ((call: Call) => Promise<void>) | undefined {
  const body = BODIES[command];
  return body ? (call) => act(call, body(call.values)) : READS[command];
}

const READS: Readonly<Record<string, (call: Call) => Promise<void>>> = {
  list: async ({ client, values }) => print(values, await client.all(listAddress(values)), listLines),
  show: async ({ client, values, name }) => {
    const alert = await find(client, name);
    const { content } = await client.get(`${placeOf(alert)}/history`);
    print(values, { ...alert, history: content['items'] }, showLines);
  },
  'routes-off': async ({ client, values }) =>
    print(values, (await client.get(`${ROOT}/routes-off`)).content, offLines),
  'switch-on': async ({ client, values, name }) => {
    const key = values.key ?? randomUUID();
    const path = `${ROOT}/routes-off/${encodeURIComponent(name)}/switch-on`;
    print(values, await client.post(path, {}, { 'idempotency-key': key }), offLines);
  },
};

async function act({ client, values, name }: Call, body: Json): Promise<void> {
  const key = values.key ?? randomUUID();
  if (values.json !== true) say(`Idempotency-Key ${key}`);
  const alert = await find(client, name);
  const command = { ...body, ...(values.reason === undefined ? {} : { reason: values.reason }) };
  print(values, await client.post(`${placeOf(alert)}/actions`, command, { 'idempotency-key': key }), (done) =>
    listLines({ items: [done] }),
  );
}

/** By its id, or by the beginning of it. @throws UsageError where none or several begin so */
async function find(client: CloseClient, name: string): Promise<Json> {
  const wanted = name.startsWith('alert_') ? name : `alert_${name}`;
  const { items } = await client.all(`${ROOT}/alerts?state=all&limit=500`);
  const found = (items as Json[]).filter(({ alertId }) => String(alertId).startsWith(wanted));
  const exact = found.find(({ alertId }) => alertId === wanted);
  const open = found.filter(({ state }) => state !== 'cleared');
  const [only = exact] = exact ? [exact] : open.length > 0 ? open : found;
  if (!only) throw new UsageError(`No alert begins with ${wanted}. See: npm run alerts -- list --state all`);
  if (!exact && (open.length > 1 || (open.length === 0 && found.length > 1)))
    throw new UsageError(`Several alerts begin with ${wanted}: give more characters.`);
  return only;
}

const placeOf = ({ businessDate, alertId }: Json): string =>
  `${ROOT}/alerts/${String(businessDate)}/${String(alertId)}`;

function listAddress(values: Values): string {
  const query = new URLSearchParams({ limit: '500' });
  for (const name of ['state', 'store', 'kind', 'severity', 'assignee'] as const) {
    const value = values[name];
    if (value !== undefined) query.set(name, value);
  }
  return `${ROOT}/alerts?${query.toString()}`;
}

function print(values: Values, content: Json, lines: (content: Json) => readonly string[]): void {
  for (const line of values.json === true ? [JSON.stringify(content, undefined, 2)] : lines(content))
    say(line);
}

function listLines({ items }: Json): string[] {
  const all = items as Json[];
  if (all.length === 0) return ['No alerts.'];
  return all.flatMap((one) => {
    const until = one['until'] === undefined ? '' : ` until ${textIn(one['until'])}`;
    const by = (one['by'] as { name: string }).name;
    const assignee = one['assignee'] === undefined ? '' : `, assigned to ${textIn(one['assignee'])}`;
    return [
      `${textIn(one['alertId'])}  ${textIn(one['severity']).padEnd(8)}  ${textIn(one['storeId'])}  ${textIn(one['title'])}`,
      `    ${textIn(one['state'])}${until} since ${textIn(one['since'])}, by ${by}${assignee}`,
    ];
  });
}

function showLines(content: Json): string[] {
  const steps = (content['history'] as Json[]).map((step) => {
    const text = step['text'] === undefined ? '' : `: ${textIn(step['text'])}`;
    return `  ${textIn(step['at'])}  ${textIn(step['what'])} by ${(step['by'] as { name: string }).name}${text}`;
  });
  return [...listLines({ items: [content] }), `    ${textIn(content['detail'])}`, ...steps];
}

function offLines({ items }: Json): string[] {
  const all = items as Json[];
  if (all.length === 0) return ['No route is switched off.'];
  return all.map((one) => `${textIn(one['route'])}  since ${textIn(one['at'])}: ${textIn(one['reason'])}`);
}

async function run(): Promise<void> {
  try {
    await main(process.argv.slice(2));
  } catch (thrown) {
    process.stderr.write(`${messageOf(thrown)}\n`);
    process.exitCode = thrown instanceof UsageError ? 2 : 1;
  }
}

void run();
