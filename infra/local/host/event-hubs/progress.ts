import type { CheckpointStore, EventHubConsumerClient } from '@azure/event-hubs';

export interface PartitionProgress {
  id: string;
  /** The sequence number of the last event that is done with, in whatever process; null if there is none. */
  checkpoint: number | null;
  lastEnqueued: number;
  /** Events between the checkpoint and the end of the partition. */
  lag: number;
}

/** How far a consumer group has come, by the checkpoints in the store, so all processes' partitions count. */
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
      // Events that retention has removed are no lag.
      const done = Math.max(checkpoint ?? -1, hub.beginningSequenceNumber - 1);
      const lastEnqueued = hub.lastEnqueuedSequenceNumber;
      return { id, checkpoint, lastEnqueued, lag: hub.isEmpty ? 0 : lastEnqueued - done };
    }),
  );
}

/**
 * Partitions whose checkpoint lies ahead of the hub. Then the storage was used with another, longer hub, and events would
 * be passed over in silence until this one has grown as long.
 */
export function foreignCheckpoints(partitions: readonly PartitionProgress[]): PartitionProgress[] {
  return partitions.filter(
    ({ checkpoint, lastEnqueued }) => checkpoint !== null && checkpoint > lastEnqueued,
  );
}
