import { EventHubProducerClient } from '@azure/event-hubs';
import { TableClient } from '@azure/data-tables';
import { DefaultAzureCredential, ManagedIdentityCredential, type TokenCredential } from '@azure/identity';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { QueueServiceClient, type QueueClient } from '@azure/storage-queue';
import { PermanentError } from '../errors.ts';
import type { EventHubsConnection, StorageConnection } from '../settings.ts';

/** SDK clients from connections. Retries inside a call are short: the host's own retries take over after them. */
const RETRY = { maxRetries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 2_000 };
const STORAGE_RETRY = { maxTries: 4, retryDelayInMs: 200, maxRetryDelayInMs: 2_000, tryTimeoutInMs: 30_000 };

const credentials = new Map<string, TokenCredential>();

/** One credential per identity, as each keeps its own token cache. */
export function credentialOf(clientId: string | undefined): TokenCredential {
  const key = clientId ?? '';
  let credential = credentials.get(key);
  if (!credential) {
    credential =
      clientId === undefined ? new DefaultAzureCredential() : new ManagedIdentityCredential({ clientId });
    credentials.set(key, credential);
  }
  return credential;
}

export function tableClient(connection: StorageConnection, table: string): TableClient {
  if (connection.kind === 'connection-string') {
    return TableClient.fromConnectionString(connection.connectionString, table, {
      allowInsecureConnection: true,
      retryOptions: RETRY,
    });
  }
  return new TableClient(
    present(connection.tableServiceUri, 'tableServiceUri'),
    table,
    credentialOf(connection.clientId),
    {
      retryOptions: RETRY,
    },
  );
}

export function containerClient(connection: StorageConnection, container: string): ContainerClient {
  const service =
    connection.kind === 'connection-string'
      ? BlobServiceClient.fromConnectionString(connection.connectionString, { retryOptions: STORAGE_RETRY })
      : new BlobServiceClient(connection.blobServiceUri, credentialOf(connection.clientId), {
          retryOptions: STORAGE_RETRY,
        });
  return service.getContainerClient(container);
}

export function queueClient(connection: StorageConnection, queue: string): QueueClient {
  const service =
    connection.kind === 'connection-string'
      ? QueueServiceClient.fromConnectionString(connection.connectionString, { retryOptions: STORAGE_RETRY })
      : new QueueServiceClient(
          present(connection.queueServiceUri, 'queueServiceUri'),
          credentialOf(connection.clientId),
          { retryOptions: STORAGE_RETRY },
        );
  return service.getQueueClient(queue);
}

/** `timeoutInMs` bounds one attempt: a till waits two seconds in all, and the spill queue needs its share. */
export function eventHubProducer(
  connection: EventHubsConnection,
  hub: string,
  retry: { timeoutInMs: number; maxRetries: number },
): EventHubProducerClient {
  const options = { retryOptions: { ...retry, retryDelayInMs: 100, maxRetryDelayInMs: 1_000 } };
  return connection.kind === 'connection-string'
    ? new EventHubProducerClient(connection.connectionString, hub, options)
    : new EventHubProducerClient(
        connection.fullyQualifiedNamespace,
        hub,
        credentialOf(connection.clientId),
        options,
      );
}

function present(uri: string | undefined, name: string): string {
  if (uri === undefined) throw new PermanentError('bad-settings', `The storage connection lacks ${name}`);
  return uri;
}
