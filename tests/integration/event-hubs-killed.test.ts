/**
 * The endpoint is killed (SIGKILL) under load, several times over, and started again in its folder: no acknowledged
 * event may be lost, order must hold and nothing may be damaged. What was never acknowledged may be there or not, and a
 * retry may have stored it twice.
 */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { EventHubClientOptions } from '@azure/event-hubs';
import { EventHubProducerClient } from '@azure/event-hubs';
import { Opened, read, until } from '../support/event-hubs-endpoint.ts';

const ROUNDS = 4;
const SENDERS = 3;
const EVENTS_PER_BATCH = 20;
const HUB = 'pos-events';
const GIVE_UP_AT_ONCE: EventHubClientOptions = { retryOptions: { maxRetries: 0, timeoutInMs: 2_000 } };

const opened = new Opened();
afterEach(() => opened.closeAll());

interface Endpoint {
  readonly child: ChildProcess;
  readonly connectionString: string;
}

async function start(dataDir: string, durability: string): Promise<Endpoint> {
  const child = fork(
    join(__dirname, '../../infra/local/event-hubs/main.ts'),
    ['--data', dataDir, '--port', '0', '--durability', durability],
    { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
  const [message] = (await once(child, 'message')) as [{ ready: boolean; connectionString: string }];
  expect(message.ready).toBe(true);
  return { child, connectionString: message.connectionString };
}

async function kill({ child }: Endpoint): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Sends numbered batches to one partition until the endpoint is gone; tells which were acknowledged. */
async function sendUntilGone(
  endpoint: Endpoint,
  partition: number,
  acknowledged: number[],
  nextNumber: () => number,
): Promise<void> {
  const producer = new EventHubProducerClient(endpoint.connectionString, HUB, GIVE_UP_AT_ONCE);
  // A producer whose connection was cut takes its time to close; the test does not wait for it.
  opened.defer(async () => void producer.close().catch(() => {}));
  while (endpoint.child.exitCode === null && endpoint.child.signalCode === null) {
    const numbers = Array.from({ length: EVENTS_PER_BATCH }, nextNumber);
    try {
      await producer.sendBatch(
        numbers.map((body) => ({ body, properties: { filler: 'x'.repeat(300) } })),
        { partitionId: String(partition) },
      );
      acknowledged.push(...numbers);
    } catch {
      // Not acknowledged: the sender is free to forget it, as this one does.
      return;
    }
  }
}

test.each(['process', 'machine'])('killed under load, with durability of the %s', async (durability) => {
  const dataDir = await opened.folder();
  const acknowledged = Array.from({ length: SENDERS }, (): number[] => []);
  const counters = acknowledged.map(() => 0);
  for (let round = 0; round < ROUNDS; round++) {
    const endpoint = await start(dataDir, durability);
    const before = acknowledged.flat().length;
    const senders = acknowledged.map((mine, partition) =>
      sendUntilGone(endpoint, partition, mine, () => {
        const number = counters[partition] ?? 0;
        counters[partition] = number + 1;
        return number;
      }),
    );
    await until('enough is acknowledged', () => acknowledged.flat().length - before > 1_500 + round * 333);
    await kill(endpoint);
    await Promise.all(senders);
  }
  const endpoint = await start(dataDir, durability);
  const consumer = opened.consumer(endpoint.connectionString, undefined, '$Default', HUB);
  for (const [partition, mine] of acknowledged.entries()) {
    const { lastEnqueuedSequenceNumber } = await consumer.getPartitionProperties(String(partition));
    const events = await read(consumer, String(partition), lastEnqueuedSequenceNumber + 1);
    const bodies = events.map(({ body }) => body as number);
    expect(events.map(({ sequenceNumber }) => sequenceNumber)).toEqual(events.map((_, i) => i));
    // Each number was sent once, in ascending order.
    expect(bodies).toEqual([...bodies].sort((a, b) => a - b));
    const stored = new Set(bodies);
    expect(stored.size).toBe(bodies.length);
    expect(mine.filter((number) => !stored.has(number))).toEqual([]);
    // A batch is there whole or not at all.
    expect(bodies.length % EVENTS_PER_BATCH).toBe(0);
  }
  const gone = once(endpoint.child, 'exit');
  await consumer.close();
  endpoint.child.disconnect();
  const [code] = (await gone) as [number];
  expect(code).toBe(0);
});
