/**
 * Landing against its floor: the SDK alone, reading the same events and doing nothing with them. The endpoint and
 * Azurite run in processes of their own, and share the machine's cores with landing.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventHubConsumerClient, EventHubProducerClient, earliestEventPosition } from '@azure/event-hubs';
import { createLand } from '../../functions/reconcile/landing/land.ts';
import { startAzurite } from '../../infra/local/azurite/azurite.ts';
import { containerClient, tableClient } from '../../shared/azure/clients.ts';
import { tableDays } from '../../shared/azure/days/table-days.ts';
import { eventHubReader } from '../../shared/azure/landing/landing-reader.ts';
import { rawBlobs } from '../../shared/azure/landing/raw-blobs.ts';
import { eventId, storeId } from '../../shared/ids.ts';
import { sale } from '../support/ledger-fixtures.ts';
import { silentLog } from '../support/stream-fixture.ts';
import type { BenchRow } from './row.ts';

const HUB = 'bench';
const GROUP = '$Default';
const PARTITIONS = ['0', '1', '2', '3'];
const BATCH = 100;
const BATCHES = 800;
const EVENTS = BATCH * BATCHES;
const ROUNDS = 3;

async function publish(connectionString: string): Promise<void> {
  const producer = new EventHubProducerClient(connectionString, HUB);
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const events = Array.from({ length: BATCH }, (_, index) => {
      const id = `${batch}-${index}`;
      const event = sale(id, 1_000, {
        storeId: storeId(`S${batch % 20}`),
        eventId: eventId(`tillstream:${id}`),
      });
      return { body: Buffer.from(JSON.stringify(event)) };
    });
    await producer.sendBatch(events, { partitionId: PARTITIONS[batch % PARTITIONS.length] ?? '0' });
  }
  await producer.close();
}

/** Reads everything and drops it. */
async function readAlone(connectionString: string): Promise<number> {
  const consumer = new EventHubConsumerClient(GROUP, connectionString, HUB);
  const startedMs = performance.now();
  await new Promise<void>((resolve, reject) => {
    let left = EVENTS;
    for (const partition of PARTITIONS)
      consumer.subscribe(
        partition,
        {
          processEvents: (events) => {
            left -= events.length;
            if (left === 0) resolve();
            return Promise.resolve();
          },
          processError: (error) => {
            reject(error);
            return Promise.resolve();
          },
        },
        {
          startPosition: earliestEventPosition,
          maxBatchSize: 1_000,
          prefetchCount: 3_000,
          skipParsingBodyAsJson: true,
        },
      );
  });
  const seconds = (performance.now() - startedMs) / 1_000;
  await consumer.close();
  return EVENTS / seconds;
}

async function land(hubConnection: string, storageConnection: string, round: number): Promise<number> {
  const connection = { kind: 'connection-string' as const, connectionString: storageConnection };
  const container = containerClient(connection, `raw${round}`);
  const table = tableClient(connection, `days${round}`);
  await Promise.all([container.create(), table.createTable()]);
  const hub = eventHubReader(new EventHubConsumerClient(GROUP, hubConnection, HUB));
  const run = createLand({
    hub,
    blobs: rawBlobs(container),
    days: tableDays(table),
    deadLetters: { bury: () => Promise.reject(new Error('nothing is to be buried here')) },
    maxBlobBytes: 16 * 1024 * 1024,
    maxBlobEvents: 20_000,
    concurrency: 4,
  });
  const startedMs = performance.now();
  const { events } = await run(silentLog);
  const seconds = (performance.now() - startedMs) / 1_000;
  await hub.close();
  if (events !== EVENTS) throw new Error(`landed ${events} of ${EVENTS}`);
  return EVENTS / seconds;
}

export async function bench(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-landing-'));
  const server = fork(join('tests', 'bench', 'event-hubs-server.ts'), [join(folder, 'hub'), 'process'], {
    execArgv: ['--import', 'tsx'],
  });
  const azurite = await startAzurite({ dataDir: join(folder, 'azurite') });
  try {
    const [{ connectionString }] = (await once(server, 'message')) as [{ connectionString: string }];
    await publish(connectionString);
    const alone: number[] = [];
    const landed: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      alone.push(await readAlone(connectionString));
      landed.push(await land(connectionString, azurite.connectionString, round));
    }
    const [floor, value] = [median(alone), median(landed)];
    return [
      { name: 'the SDK alone', value: floor, unit: 'events/s' },
      { name: 'landing', value, unit: 'events/s', ratio: value / floor, ratioOf: 'the SDK alone' },
    ];
  } finally {
    const exit = once(server, 'exit');
    server.disconnect();
    await exit;
    await azurite.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}
