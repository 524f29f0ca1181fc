import {
  earliestEventPosition,
  EventHubConsumerClient,
  latestEventPosition,
  type EventPosition,
  type PartitionContext,
  type ReceivedEventData,
  type Subscription,
} from '@azure/event-hubs';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import { BlobServiceClient } from '@azure/storage-blob';

import { messageOf } from '../../../../shared/errors.ts';
import type { EventHubTrigger, HostedFunction } from '../functions.ts';
import type { EventHubsOptions } from '../host-json.ts';
import type { Invoker } from '../invoker.ts';
import type { Listener } from '../listener.ts';
import type { Log } from '../log.ts';
import { withRetry } from '../retry.ts';
import { Batcher } from './batcher.ts';
import { foreignCheckpoints, readProgress, type PartitionProgress } from './progress.ts';
import { eventHubInput, type BatchSource } from './trigger-input.ts';

/** Same location for checkpoints and ownership as in Azure, so `func start` can use the same storage. */
export const CHECKPOINT_CONTAINER = 'azure-webjobs-eventhub';
/** On one machine an endpoint is back soon, or not at all; the SDK's default first waits 30 s. */
const RETRY = { maxRetries: 3, retryDelayInMs: 1_000, timeoutInMs: 10_000 };
/** Polling interval for an incomplete batch. */
const BATCH_TICK_SECONDS = 1;
/**
 * How long one receive call waits for a first event. The SDK notices a lost connection only at the next call, so this is
 * how long an idle partition may stay deaf; but each call also adds credit, so it must not be short.
 */
const IDLE_TICK_SECONDS = 10;

export interface EventHubListenerOptions {
  fn: HostedFunction<EventHubTrigger>;
  /** Connection strings of the hub and of AzureWebJobsStorage. */
  hub: string;
  storage: string;
  options: EventHubsOptions;
  keepEmpty: boolean;
  invoker: Invoker;
  log: Log;
  clock: () => number;
}

interface Progress {
  /** The last sequence number whose invocation ended, successfully or not. */
  processed: number | null;
  batches: number;
  batcher: Batcher<ReceivedEventData>;
}

/**
 * Runs one Event Hubs function. Batches of a partition run one after another; the checkpoint advances after each, whether
 * the function succeeded or not; a retry policy blocks the partition until it is exhausted. Processes share the partitions
 * through ownership blobs.
 */
export class EventHubListener implements Listener {
  readonly functionName: string;
  readonly #host: EventHubListenerOptions;
  readonly #source: BatchSource;
  readonly #stopping = new AbortController();
  readonly #partitions = new Map<string, Progress>();
  readonly #container;
  readonly #store: BlobCheckpointStore;
  readonly #client: EventHubConsumerClient;
  /** Batches in progress. */
  readonly #active = new Set<Promise<void>>();
  #subscription: Subscription | undefined;

