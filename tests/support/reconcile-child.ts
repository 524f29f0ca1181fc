/**
 * Landing, planning and reconciling as a process of its own, which tests kill. Settings come from the environment;
 * blobs and shards are small, so a kill finds many places to strike.
 */
import { wireReconcile } from '../../functions/reconcile/wire.ts';
import { queueClient } from '../../shared/azure/clients.ts';
import type { Logger } from '../../shared/log.ts';
import { QUEUES } from '../../shared/azure/names.ts';
import { readSettings } from '../../shared/settings.ts';

const log: Logger = { info: () => {}, warn: () => {}, error: () => {} };
const LIMITS = { storesPerShard: 1, maxBlobBytes: 1_000_000, maxBlobEvents: 40, concurrency: 2 };

async function main(): Promise<void> {
  const settings = readSettings();
  const reconciliation = wireReconcile(settings, () => Date.parse('2026-03-10T00:00:00Z'), log, LIMITS);
  process.send?.('ready');
  await reconciliation.land(log);
  await reconciliation.plan(log);
  for (const [name, handle] of [
    [QUEUES.compact, reconciliation.compact],
    [QUEUES.reconcile, reconciliation.reconcile],
  ] as const) {
    const queue = queueClient(settings.state, name);
    while (true) {
      const { receivedMessageItems } = await queue.receiveMessages({ visibilityTimeout: 1 });
      const [message] = receivedMessageItems;
      if (!message) break;
      await handle(JSON.parse(Buffer.from(message.messageText, 'base64').toString('utf8')), log);
      // As the host does: only what has succeeded is taken off; a lost lease means that it is taken again.
      await queue.deleteMessage(message.messageId, message.popReceipt).catch(() => undefined);
    }
  }
  await reconciliation.close();
  process.disconnect?.();
}

process.once('disconnect', () => process.exit());
void main().catch((thrown: unknown) => {
  console.error(thrown);
  process.exit(1);
});
