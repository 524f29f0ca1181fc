import { odata, type TableClient } from '@azure/data-tables';
import { messageOf, PermanentError } from '../../errors.ts';
import { recordOfStored } from '../../tills/stored-till.ts';
import type { TillRecord } from '../../tills/till-book.ts';
import { asOurError } from '../sdk-errors.ts';
import { storesWithState } from './store-state.ts';
import { bucketRecords, type TableRow } from './store-rows.ts';

/** What the stream keeps of tills, to be looked at: nothing here writes. */
export interface LiveTills {
  /** Every store with state. @throws TransientError */
  stores(): AsyncIterable<string>;
  /** @throws TransientError; PermanentError `state-damaged` */
  records(storeId: string): Promise<TillRecord[]>;
}

export function liveTills(table: TableClient): LiveTills {
  return {
    stores: () => storesWithState(table),
    async records(storeId) {
      const rows: TableRow[] = [];
      try {
        // The records alone, without the memory of ids and effects.
        const filter = odata`PartitionKey eq ${storeId} and RowKey ge ${'bucket-'} and RowKey lt ${'bucket.'}`;
        for await (const row of table.listEntities<TableRow>({ queryOptions: { filter } })) rows.push(row);
      } catch (thrown) {
        throw asOurError(thrown, `Reading the state of store ${storeId}`);
      }
      try {
        return rows.flatMap((row) => bucketRecords(row).map(([, record]) => recordOfStored(record)));
      } catch (cause) {
        throw new PermanentError(
          'state-damaged',
          `The stored state of store ${storeId} cannot be read: ${messageOf(cause)}`,
          { cause },
        );
      }
    },
  };
}
