import { EventHubConsumerClient, type ReceivedEventData, type Subscription } from '@azure/event-hubs';
import { TransientError, messageOf } from '../../errors.ts';
import type { EventHubsConnection } from '../../settings.ts';
import { credentialOf } from '../clients.ts';
import { readHubGeneration, type HubGeneration } from '../hub/hub-generation.ts';
import type { HubEvent } from '../../pos/landing-line.ts';

/** Reads one partition of the hub from a sequence number up to another, in order. */
export interface HubReader {
  partitions(): Promise<string[]>;
  /** Which hub the sequence numbers belong to. @throws TransientError */
  generation(): Promise<HubGeneration>;
  range(partition: string): Promise<PartitionRange>;
  /** Batches of events from `first` to `last`, both included. @throws TransientError */
  read(partition: string, first: number, last: number): AsyncIterable<HubEvent[]>;
  close(): Promise<void>;
}

/** What the hub holds. */
export interface PartitionRange {
  /** Of the oldest event; one more than the last where nothing is left. */
  readonly firstSequenceNumber: number;
  /** Of the newest event there ever was; -1 for a partition that has never held anything. */
  readonly lastSequenceNumber: number;
}

const MAX_BATCH = 1_000;
const PREFETCH = 3_000;
/** After this long without an event the hub is asked no further; what is left is read by the next run. */
const PATIENCE_S = 10;

export function eventHubConsumer(
  connection: EventHubsConnection,
  hub: string,
  group: string,
): EventHubConsumerClient {
  return connection.kind === 'connection-string'
    ? new EventHubConsumerClient(group, connection.connectionString, hub)
    : new EventHubConsumerClient(
        group,
        connection.fullyQualifiedNamespace,
        hub,
        credentialOf(connection.clientId),
      );
}

export function eventHubReader(consumer: EventHubConsumerClient): HubReader {
  return {
    partitions: () => consumer.getPartitionIds(),
    generation: () => readHubGeneration(consumer),
    async range(partition) {
      const { isEmpty, beginningSequenceNumber, lastEnqueuedSequenceNumber } =
        await consumer.getPartitionProperties(partition);
      // A partition whose events have all expired is empty, and still goes on counting.
      const firstSequenceNumber = isEmpty ? lastEnqueuedSequenceNumber + 1 : beginningSequenceNumber;
      return {
        firstSequenceNumber: Math.max(0, firstSequenceNumber),
        lastSequenceNumber: lastEnqueuedSequenceNumber,
      };
    },
    read: (partition, first, last) => readRange(consumer, partition, first, last),
    close: () => consumer.close(),
  };
}

/**
 * The SDK pushes; a loop pulls. The handler waits until its batch was taken, and the SDK reads ahead by its prefetch
 * only, so memory stays bounded even if the consumer is slow.
 */
async function* readRange(
  consumer: EventHubConsumerClient,
  partition: string,
  first: number,
  last: number,
): AsyncGenerator<HubEvent[]> {
  const handOver = new HandOver<HubEvent[]>();
  const subscription = consumer.subscribe(
    partition,
    {
      processEvents: (events) =>
        handOver.put(events.map(hubEvent).filter((event) => event.sequenceNumber <= last)),
      processError: (error) => {
        handOver.fail(
          new TransientError('hub-unavailable', `Reading partition ${partition}: ${messageOf(error)}`, {
            cause: error,
          }),
        );
        return Promise.resolve();
      },
    },
    {
      startPosition: { sequenceNumber: first, isInclusive: true },
      maxBatchSize: MAX_BATCH,
      prefetchCount: PREFETCH,
      maxWaitTimeInSeconds: PATIENCE_S,
      // The bytes are landed as they are.
      skipParsingBodyAsJson: true,
    },
  );
  try {
    while (true) {
      const events = await handOver.take();
      if (events.length === 0) return;
      yield events;
      if ((events.at(-1)?.sequenceNumber ?? 0) >= last) return;
    }
  } finally {
    handOver.stop();
    await closed(subscription);
  }
}

/** An event's end must not hide a fault of reading. */
async function closed(subscription: Subscription): Promise<void> {
  try {
    await subscription.close();
  } catch {
    // The link is gone already, which is what was wanted.
  }
}

function hubEvent(event: ReceivedEventData): HubEvent {
  const body: unknown = event.body;
  return {
    sequenceNumber: event.sequenceNumber,
    enqueuedAt: event.enqueuedTimeUtc.toISOString(),
    body: Buffer.isBuffer(body) ? body : bufferOf(body),
  };
}

/** AMQP values and sequences, which other senders may use, are no bytes. */
function bufferOf(body: unknown): Buffer {
  if (body instanceof Uint8Array) return Buffer.from(body);
  return Buffer.from(typeof body === 'string' ? body : (JSON.stringify(body) ?? ''));
}

/** Passes one item at a time from a pusher, which waits, to a puller. */
class HandOver<T> {
  #item: T | undefined;
  #fault: Error | undefined;
  #stopped = false;
  #taken: (() => void) | undefined;
  #arrived: (() => void) | undefined;

  async put(item: T): Promise<void> {
    if (this.#stopped) return;
    this.#item = item;
    this.#arrived?.();
    await new Promise<void>((resolve) => {
      this.#taken = resolve;
    });
  }

  async take(): Promise<T> {
    while (this.#item === undefined && !this.#fault) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
    if (this.#fault) throw this.#fault;
    const item = this.#item as T;
    this.#item = undefined;
    this.#taken?.();
    return item;
  }

  fail(fault: Error): void {
    this.#fault = fault;
    this.#arrived?.();
  }

  stop(): void {
    this.#stopped = true;
    this.#taken?.();
  }
}
