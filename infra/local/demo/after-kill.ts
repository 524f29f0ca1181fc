import { containerClient, tableClient } from '../../../shared/azure/clients.ts';
import { TABLES } from '../../../shared/azure/names.ts';
import { LANDING_PARTITION } from '../../../shared/azure/days/table-days.ts';
import type { StorageConnection } from '../../../shared/settings.ts';
import { CHECKPOINT_CONTAINER } from '../host/event-hubs/listener.ts';

/**
 * Takes back how far the hub was read, so all of it is read again. Azurite forgets its last five seconds when it
 * is killed, tables and blobs each on their own: a checkpoint may survive the state that it stands for. What was
 * counted already is known by its mark, and what is landed already by its name.
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
