import { containerClient } from '../../../shared/azure/clients.ts';
import { CONTAINERS, SECRETS } from '../../../shared/azure/names.ts';
import { pseudonymsFrom } from '../../../shared/azure/pseudonym-keys.ts';
import { isConflict } from '../../../shared/azure/sdk-errors.ts';
import type { BusinessDate } from '../../../shared/ids.ts';
import { indexCatalog } from '../../../shared/pos/master-data.ts';
import { demonstrationChain, masterDataOfChain } from './chain.ts';
import { demoDays, type DemoDay } from './demo-day.ts';
import { TYPED_CARD_NUMBER } from './drawer.ts';
import { expectedOf } from './expected.ts';
import { connectHost, type HostClient } from './host-client.ts';
import { layInHistory } from './sales-history.ts';
import { startLocalTillstream, type LocalRun, type LocalTillstream } from './local-tillstream.ts';
import { observe } from './observed.ts';
import type { StartOptions } from './options.ts';
import { startAlertReceiver, type AlertReceiver } from './receiver.ts';
import { advanced, keepProgress, keepRun, planRun, readProgress, type RunFile } from './run-file.ts';
import { counted, grouped } from './screen.ts';
import { noteRunning } from './running-file.ts';
import { ALERT_ROUTE, openSecrets, type DemoSecrets } from './secrets-file.ts';
import { malformedBody, sendDay, type SendProgress } from './sender.ts';
import type { Clock } from '../../../shared/time.ts';
import { giftCardPrefix } from './transactions.ts';
import { summaryText, type RunOutcome } from './summary.ts';
import { connectTerminal, squareSigner, standardSigner, type Terminal } from './terminal-http.ts';
import { runVerdict } from './verdict.ts';

export interface DemoRunOptions extends StartOptions, LocalRun {}

/** A run that has printed its summary and keeps serving its pages. */
export interface DemoRun {
  readonly outcome: RunOutcome;
  stop(): Promise<void>;
}

/** Tills that send at the same time, however many there are. */
const TILLS_AT_ONCE = 16;

