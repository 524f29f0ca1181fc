import { odata, type TableClient } from '@azure/data-tables';
import type { QueueClient } from '@azure/storage-queue';
import { forEachBounded } from '../../bounded.ts';
import { putMessage } from '../queue-message.ts';
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
   * Sends alerts left behind by killed processes, in all stores; returns their number. A store whose outbox cannot be
   * sent costs only itself: all others are swept, then its fault is thrown. @throws PermanentError; TransientError
   */
  sweep(): Promise<number>;
}

/** Stores that a sweep looks into at the same time. */
const SWEEP_WIDTH = 16;

export function tableOutbox(table: TableClient, alertsQueue: QueueClient): Outbox {
  const outbox: Outbox = {
    async send(storeId, { rowKey, alerts }) {
      for (const alert of alerts) await putMessage(alertsQueue, JSON.stringify(alert));
      try {
        await table.deleteEntity(storeId, rowKey);
      } catch (thrown) {
        // A sweep was faster: the alerts have left twice, which the alert log evens out.
        if (!isNotFound(thrown)) throw asOurError(thrown, 'Removing an alert from the outbox');
      }
    },

    async sweep() {
      let sent = 0;
      await forEachBounded(storesWithState(table), SWEEP_WIDTH, async (storeId) => {
        for (const row of await leftIn(table, storeId)) {
          await outbox.send(storeId, row);
          sent += row.alerts.length;
        }
      });
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
