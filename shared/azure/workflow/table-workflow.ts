import { createHash } from 'node:crypto';
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { PermanentError } from '../../errors.ts';
import type { BusinessDate, StoreId } from '../../ids.ts';
import type { HistoryEntry } from '../../workflow/history.ts';
import type { Item } from '../../workflow/item.ts';
import { WORKFLOW_FORMAT, type StoreDay } from '../../workflow/store-day.ts';
import { textOf, textProperties } from '../../row-text.ts';
import { asOurError, isConflict } from '../sdk-errors.ts';
import { tableRows, type Row, type StoredRow } from '../table-rows.ts';
import type { BulkRecord, DoneCommand, PlacedItem, WorkflowStore } from './workflow-store.ts';

const BULK = '~bulk';
const DAY = 'day';
const ITEM = 'item ';
const HISTORY = 'history ';

export function tableWorkflow(table: TableClient): WorkflowStore {
  const rows = tableRows(table);
  return {
    async load(businessDate, storeId) {
      const partition = partitionOf(businessDate, storeId);
      const row = await rows.get(partition, DAY);
      if (!row) return undefined;
      const items = await rows.inPartition(partition, ITEM);
      return {
        day: contentOf(row) as StoreDay,
        etag: row.etag ?? '*',
        items: new Map(items.map(contentOf).map((item) => [(item as Item).itemId, item as Item])),
      };
    },
    async commit({ day, items, history }, etag, command) {
      const partitionKey = partitionOf(day.businessDate, day.storeId);
      const dayRow = { partitionKey, rowKey: DAY, ...dayColumns(day), ...stored(day) };
      const actions: TransactionAction[] = [
        etag === undefined ? ['create', dayRow] : ['update', dayRow, 'Replace', { etag }],
        ...items.map((item): TransactionAction => ['upsert', itemRow(partitionKey, item), 'Replace']),
        ...history.map((entry): TransactionAction => ['create', historyRow(partitionKey, entry)]),
      ];
      if (command) actions.push(['create', keyRow(partitionKey, command.key, command.done)]);
      try {
        await table.submitTransaction(actions);
        return true;
      } catch (thrown) {
        if (isConflict(thrown)) return false;
        throw asOurError(thrown, `Writing table ${table.tableName}`);
      }
    },
    async done(businessDate, storeId, key) {
      const row = await rows.get(partitionOf(businessDate, storeId), keyName(key));
      return row && (contentOf(row) as DoneCommand);
    },
    async history(businessDate, storeId, after, limit) {
      const partition = partitionOf(businessDate, storeId);
      // Steps are numbered without a gap, so their keys are known.
      const filter = odata`PartitionKey eq ${partition} and RowKey ge ${historyName(after + 1)} and RowKey lt ${historyName(after + 1 + limit)}`;
      return (await list(table, filter)).map(contentOf) as HistoryEntry[];
    },
    daysOf: async (businessDate) => {
      const { from, to } = partitionsOf(businessDate);
      const filter = odata`PartitionKey ge ${from} and PartitionKey lt ${to} and RowKey eq ${DAY}`;
      return (await list(table, filter)).map(contentOf) as StoreDay[];
    },
    itemsOf: async (businessDate, storeId) => {
      const { from, to } = partitionsOf(businessDate);
      const found =
        storeId === undefined
          ? await list(
              table,
              odata`PartitionKey ge ${from} and PartitionKey lt ${to} and RowKey ge ${ITEM} and RowKey lt ${'item!'}`,
            )
          : await rows.inPartition(partitionOf(businessDate, storeId), ITEM);
      return found.map((row): PlacedItem => ({
        businessDate,
        storeId: row.partitionKey.slice(businessDate.length + 1) as StoreId,
        item: contentOf(row) as Item,
      }));
    },
    async bulk(key) {
      const row = await rows.get(BULK, keyName(key));
      return row && (contentOf(row) as BulkRecord);
    },
    addBulk: async (key, bulk) =>
      (await rows.swap(
        { partitionKey: BULK, rowKey: keyName(key), by: bulk.by, at: bulk.at, ...stored(bulk) },
        undefined,
      )) !== undefined,
  };
}

/** Neither a date nor a store id holds what a key must not. */
const partitionOf = (businessDate: BusinessDate, storeId: StoreId): string => `${businessDate} ${storeId}`;
/** `!` follows the space. */
const partitionsOf = (businessDate: BusinessDate): { from: string; to: string } => ({
  from: `${businessDate} `,
  to: `${businessDate}!`,
});
const historyName = (sequence: number): string => `${HISTORY}${String(sequence).padStart(10, '0')}`;
const keyName = (key: string): string => `key ${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;

const stored = (content: object): Record<string, unknown> => ({
  format: WORKFLOW_FORMAT,
  ...textProperties(JSON.stringify(content)),
});

/** @throws PermanentError `workflow-format`: what a later version wrote may mean something else. */
function contentOf(row: StoredRow): unknown {
  if (Number(row['format']) > WORKFLOW_FORMAT)
    throw new PermanentError(
      'workflow-format',
      `${row.partitionKey} ${row.rowKey} has format ${String(row['format'])}, which a later version of Tillstream wrote. Deploy that version`,
    );
  return JSON.parse(textOf(row)) as unknown;
}

/** Beside the whole content a few columns, for whoever looks into the table. */
const dayColumns = ({ phase, version, unanswered }: StoreDay): Record<string, unknown> => ({
  phase,
  version,
  unanswered,
});

const itemRow = (partitionKey: string, item: Item): Row => ({
  partitionKey,
  rowKey: `${ITEM}${item.itemId}`,
  status: item.status,
  category: item.category,
  amountMinor: String(item.amountMinor),
  currency: item.currency ?? '',
  ...stored(item),
});

const historyRow = (partitionKey: string, entry: HistoryEntry): Row => ({
  partitionKey,
  rowKey: historyName(entry.sequence),
  at: entry.at,
  by: `${entry.by.kind} ${entry.by.id}`,
  what: entry.what,
  itemId: entry.itemId ?? '',
  ...stored(entry),
});

const keyRow = (partitionKey: string, key: string, done: DoneCommand): Row => ({
  partitionKey,
  rowKey: keyName(key),
  ...stored(done),
});

async function list(table: TableClient, filter: string): Promise<StoredRow[]> {
  const found: StoredRow[] = [];
  try {
    for await (const row of table.listEntities<Row>({ queryOptions: { filter } })) found.push(row);
  } catch (thrown) {
    throw asOurError(thrown, `Reading table ${table.tableName}`);
  }
  return found;
}
