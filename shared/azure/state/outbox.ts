import { odata, type TableClient } from '@azure/data-tables';
import type { QueueClient } from '@azure/storage-queue';
import { asOurError, isNotFound } from '../sdk-errors.ts';
import { OUTBOX_PREFIX, outboxOf, type OutboxRow, type TableRow } from './store-rows.ts';
import { storesWithState } from './store-state.ts';

/**
 * Takes alerts from the outbox rows to the queue `alerts`. A row is removed only after its alerts are in the queue, so
 * that none is lost; a process killed in between sends them again, and the alert log drops the repeat.
 */
export interface Outbox {
  /** @throws TransientError */
  send(storeId: string, row: OutboxRow): Promise<void>;
  /**
   * Sends what killed processes have left, in all stores; returns the number of alerts. A store whose outbox can not be
   * sent costs only itself: all others are swept, then its fault is thrown. @throws PermanentError; TransientError
   */
  sweep(): Promise<number>;
}

/** Stores that a sweep looks into at the same time. */
const SWEEP_WIDTH = 16;

export function tableOutbox(table: TableClient, alertsQueue: QueueClient): Outbox {
  const outbox: Outbox = {
    async send(storeId, { rowKey, alerts }) {
      try {
        for (const alert of alerts) {
          // The default life of seven days would lose an alert in silence while the app is stopped.
          const text = Buffer.from(JSON.stringify(alert)).toString('base64');
          await alertsQueue.sendMessage(text, { messageTimeToLive: -1 });
        }
      } catch (thrown) {
        throw asOurError(thrown, 'Sending an alert to its queue');
      }
      try {
        await table.deleteEntity(storeId, rowKey);
      } catch (thrown) {
        // A sweep was faster: the alerts have left twice, which the alert log evens out.
        if (!isNotFound(thrown)) throw asOurError(thrown, 'Removing an alert from the outbox');
      }
    },

    async sweep() {
      const stores = storesWithState(table);
      let sent = 0;
      const faults: unknown[] = [];
      // Workers share one iterator, each taking the next store when it is done with one.
      const worker = async (): Promise<void> => {
        for await (const storeId of { [Symbol.asyncIterator]: () => ({ next: () => stores.next() }) }) {
          try {
            for (const row of await leftIn(table, storeId)) {
              await outbox.send(storeId, row);
              sent += row.alerts.length;
            }
          } catch (thrown) {
            faults.push(thrown);
          }
        }
      };
      await Promise.all(Array.from({ length: SWEEP_WIDTH }, worker));
      if (faults.length > 0) throw faults[0];
      return sent;
    },
  };
  return outbox;
}

async function leftIn(table: TableClient, storeId: string): Promise<OutboxRow[]> {
  const rows: OutboxRow[] = [];
  try {
    const found = table.listEntities<TableRow>({
      queryOptions: {
        // The character after the hyphen ends the range of the prefix.
        filter: odata`PartitionKey eq ${storeId} and RowKey ge ${OUTBOX_PREFIX} and RowKey lt ${'outbox.'}`,
      },
    });
    for await (const row of found) rows.push(outboxOf(row));
  } catch (thrown) {
    throw asOurError(thrown, `Reading the outbox of store ${storeId}`);
  }
  return rows;
}
