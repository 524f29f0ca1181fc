import { z } from 'zod';
import { containerClient } from '../../shared/azure/clients.ts';
import { masterDataFile, type MasterDataFile } from '../../shared/azure/master-data.ts';
import { CONTAINERS } from '../../shared/azure/names.ts';
import { putMessage } from '../../shared/azure/queue-message.ts';
import { storesWithState, type StoreStates } from '../../shared/azure/state/store-state.ts';
import { blobStockHistory } from '../../shared/azure/stock-history.ts';
import type { Limits } from '../../shared/alerts/limits.ts';
import type { Logger } from '../../shared/log.ts';
import type { Catalog } from '../../shared/pos/master-data.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Position } from '../../shared/stock/position.ts';
import { silenceModelOf } from '../../shared/stock/silent/silence-model.ts';
import type { StockEffect, StockHeader } from '../../shared/stock/stock-fold.ts';
import { MINUTE_MS, type Clock } from '../../shared/time.ts';
import { createWatchShelves, type WatchShelves } from './watch-shelves.ts';

export interface ShelfParts {
  readonly stockTable: Parameters<typeof storesWithState>[0];
  readonly states: StoreStates<Position, StockEffect, StockHeader>;
  readonly alertsQueue: Parameters<typeof putMessage>[0];
  readonly catalog: MasterDataFile<Catalog>;
  readonly limits: MasterDataFile<Limits>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A model that the retailer trained on its own sales, in the container `stock-history`. */
const OWN_MODEL_FILE = 'model.json';

/** Wires the watch over the shelves to Azure. */
export function wireWatchShelves(settings: Settings, parts: ShelfParts): WatchShelves {
  const { stockTable, states, alertsQueue, catalog, limits, clock, log } = parts;
  const container = containerClient(settings.state, CONTAINERS.stockHistory);
  const ownModel = masterDataFile({
    container,
    file: OWN_MODEL_FILE,
    schema: z.unknown(),
    whenAbsent: null,
    index: (json) => (json === null ? undefined : silenceModelOf(json)),
    refreshMs: MINUTE_MS,
    clock,
    log,
  });
  return createWatchShelves({
    stores: () => storesWithState(stockTable),
    book: async (storeId) => (await states.load(storeId)).book,
    history: blobStockHistory(container),
    catalog: () => catalog.get(),
    limits: () => limits.get(),
    // Half a megabyte that nothing else needs.
    model: async () =>
      (await ownModel.get()) ??
      silenceModelOf((await import('../../shared/stock/silent/shipped-model.json')).default),
    send: (alert) => putMessage(alertsQueue, JSON.stringify(alert)),
    log,
  });
}
