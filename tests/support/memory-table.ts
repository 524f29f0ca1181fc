import type { TableClient } from '@azure/data-tables';

/**
 * A table in memory with what the stream relies on: one entity group transaction is all or nothing, an ETag guards,
 * a row that exists cannot be created, a page shows rows in the order of their keys. `fault` may be set to throw
 * before or after a transaction takes effect, as a lost request or a lost answer does.
 */
export interface MemoryTable {
  readonly client: TableClient;
  /** All rows of a partition without what a table adds, by row key. */
  rows(partition: string): Record<string, unknown>;
  partitions(): string[];
  fault: ((when: 'before' | 'after') => void) | undefined;
  transactions: number;
}

type Row = { partitionKey: string; rowKey: string } & Record<string, unknown>;
type Rows = Map<string, { row: Row; etag: string }>;
type Action = [kind: string, row: Row, mode?: string | undefined, options?: { etag?: string } | undefined];

const restError = (statusCode: number): Error =>
  Object.assign(new Error(`status ${statusCode}`), { statusCode });

export function memoryTable(): MemoryTable {
  const partitions = new Map<string, Rows>();
  let etags = 0;
  const partitionOf = (key: string) => {
    const partition: Rows = partitions.get(key) ?? new Map();
    partitions.set(key, partition);
    return partition;
  };

  function apply(partition: Rows, [kind, row, , options]: Action): string {
    const held = partition.get(row.rowKey);
    if (kind === 'create' && held) throw restError(409);
    if ((kind === 'update' || kind === 'delete') && !held) throw restError(404);
    if (options?.etag !== undefined && options.etag !== '*' && held?.etag !== options.etag)
      throw restError(412);
    if (kind === 'delete') {
      partition.delete(row.rowKey);
      return '';
    }
    const etag = `"${(etags += 1)}"`;
    partition.set(row.rowKey, { row: structuredClone(row), etag });
    return etag;
  }

  const table: MemoryTable = {
    client: {
      async *listEntities({ queryOptions }: { queryOptions: { filter: string } }) {
        await Promise.resolve();
        const { filter } = queryOptions;
        const [, key] = /PartitionKey eq '([^']*)'/.exec(filter) ?? [];
        const [, first = ''] = /PartitionKey ge '([^']*)'/.exec(filter) ?? [];
        const [, last = '\uffff'] = /PartitionKey lt '([^']*)'/.exec(filter) ?? [];
        const [, only] = /RowKey eq '([^']*)'/.exec(filter) ?? [];
        const [, from = only ?? ''] = /RowKey ge '([^']*)'/.exec(filter) ?? [];
        const [, to = '\uffff'] = /RowKey lt '([^']*)'/.exec(filter) ?? [];
        const keys = key === undefined ? [...partitions.keys()].sort() : [key];
        for (const partition of keys.filter((one) => key !== undefined || (one >= first && one < last))) {
          const sorted = [...partitionOf(partition)].sort(([one], [other]) => (one < other ? -1 : 1));
          for (const [rowKey, { row, etag }] of sorted) {
            const isAsked = only === undefined ? rowKey >= from && rowKey < to : rowKey === only;
            if (isAsked) yield { ...structuredClone(row), etag };
          }
        }
      },
      async submitTransaction(actions: Action[]) {
        await Promise.resolve();
        if (actions.length > 100) throw restError(400);
        table.fault?.('before');
        const key = actions[0]?.[1].partitionKey ?? '';
        // On a copy, so a refused action leaves nothing behind.
        const changed = new Map(partitionOf(key));
        const subResponses = actions.map((action) => ({ status: 204, etag: apply(changed, action) }));
        partitions.set(key, changed);
        table.transactions += 1;
        table.fault?.('after');
        return { status: 202, subResponses };
      },
      async getEntity(partitionKey: string, rowKey: string) {
        await Promise.resolve();
        const held = partitionOf(partitionKey).get(rowKey);
        if (!held) throw restError(404);
        return { ...structuredClone(held.row), etag: held.etag };
      },
      upsertEntity: async (row: Row) => void apply(partitionOf(row.partitionKey), ['upsert', row]),
      createEntity: async (row: Row) => ({ etag: apply(partitionOf(row.partitionKey), ['create', row]) }),
      updateEntity: async (row: Row, mode: string, options?: { etag?: string }) => ({
        etag: apply(partitionOf(row.partitionKey), ['update', row, mode, options]),
      }),
      deleteEntity: async (partitionKey: string, rowKey: string, options?: { etag?: string }) =>
        void apply(partitionOf(partitionKey), ['delete', { partitionKey, rowKey }, undefined, options]),
    } as unknown as TableClient,
    rows: (partition) => {
      const sorted = [...partitionOf(partition)].sort(([one], [other]) => (one < other ? -1 : 1));
      return Object.fromEntries(
        sorted.map(([rowKey, { row }]) => [
          rowKey,
          Object.fromEntries(
            Object.entries(row).map(([name, value]) => [
              name,
              value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
            ]),
          ),
        ]),
      );
    },
    partitions: () => [...partitions.keys()].sort(),
    fault: undefined,
    transactions: 0,
  };
  return table;
}
