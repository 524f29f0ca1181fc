import { odata, type TableClient } from '@azure/data-tables';
import { messageOf, PermanentError } from '../../errors.ts';
import { asOurError } from '../sdk-errors.ts';
import { recordsOfRows, type BookShape, type TableRow } from './store-rows.ts';

/** The records of a store without what it remembers of events: for a look that changes nothing. Empty for a store without state. */
export type ReadRecords<Item> = (storeId: string) => Promise<Map<string, Item>>;

/** The reads of one store may see two commits: what is looked at is minutes old anyway. @throws TransientError; PermanentError `state-damaged` */
export function storeRecords<Item, Effect, Header>(
  table: TableClient,
  shape: BookShape<Item, Effect, Header>,
): ReadRecords<Item> {
  return async (storeId) => {
    const rows: TableRow[] = [];
    try {
      const filter = odata`PartitionKey eq ${storeId} and RowKey ge ${'bucket-'} and RowKey lt ${'bucket.'}`;
      for await (const row of table.listEntities<TableRow>({ queryOptions: { filter } })) rows.push(row);
    } catch (thrown) {
      throw asOurError(thrown, `Reading the records of store ${storeId}`);
    }
    try {
      return recordsOfRows(rows, shape);
    } catch (cause) {
      const message = `The stored records of store ${storeId} cannot be read: ${messageOf(cause)}`;
      throw new PermanentError('state-damaged', message, { cause });
    }
  };
}
