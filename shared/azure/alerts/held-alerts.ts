import { createHash } from 'node:crypto';
import type { TableClient, TransactionAction } from '@azure/data-tables';
import type { Alert } from '../../alerts/alert.ts';
import { deliveredName, type Delivery } from '../../alerts/delivery.ts';
import { textOf, textProperties } from '../../row-text.ts';
import { epochMsOf, toInstant } from '../../time.ts';
import { asOurError, statusOf } from '../sdk-errors.ts';
import { tableRows, type StoredRow } from '../table-rows.ts';
import { LIVE } from './responses.ts';

/**
 * Alerts that wait for the end of quiet hours or for their digest, in the table `responses`: one row each, until they are
 * bound together. Binding takes the rows and writes the batch in one transaction, so of two processes one has them; the
 * batch stays until it is sent or buried.
 */
export interface HeldAlerts {
  /** @throws TransientError */
  hold(held: HeldAlert): Promise<void>;
  /** Due by now. @throws TransientError */
  due(nowMs: number): Promise<readonly HeldAlert[]>;
  /** @returns false when another process was faster. @throws TransientError */
  bind(route: string, held: readonly HeldAlert[], nowMs: number): Promise<boolean>;
  drop(held: HeldAlert): Promise<void>;
  /** Due by now. @throws TransientError */
  batches(nowMs: number): Promise<readonly Batch[]>;
  /** A failed batch waits for its next try. */
  postpone(batch: Batch, nextMs: number): Promise<void>;
  remove(batch: Batch): Promise<void>;
}

export interface HeldAlert {
  readonly alert: Alert;
  readonly delivery: Delivery;
  readonly dueMs: number;
}

export interface Batch {
  /** Follows from what is in it. */
  readonly id: string;
  readonly route: string;
  readonly held: readonly HeldAlert[];
  /** The try that comes next, from 1. */
  readonly attempt: number;
  readonly etag: string | undefined;
}

/** A transaction has 100 rows, and one of them is the batch; a row holds 1 MiB. */
export const MAX_BATCH = 90;

export function tableHeldAlerts(table: TableClient): HeldAlerts {
  const rows = tableRows(table);
  const batchRow = (
    id: string,
    route: string,
    held: readonly HeldAlert[],
    attempt: number,
    nextMs: number,
  ) => ({
    partitionKey: LIVE,
    rowKey: `batch ${id}`,
    route,
    attempt,
    nextAt: toInstant(nextMs),
    ...textProperties(JSON.stringify(held)),
  });
  return {
    hold: async (held) =>
      void (await rows.swap(
        {
          partitionKey: LIVE,
          rowKey: keyOf(held),
          dueAt: toInstant(held.dueMs),
          ...textProperties(JSON.stringify(held)),
        },
        undefined,
      )),
    async due(nowMs) {
      const found = await rows.inPartition(LIVE, 'held ');
      return found
        .filter((row) => epochMsOf(String(row['dueAt'])) <= nowMs)
        .map((row) => JSON.parse(textOf(row)) as HeldAlert);
    },
    async bind(route, held, nowMs) {
      const id = createHash('sha256')
        .update(JSON.stringify([route, ...held.map(keyOf).sort()]))
        .digest('hex')
        .slice(0, 32);
      const actions: TransactionAction[] = [
        ['create', batchRow(id, route, held, 1, nowMs)],
        ...held.map((one): TransactionAction => ['delete', { partitionKey: LIVE, rowKey: keyOf(one) }]),
      ];
      try {
        await table.submitTransaction(actions);
        return true;
      } catch (thrown) {
        if (statusOf(thrown) === 404 || statusOf(thrown) === 409 || statusOf(thrown) === 412) return false;
        throw asOurError(thrown, 'Binding alerts together');
      }
    },
    drop: (held) => rows.remove(LIVE, keyOf(held)),
    async batches(nowMs) {
      const found = await rows.inPartition(LIVE, 'batch ');
      return found.filter((row) => epochMsOf(String(row['nextAt'])) <= nowMs).map(batchOf);
    },
    async postpone({ id, route, held, attempt, etag }, nextMs) {
      await rows.swap(batchRow(id, route, held, attempt + 1, nextMs), etag);
    },
    remove: ({ id }) => rows.remove(LIVE, `batch ${id}`),
  };
}

const keyOf = ({ alert, delivery }: HeldAlert): string => `held ${deliveredName(delivery)} ${alert.alertId}`;

const batchOf = (row: StoredRow): Batch => ({
  id: row.rowKey.slice('batch '.length),
  route: String(row['route']),
  held: JSON.parse(textOf(row)) as HeldAlert[],
  attempt: Number(row['attempt']),
  etag: row.etag,
});
