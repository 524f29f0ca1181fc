import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { bundleLocal } from '../../infra/build/bundle.ts';
import { forkChild } from '../../infra/kit/child.ts';
import { queueClient } from '../../shared/azure/clients.ts';
import { MASTER_DATA_FILES, QUEUES } from '../../shared/azure/names.ts';
import { SECOND_MS } from '../../shared/time.ts';
import { startLocalAzure, type LocalAzure } from '../support/local-azure.ts';
import { CATALOG, SECRET, signedHeaders, wireSale } from '../support/webhook-fixture.ts';
import type { BenchRow } from './row.ts';

/**
 * From the webhook to the alert in the queue `alerts`, through the built app on the local Azure: 200 events a second, one of
 * twenty a till that closes with its cash wrong. Everything, the load included, shares this machine.
 */
const EVENTS_PER_SECOND = 200;
const ONE_ALERT_IN = 20;
const WARM_UP_S = 5;
const MEASURED_S = 20;
const TICK_MS = 20;
/** What has not arrived by then is not among the figures, and the row says so. */
const LAST_WAIT_MS = 15 * SECOND_MS;

export async function bench(): Promise<BenchRow[]> {
  mkdirSync('.tillstream', { recursive: true });
  const dir = mkdtempSync('.tillstream/bench-');
  const azure = await startLocalAzure({ partitions: 4, secrets: { 'webhook-tillstream': SECRET } });
  try {
    await azure.putMasterData(MASTER_DATA_FILES.stores, { stores: [...CATALOG.stores.values()] });
    await azure.putMasterData(MASTER_DATA_FILES.products, { products: [...CATALOG.products.values()] });
    const hostScript = join(dir, 'host.js');
    await bundleLocal('infra/local/host/main.ts', hostScript);
    const host = await forkChild<{ ready: true; port: number }>(
      hostScript,
      ['--app', 'dist/functions/main.js', '--port', '0', '--only', 'receive,stock,tills,outbox'],
      { ...process.env, ...azure.env },
      { name: 'The host', logFile: join(dir, 'host.log') },
    );
    try {
      return [await measure(azure, host.ready.port)];
    } finally {
      await host.stop(5_000);
    }
  } finally {
    await azure.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function measure(azure: LocalAzure, port: number): Promise<BenchRow> {
  const sentAtMs = new Map<string, number>();
  const tookMs: number[] = [];
  let isOver = false;
  const watching = watch(azure, sentAtMs, tookMs, () => isOver);
  await load(port, WARM_UP_S, 'warm', new Map());
  await load(port, MEASURED_S, 'run', sentAtMs);
  const total = sentAtMs.size + tookMs.length;
  for (const endMs = Date.now() + LAST_WAIT_MS; sentAtMs.size > 0 && Date.now() < endMs;)
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  isOver = true;
  await watching;
  tookMs.sort((one, other) => one - other);
  const at = (share: number): number =>
    tookMs[Math.min(tookMs.length - 1, Math.floor(tookMs.length * share))] ?? Number.NaN;
  return {
    name: `webhook to queued alert, 99th percentile at ${EVENTS_PER_SECOND} events/s`,
    value: at(0.99),
    unit: 'ms',
    ratio: at(0.99) / SECOND_MS,
    ratioOf: 'the budget of 1 s',
    note: `median ${Math.round(at(0.5))} ms, slowest ${Math.round(at(1))} ms; ${tookMs.length} of ${total} alerts arrived`,
  };
}

/** Sends at a steady pace, whether or not answers come: a slow answer must not slow the load. */
async function load(
  port: number,
  seconds: number,
  name: string,
  sentAtMs: Map<string, number>,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 200 });
  const startedMs = Date.now();
  const answers: Promise<number>[] = [];
  for (let sent = 0; sent < seconds * EVENTS_PER_SECOND;) {
    const due = Math.floor(((Date.now() - startedMs) / SECOND_MS) * EVENTS_PER_SECOND);
    for (; sent < Math.min(due, seconds * EVENTS_PER_SECOND); sent += 1) {
      const tillId = `${name}-${sent}`;
      const isAlert = sent % ONE_ALERT_IN === 0;
      if (isAlert) sentAtMs.set(tillId, Date.now());
      answers.push(post(port, agent, isAlert ? wrongCash(tillId) : sale(tillId)));
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  const refused = (await Promise.all(answers)).filter((status) => status !== 200);
  agent.destroy();
  if (refused.length > 0) throw new Error(`The webhook answered ${refused.length} times with ${refused[0]}`);
}

/** Takes alerts from the queue and notes how long each took, until it is told that it is over. */
async function watch(
  azure: LocalAzure,
  sentAtMs: Map<string, number>,
  tookMs: number[],
  isOver: () => boolean,
): Promise<void> {
  const queue = queueClient(azure.settings.state, QUEUES.alerts);
  while (!isOver()) {
    const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
    const nowMs = Date.now();
    for (const { messageText, messageId, popReceipt } of receivedMessageItems) {
      const { tillId = '' } = JSON.parse(Buffer.from(messageText, 'base64').toString()) as {
        tillId?: string;
      };
      const sent = sentAtMs.get(tillId);
      if (sent !== undefined) tookMs.push(nowMs - sent);
      sentAtMs.delete(tillId);
      await queue.deleteMessage(messageId, popReceipt);
    }
    if (receivedMessageItems.length === 0) await new Promise((resolve) => setTimeout(resolve, TICK_MS / 2));
  }
}

const sale = (tillId: string): Buffer =>
  Buffer.from(
    JSON.stringify(
      wireSale({
        id: `sale-${tillId}`,
        transactionId: `sale-${tillId}`,
        sequenceNumber: undefined,
        occurredAt: new Date().toISOString(),
      }),
    ),
  );

/** A shift whose counted cash is 20.00 less than the till expected. */
const wrongCash = (tillId: string): Buffer => {
  const { storeId, operatorId } = wireSale() as { storeId: string; operatorId: string };
  return Buffer.from(
    JSON.stringify({
      kind: 'shift',
      id: `shift-${tillId}`,
      storeId,
      operatorId,
      tillId,
      occurredAt: new Date().toISOString(),
      action: 'closed',
      shiftId: `shift-${tillId}`,
      currency: 'EUR',
      counts: [{ tender: 'cash', countedMinor: 8_000, tillExpectedMinor: 10_000 }],
    }),
  );
};

function post(port: number, agent: Agent, body: Buffer): Promise<number> {
  const headers = { ...signedHeaders(body, {}, Date.now()), 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const sent = request(
      { port, host: '127.0.0.1', path: '/webhooks/tillstream', method: 'POST', agent, headers },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
