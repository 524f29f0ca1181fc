import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { asOurError, isNotFound, statusOf } from './sdk-errors.ts';

export type Row = Record<string, unknown> & { partitionKey: string; rowKey: string };
export type StoredRow = Row & { etag?: string };

const MAX_BATCH_ROWS = 100;
/** A transaction takes 4 MiB as JSON; the rest is room for its frame. */
const MAX_BATCH_BYTES = 3_500_000;

function batchesOf(actions: readonly TransactionAction[]): TransactionAction[][] {
  const batches: TransactionAction[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const action of actions) {
    const actionBytes = Buffer.byteLength(JSON.stringify(action[1])) + 1_000;
    const isFull = bytes + actionBytes > MAX_BATCH_BYTES || batches.at(-1)?.length === MAX_BATCH_ROWS;
    if (isFull) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(action);
    bytes += actionBytes;
  }
  return batches;
}

/** A table's rows with our errors: what is not there is undefined, a lost race is false, everything else throws. */
export interface TableRows {
  get(partitionKey: string, rowKey: string): Promise<StoredRow | undefined>;
  /** All rows of a partition, or those whose key begins with `prefix`. */
  inPartition(partitionKey: string, prefix?: string): Promise<StoredRow[]>;
  put(row: Row): Promise<void>;
  /** Writes rows of one partition, a hundred at a time. */
  putAll(rows: readonly Row[]): Promise<void>;
  /** Creates the row, or replaces the one of this ETag. @returns the new ETag; undefined when a race was lost. */
  swap(row: Row, etag: string | undefined): Promise<string | undefined>;
  /** What is gone already, or was changed since `etag`, is left as it is. */
  remove(partitionKey: string, rowKey: string, etag?: string): Promise<void>;
  removeAll(partitionKey: string, rowKeys: readonly string[]): Promise<void>;
}

/** The first key behind all that begin with a prefix, whose last character must be ASCII. */
const afterPrefix = (prefix: string): string =>
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);

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
      for (const batch of batchesOf(actions)) await table.submitTransaction(batch);
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
    inPartition: (partitionKey, prefix) =>
      trying('Reading', async () => {
        const rows: StoredRow[] = [];
        const inPartition = odata`PartitionKey eq ${partitionKey}`;
        const filter =
          prefix === undefined
            ? inPartition
            : `${inPartition} and ${odata`RowKey ge ${prefix} and RowKey lt ${afterPrefix(prefix)}`}`;
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
