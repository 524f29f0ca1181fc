import type { CheckpointStore, EventHubConsumerClient } from '@azure/event-hubs';

export interface PartitionProgress {
  id: string;
  /** The sequence number of the last processed event, in any process; null if there is none. */
  checkpoint: number | null;
  lastEnqueued: number;
  /** Events between the checkpoint and the end of the partition. */
  lag: number;
}

/** Progress of a consumer group according to the stored checkpoints, which cover all processes. */
export async function readProgress(
  client: EventHubConsumerClient,
  store: CheckpointStore,
  consumerGroup: string,
): Promise<PartitionProgress[]> {
  const { fullyQualifiedNamespace, eventHubName } = client;
  const stored = await store.listCheckpoints(fullyQualifiedNamespace, eventHubName, consumerGroup);
  const checkpoints = new Map(stored.map(({ partitionId, sequenceNumber }) => [partitionId, sequenceNumber]));
  const ids = await client.getPartitionIds();
  return Promise.all(
    ids.map(async (id) => {
      const hub = await client.getPartitionProperties(id);
      const checkpoint = checkpoints.get(id) ?? null;
      // Events removed by retention do not count as lag.
      const done = Math.max(checkpoint ?? -1, hub.beginningSequenceNumber - 1);
      const lastEnqueued = hub.lastEnqueuedSequenceNumber;
      return { id, checkpoint, lastEnqueued, lag: hub.isEmpty ? 0 : lastEnqueued - done };
    }),
  );
}

/**
 * Partitions whose checkpoint is ahead of the hub: the storage was used with another, longer hub, and events would
 * be silently skipped until this one is as long.
 */
export function foreignCheckpoints(partitions: readonly PartitionProgress[]): PartitionProgress[] {
  return partitions.filter(
    ({ checkpoint, lastEnqueued }) => checkpoint !== null && checkpoint > lastEnqueued,
  );
}
