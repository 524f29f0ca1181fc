import { EventHubProducerClient, type EventData } from '@azure/event-hubs';
import { containerClient, queueClient } from '../../shared/azure/clients.ts';
import { CONTAINERS, HUB, MASTER_DATA_FILES, QUEUES } from '../../shared/azure/names.ts';
import type { Reconciliation } from '../../functions/reconcile/wire.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import type { Logger } from '../../shared/log.ts';
import { formatAmount } from '../../shared/money.ts';
import type { PosEvent } from '../../shared/pos/event.ts';
import type { Settings } from '../../shared/settings.ts';
import { PROFILE } from './ledger-fixtures.ts';
import { startLocalAzure } from './local-azure.ts';

/** The local Azure with the master data of three stores, and how a test of reconciliation feeds it. */
export interface ReconcileAzure {
  readonly settings: Settings;
  readonly environment: Readonly<Record<string, string>>;
  publish(events: readonly PosEvent[]): Promise<void>;
  publishRaw(partitionKey: string, bodies: readonly EventData[]): Promise<void>;
  putLedger(name: string, content: string | Buffer): Promise<void>;
  putMasterData(file: string, content: unknown): Promise<void>;
  /** Takes every message that waits in a queue; in `reconcile` unless it is said. */
  takeMessages(queue?: string): Promise<unknown[]>;
  /** Whether any message waits or is taken and not done. */
  hasMessages(): Promise<boolean>;
  blob(container: string, name: string): Promise<Buffer>;
  blobNames(container: string): Promise<string[]>;
  stop(): Promise<void>;
}

const STORES = ['S1', 'S2', 'S3'].map((storeId) => ({
  storeId,
  name: `Store ${storeId}`,
  timeZone: 'Europe/Berlin',
  cutOver: '04:00',
  currency: 'EUR',
  hours: [],
  ledgerDimension: storeId,
}));

/** @param secrets beside those that every test has */
export async function startReconcileAzure(
  partitions = 2,
  secrets: Readonly<Record<string, string>> = {},
): Promise<ReconcileAzure> {
  const azure = await startLocalAzure({ partitions, secrets });
  const { settings, env: environment } = azure;
  await azure.putMasterData(MASTER_DATA_FILES.stores, { stores: STORES });
  await azure.putMasterData(MASTER_DATA_FILES.postingProfile, PROFILE);
  const producer = new EventHubProducerClient(environment['PosEvents'] ?? '', HUB);
  const publishRaw = (partitionKey: string, bodies: readonly EventData[]): Promise<void> =>
    producer.sendBatch([...bodies], { partitionKey });
  return {
    settings,
    environment,
    publishRaw,
    async publish(events) {
      for (const storeId of new Set(events.map((event) => event.storeId))) {
        const ours = events.filter((event) => event.storeId === storeId);
        for (let from = 0; from < ours.length; from += 200)
          await publishRaw(
            storeId,
            ours.slice(from, from + 200).map((event) => ({ body: Buffer.from(JSON.stringify(event)) })),
          );
      }
    },
    putMasterData: (file, content) => azure.putMasterData(file, content),
    async putLedger(name, content) {
      await containerClient(settings.state, CONTAINERS.ledger)
        .getBlockBlobClient(name)
        .upload(content, Buffer.byteLength(content));
    },
    takeMessages: (queue = QUEUES.reconcile) => takeMessages(settings, queue),
    async hasMessages() {
      for (const queue of [QUEUES.compact, QUEUES.reconcile]) {
        const { approximateMessagesCount } = await queueClient(settings.state, queue).getProperties();
        if ((approximateMessagesCount ?? 0) > 0) return true;
      }
      return false;
    },
    blob: (container, name) =>
      containerClient(settings.state, container).getBlobClient(name).downloadToBuffer(),
    async blobNames(container) {
      const names: string[] = [];
      for await (const blob of containerClient(settings.state, container).listBlobsFlat())
        names.push(blob.name);
      return names;
    },
    async stop() {
      await producer.close();
      await azure.stop();
    },
  };
}

/** Handles what waits to be compacted and reconciled, as the host does it, until nothing does. */
export async function handleMessages(
  azure: Pick<ReconcileAzure, 'takeMessages'>,
  reconciliation: Pick<Reconciliation, 'compact' | 'reconcile'>,
  log: Logger,
): Promise<void> {
  while (true) {
    const compactions = await azure.takeMessages(QUEUES.compact);
    for (const message of compactions) await reconciliation.compact(message, log);
    const shards = await azure.takeMessages();
    for (const message of shards) await reconciliation.reconcile(message, log);
    if (compactions.length + shards.length === 0) return;
  }
}

async function takeMessages({ state }: Settings, name: string): Promise<unknown[]> {
  const queue = queueClient(state, name);
  const found: unknown[] = [];
  while (true) {
    const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
    if (receivedMessageItems.length === 0) return found;
    for (const message of receivedMessageItems) {
      found.push(JSON.parse(Buffer.from(message.messageText, 'base64').toString('utf8')));
      await queue.deleteMessage(message.messageId, message.popReceipt);
    }
  }
}

const HEADER =
  'JournalNumber,Voucher,AccountingDate,LedgerAccount,StoreDimension,TransactionCurrencyCode,TransactionCurrencyAmount,DocumentNumber,Description';

/** A ledger file with these entries, as an export of the ledger writes it. */
export function ledgerCsv(entries: readonly LedgerEntry[]): string {
  const rows = entries.map((one) =>
    [
      one.journalNumber,
      one.voucher,
      one.accountingDate,
      one.account,
      one.storeDimension,
      one.currency,
      formatAmount(one.amountMinor, one.currency),
      one.documentNumber,
      '',
    ].join(','),
  );
  return [HEADER, ...rows, ''].join('\n');
}
