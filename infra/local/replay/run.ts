import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { SECRETS } from '../../../shared/azure/names.ts';
import { SECOND_MS } from '../../../shared/time.ts';
import { connectHost } from '../demo/host-client.ts';
import { startLocalTillstream, type LocalRun, type LocalTillstream } from '../demo/local-tillstream.ts';
import { countDeadLetters, readLanding } from '../demo/observed.ts';
import { readStates } from '../demo/observed-states.ts';
import { counted, grouped } from '../demo/screen.ts';
import { openSecrets } from '../demo/secrets-file.ts';
import { connectTerminal, standardSigner } from '../demo/terminal-http.ts';
import { UsageError } from '../../kit/usage-error.ts';
import { noteLanded, nothingLanded } from './landed.ts';
import { readOnlineRetail } from './online-retail.ts';
import type { ReplayOptions } from './options.ts';
import { readPoslog } from './poslog-file.ts';
import type { ReplayFile } from './record.ts';
import { sendFile } from './send-file.ts';
import { badLines, checksOf, replayText, type ReplayOutcome } from './summary.ts';

export interface ReplayRunOptions extends ReplayOptions, LocalRun {}

const PATIENCE_MS = 60 * SECOND_MS;

/** @throws UsageError when there is no such file. */
export function checkFile(path: string): void {
  if (!existsSync(path) || !statSync(path).isFile()) throw new UsageError(`File not found: ${path}`);
}

/** Sends the file, waits for landing, and reports the outcome. @returns whether all sums agree. */
export async function runReplay(options: ReplayRunOptions): Promise<boolean> {
  const { screen, folder } = options;
  const name = basename(options.file);
  screen.doing(`reading ${name}`);
  const file = options.format === 'poslog' ? readPoslog(options) : await readOnlineRetail(options);
  screen.done(`Read ${name}: ${counted(file.records, file.recordName)}`);
  if (file.items.length === 0) {
    for (const line of badLines(file.bad)) screen.say(line);
    throw new UsageError(
      `${name} holds no ${file.recordName} that can be sent. Is --format ${options.format} right?`,
    );
  }
  const secrets = openSecrets(folder.file('secrets.json'));
  screen.doing('starting storage, Event Hubs and the functions host');
  const { masterData } = file;
  const local = await startLocalTillstream({ ...options, secrets, masterData });
  try {
    screen.done('Storage, Event Hubs and the functions host are running');
    const secret = secrets.get(SECRETS.webhook(file.webhook.source))[0];
    const outcome = await sendAndCompare(options, name, file, local, secret);
    const checks = checksOf(outcome);
    screen.say(replayText(outcome, checks, screen));
    return checks.every(({ holds }) => holds);
  } finally {
    await local.stop();
  }
}

async function sendAndCompare(
  { screen, clock, signal, folder }: ReplayRunOptions,
  name: string,
  file: ReplayFile,
  local: LocalTillstream,
  secret: string,
): Promise<ReplayOutcome> {
  const host = connectHost(local.url);
  // There may have been earlier replays into the same folder: count only what is new.
  await host.whenIdle(() => screen.doing('waiting for events sent earlier'), signal);
  await host.invoke('land');
  const before = await readLanding(local.storage, [], () => {});
  const [lettersBefore, statesBefore] = await Promise.all([
    countDeadLetters(local.storage),
    readStates(local.storage),
  ]);
  const terminal = connectTerminal({
    url: `${local.url}/webhooks/${file.webhook.source}`,
    contentType: file.webhook.contentType,
    sign: standardSigner(secret, clock),
    maxConnections: 1,
    patienceMs: PATIENCE_MS,
  });
  const show = (records: number): void =>
    screen.doing(`${grouped(records)} of ${counted(file.records, file.recordName)}`, records / file.records);
  const sent = await sendFile(file, terminal, show, signal).finally(() => terminal.close());
  screen.done(`Sent ${counted(file.items.length, 'event')}`);
  await host.whenIdle((left) => screen.doing(`stock and tills: ${grouped(left)} left to do`), signal);
  await host.invoke('land');
  screen.done('Stock and tills have processed everything, and it has landed');
  const landed = nothingLanded();
  const countsRows = file.recordName === 'row';
  await readLanding(local.storage, [], ({ event, hubPartition, hubSequenceNumber }) => {
    const isNew = hubSequenceNumber > (before.positions.get(hubPartition) ?? -1);
    if (isNew) noteLanded(landed, event, countsRows);
  });
  const states = await readStates(local.storage);
  const tally = states.tally('stock');
  const tallyBefore = statesBefore.tally('stock');
  return {
    name,
    file,
    sent,
    landed,
    effects: tally.folded - tallyBefore.folded,
    duplicates: tally.duplicates - tallyBefore.duplicates,
    inDoubt: tally.conflicts + tally.tooOld - tallyBefore.conflicts - tallyBefore.tooOld,
    deadLetters: difference(await countDeadLetters(local.storage), lettersBefore),
    folder: folder.path,
  };
}

function difference(
  after: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
): Map<string, number> {
  return new Map([...after].map(([key, count]) => [key, count - (before.get(key) ?? 0)]));
}
