/**
 * On-call commands for a deployed Tillstream, with the user's own Azure sign-in; see docs/runbooks.
 *
 *   az functionapp config appsettings list -g GROUP -n INGEST_APP > settings.json
 *   npx tsx infra/operate/main.ts letters --settings settings.json [--stage NAME] [--limit N]
 *   npx tsx infra/operate/main.ts replay --settings settings.json [--stage NAME] [LETTER...]
 *   npx tsx infra/operate/main.ts show|edit|discard --settings settings.json LETTER...
 *   npm run prove -- --settings settings.json [--hours N]
 *   npx tsx infra/operate/main.ts rebuild --settings settings.json stock|tills
 *   npx tsx infra/operate/main.ts plan --settings settings.json [DATE]
 *   npx tsx infra/operate/main.ts pseudonym --settings settings.json operator|customer|gift-card [ID...]
 *   npm run forecast -- --settings settings.json --date DATE [--store STORE]
 *   npm run postings -- --settings settings.json --date DATE [--store STORE]
 */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

import { replayLetter } from '../../functions/reconcile/letters/deeds.ts';
import { wireReconcile } from '../../functions/reconcile/wire.ts';
import { jsonLogger } from '../../shared/log.ts';
import { messageOf } from '../../shared/errors.ts';
import { cachedSecrets, secretReader } from '../../shared/azure/secrets.ts';
import { businessDate, businessDateSchema } from '../../shared/ids.ts';
import { MINUTE_MS, toInstant } from '../../shared/time.ts';
import { read, wholeNumber } from '../kit/command-line.ts';
import { UsageError } from '../kit/usage-error.ts';
import { settingsOfApp } from './azure-settings.ts';
import { printForecast } from './forecast.ts';
import { discardLetters, editLetter, namesOf, showLetter, type Doer, type NamesOrFilter } from './letters.ts';
import { printPostings } from './postings.ts';
import { printHeadquarters } from './headquarters.ts';
import { MAX_PROVED_HOURS, prove } from './prove.ts';
import { listLetters, REBUILDABLE, rebuildTable, replayLetters, type OperateParts } from './commands.ts';
import { PERSON_KINDS, pseudonymLines } from './pseudonyms.ts';

const USAGE = `Usage: npx tsx infra/operate/main.ts COMMAND --settings FILE

  letters [--stage NAME] [--limit N]   counts dead letters by stage and lists the newest (default 20)
  replay [FILTER] [LETTER...]          replays dead letters, by name or all that fit
  show LETTER                          prints a dead letter and what was done with it
  edit LETTER --payload FILE --reason TEXT  replaces its payload; the letter as it was is kept, with the difference
  discard [FILTER] [LETTER...] --reason TEXT  puts letters away that need no replay
                                       FILTER: --stage NAME, --code CODE, --source NAME, --store STORE
                                       --by NAME says who does it (default: your name on this machine)
  prove [--hours N]                    shows that every delivery of the last hours (default 24) is accounted for
  rebuild stock|tills                  rebuilds an empty table from the raw landing
  plan [DATE]                          queues a business date, or all with new data, for reconciliation
  postings --date DATE [--store STORE] prints the postings that the ledger should hold for a business date
  forecast --date DATE [--store STORE] prints the receipts that Dynamics 365 will refuse, and what it will say
  headquarters --date DATE [--store STORE]
                                       prints how far the receipts have come at Dynamics 365 Commerce headquarters

  pseudonym KIND [ID...]               pseudonyms of operator, customer or gift-card ids; without ids, reads them
                                       from standard input, one per line, which keeps them out of the shell history

  --settings FILE  a local.settings.json, or the output of: az functionapp config appsettings list -g GROUP -n INGEST_APP`;

const COMMANDS: ReadonlySet<string> = new Set([
  'letters',
  'replay',
  'show',
  'edit',
  'discard',
  'prove',
  'rebuild',
  'plan',
  'postings',
  'forecast',
  'headquarters',
  'pseudonym',
]);