/** Starts everything, plays the days, lands and reconciles them, and prints the results. */
export async function runDemo(options: DemoRunOptions): Promise<DemoRun> {
  const { folder, screen, signal } = options;
  const planned = planRun(folder, options);
  const secrets = openSecrets(folder.file('secrets.json'));
  const receiver = await openReceiver(options, planned, secrets);
  const run: RunFile = { ...planned, receiverPort: Number(new URL(receiver.url).port) };
  keepRun(folder, run);
  let local: LocalTillstream | undefined;
  const stop = async (): Promise<void> => {
    await local?.stop();
    await receiver.close();
  };
  try {
    local = await startParts(options, run, secrets, receiver);
    signal.throwIfAborted();
    const outcome = await playAndJudge(options, run, secrets, receiver, local);
    screen.say(summaryText(outcome, screen, !options.once));
    keepRun(folder, advanced(run, 'shown', outcome.dates));
    return { outcome, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

async function openReceiver(
  { folder, clock }: DemoRunOptions,
  { receiverPort }: RunFile,
  secrets: DemoSecrets,
): Promise<AlertReceiver> {
  const receiver = {
    file: folder.file('received-alerts.ndjson'),
    secrets: secrets.get(SECRETS.alertChannel(ALERT_ROUTE)),
    clock,
  };
  try {
    return await startAlertReceiver({ ...receiver, port: receiverPort });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw thrown;
    // Another program has taken the port, so the alert routes are rewritten with a new one.
    return startAlertReceiver({ ...receiver, port: 0 });
  }
}

async function startParts(
  { folder, dist, hostJson, port, screen, signal, onLost }: DemoRunOptions,
  run: RunFile,
  secrets: DemoSecrets,
  receiver: AlertReceiver,
): Promise<LocalTillstream> {
  screen.doing('starting storage, Event Hubs and the functions host');
  const chain = demonstrationChain(run.stores);
  const local = await startLocalTillstream({
    folder,
    secrets,
    dist,
    hostJson,
    port,
    screen,
    signal,
    onLost,
    masterData: masterDataOfChain(chain, [{ name: ALERT_ROUTE, channel: 'webhook', url: receiver.url }]),
  });
  await noteRunning(folder, local.url);
  screen.done(
    `Storage, Event Hubs and the functions host are running; ${counted(run.stores, 'store')} and ${counted(chain.products.length, 'product')} are loaded`,
  );
  return local;
}

async function playAndJudge(
  options: DemoRunOptions,
  run: RunFile,
  secrets: DemoSecrets,
  receiver: AlertReceiver,
  local: LocalTillstream,
): Promise<RunOutcome> {
  const { folder, screen, signal } = options;
  const host = connectHost(local.url);
  const dates = run.days.map(({ date }) => date);
  const progress = new Map<BusinessDate, SendProgress>();
  const [firstDate] = dates;
  if (firstDate !== undefined)
    await layInHistory(local.storage, demonstrationChain(run.stores).stores, firstDate, run.seed);
  for (const day of demoDays({ stores: run.stores, seed: run.seed, dates })) {
    const soFar = readProgress(folder, day.date);
    progress.set(day.date, soFar);
    const stage = run.days.find(({ date }) => date === day.date)?.stage;
    if (stage === 'begun') await playDay(options, secrets, local, day, soFar);
    await lookAtShelves(options, host);
    // A day that was killed at its end may have left what is below, and storage may have forgotten it.
    if (stage !== 'shown' && folder.wasKilled) await leaveAgain(secrets, options.clock, local, day);
    if (stage !== 'begun') continue;
    run = advanced(run, 'played', [day.date]);
    keepRun(folder, run);
  }
  await host.whenIdle((left) => screen.doing(`stock, tills and alerts: ${grouped(left)} left to do`), signal);
  screen.done('Stock, tills and alerts have processed everything');
  screen.doing('landing');
  await host.invoke('land');
  screen.done('Landed');
  screen.doing('reconciling');
  await host.invoke('plan');
  await host.whenIdle((left) => screen.doing(`reconciling: ${grouped(left)} left to do`), signal);
  screen.done('Reconciled with the ledger');
  screen.doing('comparing findings with planted faults');
  const chain = demonstrationChain(run.stores);
  const pseudonymise = await pseudonymsFrom({ get: (name) => Promise.resolve(secrets.get(name)) });
  const expected = expectedOf(demoDays({ stores: run.stores, seed: run.seed, dates }), (id) =>
    pseudonymise('operator', id),
  );
  const observed = await observe({
    storage: local.storage,
    catalog: indexCatalog(
      chain.stores.map(({ store }) => store),
      chain.products,
    ),
    alerts: receiver.alerts(),
    secretTexts: secretTextsOf(run.stores),
    profile: chain.postingProfile,
    ownEventIds: expected.eventIds,
  });
  let acknowledged = 0;
  for (const { acknowledged: bySender } of progress.values()) {
    for (const count of Object.values(bySender)) acknowledged += count;
  }
  screen.done('Compared');
  return {
    stores: run.stores,
    dates,
    acknowledged,
    progress: [...progress.values()],
    observed,
    verdict: runVerdict(expected, observed, acknowledged),
    url: local.url,
    folder: folder.path,
  };
}

/** At the end of each day: a look judges the hours of one day at most. */
async function lookAtShelves({ screen, signal }: DemoRunOptions, host: HostClient): Promise<void> {
  await host.whenIdle((left) => screen.doing(`stock, tills and alerts: ${grouped(left)} left to do`), signal);
  await host.invoke('watchShelves');
}

const CONNECTION = { contentType: 'application/json', maxConnections: TILLS_AT_ONCE };

const webhookUrl = ({ url }: LocalTillstream, source: string): string => `${url}/webhooks/${source}`;

function ownTerminal(secrets: DemoSecrets, clock: Clock, local: LocalTillstream): Terminal {
  return connectTerminal({
    ...CONNECTION,
    url: webhookUrl(local, 'tillstream'),
    sign: standardSigner(secrets.get(SECRETS.webhook('tillstream'))[0], clock),
  });
}

/**
 * Repeats the storage writes at the end of a day without a summary. A killed Azurite loses its last seconds,
 * and both writes are safe to repeat.
 */
async function leaveAgain(
  secrets: DemoSecrets,
  clock: Clock,
  local: LocalTillstream,
  day: DemoDay,
): Promise<void> {
  const body = malformedBody(day.events);
  const terminal = ownTerminal(secrets, clock, local);
  try {
    if (body !== undefined) await terminal.deliver(body);
  } finally {
    terminal.close();
  }
  await dropLedger(local, day);
}

async function playDay(
  options: DemoRunOptions,
  secrets: DemoSecrets,
  local: LocalTillstream,
  day: DemoDay,
  progress: SendProgress,
): Promise<void> {
  const { screen, folder, signal, clock, speed } = options;
  const terminal = ownTerminal(secrets, clock, local);
  const squareUrl = webhookUrl(local, 'square');
  const square = connectTerminal({
    ...CONNECTION,
    url: squareUrl,
    sign: squareSigner(secrets.get(SECRETS.webhook('square'))[0], squareUrl),
  });
  try {
    await sendDay({
      events: day.events,
      terminal,
      square,
      progress,
      speed,
      concurrency: TILLS_AT_ONCE,
      signal,
      afterStep: ({ acknowledged, total, atMs }) => {
        keepProgress(folder, day.date, progress);
        const time = new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
        screen.doing(
          `${time} UTC  ${grouped(acknowledged)} of ${counted(total, 'event')}`,
          acknowledged / total,
        );
      },
    });
  } finally {
    terminal.close();
    square.close();
  }
  keepProgress(folder, day.date, progress);
  await dropLedger(local, day);
  screen.done(
    `${weekdayOf(day.date)} ${day.date} played: ${counted(day.events.length, 'event')} of ${counted(day.stores.length, 'store')}, and its ledger file`,
  );
}

/** Only once: uploading the same file again would look like new data. */
async function dropLedger({ storage }: LocalTillstream, { date, ledger }: DemoDay): Promise<void> {
  const blob = containerClient(storage, CONTAINERS.ledger).getBlockBlobClient(`ledger-${date}.csv`);
  try {
    await blob.upload(ledger, Buffer.byteLength(ledger), {
      conditions: { ifNoneMatch: '*' },
      blobHTTPHeaders: { blobContentType: 'text/csv' },
    });
  } catch (thrown) {
    if (!isConflict(thrown)) throw thrown;
  }
}

/** Sent by the tills but never stored: customers, gift cards, and card numbers typed by mistake. */
function secretTextsOf(stores: number): string[] {
  const cards = demonstrationChain(stores).stores.map(({ store }) => giftCardPrefix(store.storeId));
  const typed = [TYPED_CARD_NUMBER, TYPED_CARD_NUMBER.replaceAll(' ', '')];
  return ['"customerId"', '"giftCardNumber"', ...typed, ...cards];
}

const weekdayOf = (date: BusinessDate): string =>
  new Date(`${date}T12:00:00Z`).toLocaleDateString('en-GB', { weekday: 'long', timeZone: 'UTC' });
