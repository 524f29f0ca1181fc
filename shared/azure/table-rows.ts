import type { TableClient, TransactionAction } from '@azure/data-tables';
import { asOurError, isNotFound, statusOf } from './sdk-errors.ts';

type Row = Record<string, unknown> & { partitionKey: string; rowKey: string };
export type StoredRow = Row & { etag?: string };

const BATCH = 100;

/** A table's rows with our errors: what is not there is undefined, a lost race is false, everything else throws. */
export interface TableRows {
  get(partitionKey: string, rowKey: string): Promise<StoredRow | undefined>;
  inPartition(partitionKey: string): Promise<StoredRow[]>;
  put(row: Row): Promise<void>;
  /** Writes rows of one partition, a hundred at a time. */
  putAll(rows: readonly Row[]): Promise<void>;
  /** Creates the row, or replaces the one of this ETag. @returns the new ETag; undefined when a race was lost. */
  swap(row: Row, etag: string | undefined): Promise<string | undefined>;
  /** What is gone already, or was changed since `etag`, is left as it is. */
  remove(partitionKey: string, rowKey: string, etag?: string): Promise<void>;
  removeAll(partitionKey: string, rowKeys: readonly string[]): Promise<void>;
}

export function tableRows(table: TableClient): TableRows {
  const trying = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (thrown) {
      throw asOurError(thrown, `${doing} table ${table.tableName}`);
    }
  };
  const submit = (actions: readonly TransactionAction[]): Promise<void> =>
    trying('Writing', async () => {
      for (let from = 0; from < actions.length; from += BATCH)
        await table.submitTransaction(actions.slice(from, from + BATCH));
    });
  return {
    get: (partitionKey, rowKey) =>
      trying('Reading', async () => {
        try {
          return await table.getEntity<Row>(partitionKey, rowKey);
        } catch (thrown) {
          if (isNotFound(thrown)) return undefined;
          throw thrown;
        }
      }),
    inPartition: (partitionKey) =>
      trying('Reading', async () => {
        const rows: StoredRow[] = [];
        const filter = `PartitionKey eq '${partitionKey.replaceAll("'", "''")}'`;
        for await (const row of table.listEntities<Row>({ queryOptions: { filter } })) rows.push(row);
        return rows;
      }),
    put: (row) => trying('Writing', async () => void (await table.upsertEntity(row, 'Replace'))),
    putAll: (rows) => submit(rows.map((row): TransactionAction => ['upsert', row, 'Replace'])),
    swap: (row, etag) =>
      trying('Writing', async () => {
        try {
          const written = await (etag === undefined
            ? table.createEntity(row)
            : table.updateEntity(row, 'Replace', { etag }));
          return written.etag ?? '*';
        } catch (thrown) {
          if (statusOf(thrown) === 409 || statusOf(thrown) === 412) return undefined;
          throw thrown;
        }
      }),
    remove: (partitionKey, rowKey, etag = '*') =>
      trying('Clearing', async () => {
        try {
          await table.deleteEntity(partitionKey, rowKey, { etag });
        } catch (thrown) {
          if (!isNotFound(thrown) && statusOf(thrown) !== 412) throw thrown;
        }
      }),
    removeAll: (partitionKey, rowKeys) =>
      submit(rowKeys.map((rowKey): TransactionAction => ['delete', { partitionKey, rowKey }])),
  };
}