/** As many as people can read; the rest is in the container. */
const DEFAULT_LISTED = 20;
const MAX_LISTED = 10_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const { values, positionals } = read(
    process.argv.slice(2),
    {
      settings: { type: 'string' },
      stage: { type: 'string' },
      limit: { type: 'string' },
      date: { type: 'string' },
      store: { type: 'string' },
      code: { type: 'string' },
      source: { type: 'string' },
      by: { type: 'string' },
      reason: { type: 'string' },
      payload: { type: 'string' },
      hours: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
    true,
  );
  const [command = '', ...names] = positionals;
  if (values.help === true) {
    say(USAGE);
    return 0;
  }
  checkCommand(command, names);
  if (values.settings === undefined) throw new UsageError(`--settings is missing.\n\n${USAGE}`);
  const limit = wholeNumber('--limit', values.limit, 1, MAX_LISTED) ?? DEFAULT_LISTED;
  const settings = settingsOfApp(readSettingsFile(values.settings));
  const log = jsonLogger((_level, line) => void process.stderr.write(`${line}\n`));
  const parts: OperateParts = { settings, clock: Date.now, log, say };
  const stage = values.stage === undefined ? {} : { stage: values.stage };
  if (command === 'letters' && names.length === 0) {
    await listLetters(parts, { ...stage, limit });
    return 0;
  }
  const { code, source, store } = values;
  const filter = { names, stage: values.stage, code, source, store };
  const doer = { by: values.by ?? userInfo().username, reason: values.reason ?? '' };
  if (command === 'replay' && (names.length > 0 || [values.stage, code, source, store].some(Boolean)))
    return replay(parts, filter, doer);
  const [letter] = names;
  if (command === 'show' && letter !== undefined) return (await showLetter(parts, letter)) ? 0 : 1;
  if (command === 'edit' && letter !== undefined && values.payload !== undefined)
    return (await editLetter(parts, letter, values.payload, doer)) ? 0 : 1;
  if (command === 'discard' && (names.length > 0 || [values.stage, code, source, store].some(Boolean))) {
    const { discarded, left } = await discardLetters(parts, filter, doer);
    say(`${discarded} discarded, ${left} left`);
    return left === 0 && discarded > 0 ? 0 : 1;
  }
  if (command === 'prove' && names.length === 0) {
    const hours = wholeNumber('--hours', values.hours, 1, MAX_PROVED_HOURS) ?? 24;
    return (await prove(parts, hours)) ? 0 : 1;
  }
  if (command === 'plan' && names.length <= 1) return plan(parts, names[0]);
  const kind = PERSON_KINDS.find((name) => name === names[0]);
  if (command === 'pseudonym' && kind !== undefined) return pseudonyms(parts, kind, names.slice(1));
  const ofDate = OF_DATE.get(command);
  if (ofDate && names.length === 0) return ofDate(parts, values);
  const table = REBUILDABLE.find((name) => name === names[0]);
  if (command === 'rebuild' && table !== undefined && names.length === 1) {
    say(`${await rebuildTable(parts, table)} events read`);
    return 0;
  }
  throw new UsageError(`"${positionals.join(' ')}" is no whole command.\n\n${USAGE}`);
}

async function replay(parts: OperateParts, filter: NamesOrFilter, doer: Doer): Promise<number> {
  const wired = wireReconcile(parts.settings, parts.clock, parts.log);
  try {
    const replayNoted = (name: string): Promise<boolean> =>
      replayLetter(wired.letterDeeds, name, { ...doer, at: toInstant(parts.clock()) });
    const isByStage = filter.code === undefined && filter.source === undefined && filter.store === undefined;
    // By more than a stage the letters are found first; a person's decision is asked for all the same.
    const found = isByStage
      ? []
      : (await namesOf(parts, filter)).filter((name) => !filter.names.includes(name));
    const wanted = isByStage && filter.stage !== undefined ? { stage: filter.stage } : {};
    const { replayed, left } = await replayLetters(parts, replayNoted, {
      names: filter.names,
      ...wanted,
      ...(isByStage ? {} : { found }),
    });
    say(`${replayed} replayed, ${left} left`);
    // Finding nothing is not a success: the stage may be misspelled.
    return left === 0 && replayed > 0 ? 0 : 1;
  } finally {
    await wired.close();
  }
}