  constructor(host: EventHubListenerOptions) {
    const { fn, options } = host;
    this.functionName = fn.name;
    this.#host = host;
    this.#source = { triggerName: fn.triggerName, dataType: fn.trigger.dataType, keepEmpty: host.keepEmpty };
    this.#container = BlobServiceClient.fromConnectionString(host.storage).getContainerClient(
      CHECKPOINT_CONTAINER,
    );
    this.#store = new BlobCheckpointStore(this.#container);
    this.#client = new EventHubConsumerClient(
      fn.trigger.consumerGroup,
      host.hub,
      fn.trigger.eventHubName,
      this.#store,
      {
        retryOptions: RETRY,
        loadBalancingOptions: {
          strategy: 'greedy',
          updateIntervalInMs: options.loadBalancingUpdateInterval,
          partitionOwnershipExpirationIntervalInMs: options.partitionOwnershipExpirationInterval,
        },
      },
    );
  }

  async start(): Promise<void> {
    await this.#container.createIfNotExists();
    await this.#refuseForeignCheckpoints();
    const { options } = this.#host;
    this.#subscription = this.#client.subscribe(
      {
        processInitialize: async (partition) => void this.#progressOf(partition.partitionId),
        processEvents: (events, partition) => this.#track(this.#receive(events, partition)),
        processError: async (error, partition) => this.#report(`partition ${partition.partitionId}`, error),
        processClose: async (_, partition) => void this.#partitions.delete(partition.partitionId),
      },
      {
        maxBatchSize: options.maxEventBatchSize,
        maxWaitTimeInSeconds: options.minEventBatchSize > 1 ? BATCH_TICK_SECONDS : IDLE_TICK_SECONDS,
        // 0 would apply the service's default; the SDK's default is three batches.
        ...(options.prefetchCount === 0 ? {} : { prefetchCount: options.prefetchCount }),
        startPosition: startPosition(options),
        skipParsingBodyAsJson: true,
      },
    );
  }

  async #refuseForeignCheckpoints(): Promise<void> {
    const foreign = foreignCheckpoints(await this.#progress());
    if (foreign.length === 0) return;
    const where = foreign
      .map(({ id, checkpoint, lastEnqueued }) => `${id}: ${checkpoint} > ${lastEnqueued}`)
      .join(', ');
    throw new Error(
      `Function '${this.functionName}': its checkpoints are ahead of the hub (partition ${where}). AzureWebJobsStorage ` +
        'was used with another Event Hubs endpoint; use the storage that belongs to this one.',
    );
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#subscription?.close();
    // Closing the subscription does not wait for running batches, whose checkpoints are still outstanding.
    await Promise.all(this.#active);
    await this.#client.close();
  }

  async status(): Promise<Record<string, unknown>> {
    const { eventHubName, consumerGroup } = this.#host.fn.trigger;
    const partitions = (await this.#progress()).map((partition) => ({
      ...partition,
      owned: this.#partitions.has(partition.id),
      processed: this.#partitions.get(partition.id)?.processed ?? null,
    }));
    return {
      eventHubName,
      consumerGroup,
      lag: partitions.reduce((sum, { lag }) => sum + lag, 0),
      partitions,
    };
  }

  async #progress(): Promise<PartitionProgress[]> {
    return readProgress(this.#client, this.#store, this.#host.fn.trigger.consumerGroup);
  }

  async #track(batch: Promise<void>): Promise<void> {
    this.#active.add(batch);
    try {
      await batch;
    } finally {
      this.#active.delete(batch);
    }
  }

  async #receive(received: ReceivedEventData[], partition: PartitionContext): Promise<void> {
    const progress = this.#progressOf(partition.partitionId);
    const events = progress.batcher.add(received);
    const size = this.#host.options.maxEventBatchSize;
    for (let at = 0; at < events.length; at += size) {
      if (this.#stopping.signal.aborted) return;
      await this.#process(events.length <= size ? events : events.slice(at, at + size), partition, progress);
    }
  }

  async #process(
    events: ReceivedEventData[],
    partition: PartitionContext,
    progress: Progress,
  ): Promise<void> {
    const { fn, invoker, options } = this.#host;
    const succeeded = await withRetry(fn.retry, this.#stopping.signal, async (retryContext) =>
      invoker.invoke(fn, () => ({
        ...eventHubInput(this.#source, partition, events),
        ...(retryContext === undefined ? {} : { retryContext }),
      })),
    );
    // A failure during shutdown does not count against the batch: the next owner retries it.
    if (!succeeded && this.#stopping.signal.aborted) return;
    const last = events.at(-1);
    if (last === undefined) return;
    progress.processed = last.sequenceNumber;
    progress.batches++;
    if (progress.batches % options.batchCheckpointFrequency !== 0) return;
    try {
      await partition.updateCheckpoint(last);
    } catch (thrown) {
      this.#report(`checkpoint of partition ${partition.partitionId}`, thrown);
    }
  }

  #progressOf(partitionId: string): Progress {
    let progress = this.#partitions.get(partitionId);
    if (progress === undefined) {
      const { options, clock } = this.#host;
      const batcher = new Batcher<ReceivedEventData>(options.minEventBatchSize, options.maxWaitTime, clock);
      progress = { processed: null, batches: 0, batcher };
      this.#partitions.set(partitionId, progress);
    }
    return progress;
  }

  #report(what: string, thrown: unknown): void {
    if (this.#stopping.signal.aborted) return;
    const message = `${this.functionName}: ${what}: ${messageOf(thrown)}`;
    this.#host.log({
      level: 'warning',
      category: 'Host.EventHubs',
      message,
      functionName: this.functionName,
    });
  }
}

function startPosition({ initialOffsetOptions: { type, enqueuedTimeUtc } }: EventHubsOptions): EventPosition {
  if (type === 'fromStart') return earliestEventPosition;
  if (type === 'fromEnd') return latestEventPosition;
  if (enqueuedTimeUtc === undefined)
    throw new Error('host.json: initialOffsetOptions lacks enqueuedTimeUtc.');
  return { enqueuedOn: new Date(enqueuedTimeUtc) };
}
