import { containerClient, queueClient, tableClient } from '../../shared/azure/clients.ts';
import { CONTAINERS, MASTER_DATA_FILES, QUEUES, TABLES } from '../../shared/azure/names.ts';
import { isConflict } from '../../shared/azure/sdk-errors.ts';
import type { StorageConnection } from '../../shared/settings.ts';

/** What an operator would upload: file name to content. */
export type MasterData = Readonly<Record<keyof typeof MASTER_DATA_FILES, unknown>>;

/** The tables, queues and containers that Bicep creates in Azure. */
export async function makeResources(storage: StorageConnection): Promise<void> {
  const made = [
    // The table service answers 409 if the table exists, and its client treats that as success.
    ...Object.values(TABLES).map((name) => tableClient(storage, name).createTable()),
    ...Object.values(QUEUES).map((name) => queueClient(storage, name).createIfNotExists()),
    ...Object.values(CONTAINERS).map((name) => containerClient(storage, name).createIfNotExists()),
  ];
  for (const result of await Promise.allSettled(made)) {
    if (result.status === 'rejected' && !isConflict(result.reason)) throw result.reason;
  }
}

/** `keepExisting` does not overwrite existing files. */
export async function uploadMasterData(
  storage: StorageConnection,
  masterData: MasterData,
  { keepExisting = false } = {},
): Promise<void> {
  const container = containerClient(storage, CONTAINERS.masterData);
  for (const [name, file] of Object.entries(MASTER_DATA_FILES)) {
    const text = JSON.stringify(masterData[name as keyof MasterData], undefined, 2);
    const blob = container.getBlockBlobClient(file);
    if (keepExisting && (await blob.exists())) continue;
    await blob.upload(text, Buffer.byteLength(text), {
      blobHTTPHeaders: { blobContentType: 'application/json' },
    });
  }
}
