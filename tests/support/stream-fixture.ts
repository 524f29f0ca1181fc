import type { TableClient } from '@azure/data-tables';
import { createFoldStores, type Fold, type FoldStores } from '../../functions/stream/fold-stores.ts';
import { stockFold, stockShape, tillFold, tillShape } from '../../functions/stream/folds.ts';
import type { Alert } from '../../shared/alerts/alert.ts';
import type { Logger } from '../../shared/log.ts';
import { storeStates } from '../../shared/azure/state/store-state.ts';
import type { BookShape } from '../../shared/azure/state/store-rows.ts';
import type { PermanentError } from '../../shared/errors.ts';
import type { Catalog } from '../../shared/pos/master-data.ts';
import type { PositionedEvent } from '../../shared/pos/event.ts';
import { BERLIN, PRODUCTS } from './stream-events.ts';
import { storeId as idOf } from '../../shared/ids.ts';

/** One instance of a stream function over any table: its cache is its own, the table is shared. */
export const silentLog: Logger = { info: () => {}, warn: () => {}, error: () => {} };

export const CATALOG: Catalog = {
  stores: new Map(['S1', 'S2', 'S3'].map((id) => [idOf(id), { ...BERLIN, storeId: idOf(id) }])),
  products: PRODUCTS,
  storeOfSource: () => undefined,
  productOfCode: () => undefined,
};

export interface Instance {
  fold(events: readonly PositionedEvent[]): Promise<void>;
}

export interface InstanceOptions {
  readonly onAlert?: (alert: Alert) => void;
  readonly onBury?: (event: PositionedEvent, reason: PermanentError) => void;
}

export function stockInstance(table: TableClient, options: InstanceOptions = {}): Instance {
  return instance(table, stockShape, stockFold(CATALOG), options);
}

export function tillInstance(table: TableClient, options: InstanceOptions = {}): Instance {
  return instance(table, tillShape, tillFold(), options);
}

function instance<Item, Effect, Header>(
  table: TableClient,
  shape: BookShape<Item, Effect, Header>,
  fold: Fold<Item, Effect, Header>,
  { onAlert, onBury }: InstanceOptions = {},
): Instance {
  const foldStores: FoldStores<Item, Effect, Header> = createFoldStores({
    states: storeStates(table, shape),
    deliver: async (storeId, { rowKey, alerts }) => {
      for (const alert of alerts) onAlert?.(alert);
      await table.deleteEntity(storeId, rowKey);
    },
    bury: (event, reason) => Promise.resolve(onBury?.(event, reason)),
    log: silentLog,
  });
  return { fold: (events) => foldStores(events, fold) };
}
