import { containerClient, tableClient } from '../../../shared/azure/clients.ts';
import { TABLES } from '../../../shared/azure/names.ts';
import { LANDING_PARTITION } from '../../../shared/azure/days/table-days.ts';
import type { StorageConnection } from '../../../shared/settings.ts';
import { CHECKPOINT_CONTAINER } from '../host/event-hubs/listener.ts';

/**
 * Resets the checkpoints, so the whole hub is read again. A killed Azurite loses its last five seconds,
 * tables and blobs independently: a checkpoint may survive although the state behind it is lost. Events that were
 * already counted are recognised by the mark, and landed blobs by their name.
 */
export async function readHubAgain(storage: StorageConnection): Promise<void> {
  const checkpoints = containerClient(storage, CHECKPOINT_CONTAINER);
  if (await checkpoints.exists()) {
    for await (const { name } of checkpoints.listBlobsFlat()) await checkpoints.deleteBlob(name);
  }
  const days = tableClient(storage, TABLES.days);
  const queryOptions = { filter: `PartitionKey eq '${LANDING_PARTITION}'` };
  for await (const { partitionKey, rowKey } of days.listEntities({ queryOptions }))
    await days.deleteEntity(partitionKey ?? '', rowKey ?? '');
}
