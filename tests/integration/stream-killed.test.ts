import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { bundleFunctions } from '../../infra/build/bundle.ts';
import { startAzurite, type Azurite } from '../../infra/local/azurite/azurite.ts';
import { tillShape } from '../../functions/stream/folds.ts';
import { alertSchema } from '../../shared/alerts/alert.ts';
import { queueClient, tableClient } from '../../shared/azure/clients.ts';
import { tableOutbox } from '../../shared/azure/state/outbox.ts';
import { storesWithState, storeStates } from '../../shared/azure/state/store-state.ts';
import type { PosEvent, PositionedEvent } from '../../shared/pos/event.ts';
import { busyDay, positioned } from '../support/stream-events.ts';
import { stockInstance, tillInstance } from '../support/stream-fixture.ts';

const STORES = ['S1', 'S2', 'S3'];
const BATCH = 12;
const KILLS = 10;

let azurite: Azurite;
let folder: string;
let hub: PositionedEvent[];

const connection = () => ({ kind: 'connection-string' as const, connectionString: azurite.connectionString });
const tableOf = (name: string) => tableClient(connection(), name);
const queueOf = (name: string) => queueClient(connection(), name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tillstream-stream-'));
  await bundleFunctions(join(__dirname, '../fixtures/stream-child.ts'), join(folder, 'stream-child.mjs'));
  azurite = await startAzurite({ dataDir: join(folder, 'azurite') });
  const days = STORES.map((store) => busyDay(store, 60));
  const mixed = Array.from({ length: Math.max(...days.map((day) => day.length)) }, (_, index) =>
    days.flatMap((day) => day.slice(index, index + 1)),
  ).flat();
  // Sources repeat themselves, too.
  hub = positioned(
    mixed.flatMap((event, index) => (index % 9 === 8 ? [event, mixed[index - 8] as PosEvent] : [event])),
  );
  writeFileSync(join(folder, 'hub.ndjson'), hub.map((event) => JSON.stringify(event)).join('\n'));
});

afterAll(async () => {
  await azurite.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** All rows of all stores but for what the table itself adds. */
async function stateOf(name: string): Promise<Record<string, unknown>> {
  const state: Record<string, unknown> = {};
  for await (const row of tableOf(name).listEntities()) {
    const {
      etag: _etag,
      timestamp: _timestamp,
      ['odata.metadata']: _metadata,
      ...rest
    } = row as Record<string, unknown>;
    state[`${String(row.partitionKey)} ${String(row.rowKey)}`] = rest;
  }
  return state;
}

/** The distinct alerts in a queue, by id. */
async function alertsIn(queue: string): Promise<Map<string, unknown>> {
  const alerts = new Map<string, unknown>();
  for (;;) {
    const { receivedMessageItems } = await queueOf(queue).receiveMessages({
      numberOfMessages: 32,
      visibilityTimeout: 300,
    });
    if (receivedMessageItems.length === 0) return alerts;
    for (const { messageText } of receivedMessageItems) {
      const alert = alertSchema.parse(JSON.parse(Buffer.from(messageText, 'base64').toString()));
      alerts.set(alert.alertId, alert);
    }
  }
}

async function undisturbed(kind: 'stock' | 'tills') {
  const [table, queue] = [`clean${kind}`, `clean-${kind}`];
  await tableOf(table).createTable();
  await queueOf(queue).create();
  const alerts = new Map<string, unknown>();
  const make = kind === 'stock' ? stockInstance : tillInstance;
  await make(tableOf(table), { onAlert: (alert) => alerts.set(alert.alertId, alert) }).fold(hub);
  return { state: await stateOf(table), alerts };
}

function startChild(kind: string, table: string, queue: string, checkpoint: string) {
  return fork(
    join(folder, 'stream-child.mjs'),
    [
      azurite.connectionString,
      kind,
      table,
      queue,
      join(folder, 'hub.ndjson'),
      join(folder, checkpoint),
      `${BATCH}`,
    ],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
}

async function ended(child: ReturnType<typeof startChild>): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

describe.each(['stock', 'tills'] as const)('%s', (kind) => {
  test('P8 killed anywhere: stream processes killed at random instants end as if they had not been', async () => {
    const clean = await undisturbedOnce(kind);
    expect(clean.alerts.size).toBeGreaterThan(0);
    const [table, queue] = [`killed${kind}`, `killed-${kind}`];
    await tableOf(table).createTable();
    await queueOf(queue).create();
    let kills = 0;
    for (;;) {
      const child = startChild(kind, table, queue, `${table}.checkpoint`);
      const end = ended(child);
      if (kills < KILLS) {
        // Some batches on, at an instant within the next one.
        const batches = Math.floor(Math.random() * 4);
        for (let seen = 0; seen <= batches && child.connected; seen += 1) {
          await Promise.race([once(child, 'message'), end]);
        }
        await wait(Math.random() * 25);
        if (child.kill('SIGKILL')) kills += 1;
      }
      const code = await end;
      if (code !== null) {
        expect(code).toBe(0);
        break;
      }
    }
    expect(kills).toBeGreaterThan(3);
    expect(await stateOf(table)).toEqual(clean.state);
    expect(await alertsIn(queue)).toEqual(clean.alerts);
  });

  test('P2 one effect: two processes that race for the same stores count each event once', async () => {
    const clean = await undisturbedOnce(kind);
    const [table, queue] = [`raced${kind}`, `raced-${kind}`];
    await tableOf(table).createTable();
    await queueOf(queue).create();
    const children = ['one', 'two'].map((name) => startChild(kind, table, queue, `${table}.${name}`));
    expect(await Promise.all(children.map(ended))).toEqual([0, 0]);
    expect(await stateOf(table)).toEqual(clean.state);
    expect(await alertsIn(queue)).toEqual(clean.alerts);
  });
});

const cleanPasses = new Map<string, ReturnType<typeof undisturbed>>();
/** The test before made its tables already, unless it was left out. */
async function undisturbedOnce(kind: 'stock' | 'tills') {
  let pass = cleanPasses.get(kind);
  if (!pass) {
    pass = undisturbed(kind);
    cleanPasses.set(kind, pass);
  }
  return pass;
}

test('a book is read once and then stored again and again under the ETag that the last commit gave', async () => {
  await tableOf('etags').createTable();
  const states = storeStates(tableOf('etags'), tillShape);
  const open = await states.load('S1');
  for (const at of hub.filter(({ event }) => event.storeId === 'S1').slice(0, 5)) {
    open.book.admit(at);
    await states.commit(open, []);
    const { etag } = await tableOf('etags').getEntity('S1', '0-mark');
    expect(open.etag).toBe(etag);
  }
});

test('a sweep sends what is left in the outboxes of all stores, once they are empty nothing more', async () => {
  const [table, queue] = ['sweptstock', 'swept-stock'];
  await tableOf(table).createTable();
  await queueOf(queue).create();
  const failing = stockInstance(tableOf(table), {
    onAlert: () => {
      throw new Error('the queue is away');
    },
  });
  await failing.fold(hub);
  const stores: string[] = [];
  for await (const store of storesWithState(tableOf(table))) stores.push(store);
  expect(stores).toEqual(STORES);
  const outbox = tableOutbox(tableOf(table), queueOf(queue));
  const sent = await outbox.sweep();
  expect(sent).toBeGreaterThan(0);
  expect((await alertsIn(queue)).size).toBe(sent);
  expect(await outbox.sweep()).toBe(0);
});