/** Queues one date, or all dates with new data. */
async function plan({ settings, clock, log }: OperateParts, date: string | undefined): Promise<number> {
  const wired = wireReconcile(settings, clock, log);
  try {
    await wired.plan(log, date === undefined ? undefined : businessDate(date));
    say(date === undefined ? 'all dates with new data are queued' : `${date} is queued`);
    return 0;
  } finally {
    await wired.close();
  }
}

/** @param ids of the command line; without any, lines of the standard input. */
async function pseudonyms(
  { settings, clock, log }: OperateParts,
  kind: (typeof PERSON_KINDS)[number],
  ids: readonly string[],
): Promise<number> {
  const given = ids.length > 0 ? ids : readFileSync(0, 'utf8').split(/\r?\n/);
  const secrets = cachedSecrets({
    read: secretReader(settings.secrets, clock),
    refreshMs: MINUTE_MS,
    clock,
    log,
  });
  const wanted = given.filter((id) => id.trim() !== '');
  for (const line of await pseudonymLines(secrets, kind, wanted)) say(line);
  return 0;
}

/** Before anything is read or reached. @throws UsageError */
function checkCommand(command: string, names: readonly string[]): void {
  if (!COMMANDS.has(command)) throw new UsageError(`Unknown command "${command}".\n\n${USAGE}`);
  const [date] = names;
  if (command === 'plan' && date !== undefined && !businessDateSchema.safeParse(date).success)
    throw new UsageError(`plan takes a business date such as 2026-03-02, not "${date}".`);
}

async function postings(parts: OperateParts, values: { date?: string; store?: string }): Promise<number> {
  const date = businessDateSchema.safeParse(values.date);
  if (!date.success) throw new UsageError('postings needs --date with a business date such as 2026-03-02.');
  const documents = await printPostings(parts, date.data, values.store);
  if (documents > 0) return 0;
  parts.say(`Nothing of ${date.data} has landed${values.store === undefined ? '' : ` for ${values.store}`}.`);
  return 1;
}

async function forecast(parts: OperateParts, values: { date?: string; store?: string }): Promise<number> {
  const date = businessDateSchema.safeParse(values.date);
  if (!date.success) throw new UsageError('forecast needs --date with a business date such as 2026-03-02.');
  const { checked, refused } = await printForecast(parts, date.data, values.store);
  if (checked === 0)
    parts.say(
      `Nothing of ${date.data} has landed${values.store === undefined ? '' : ` for ${values.store}`}.`,
    );
  return checked > 0 && refused === 0 ? 0 : 1;
}

async function headquarters(parts: OperateParts, values: { date?: string; store?: string }): Promise<number> {
  const date = businessDateSchema.safeParse(values.date);
  if (!date.success)
    throw new UsageError('headquarters needs --date with a business date such as 2026-03-02.');
  const { receipts, open } = await printHeadquarters(parts, date.data, values.store);
  if (receipts === 0) parts.say(`Neither side has a receipt of ${date.data}.`);
  return receipts > 0 && open === 0 ? 0 : 1;
}

/** Commands that print something of one business date. */
const OF_DATE = new Map([
  ['postings', postings],
  ['forecast', forecast],
  ['headquarters', headquarters],
]);

function readSettingsFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new UsageError(`The settings file cannot be read: ${messageOf(thrown)}`);
  }
}

async function run(): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (thrown) {
    process.stderr.write(`${messageOf(thrown)}\n`);
    process.exitCode = thrown instanceof UsageError ? 2 : 1;
  }
}

void run();
