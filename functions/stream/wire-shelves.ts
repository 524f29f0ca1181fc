import { z } from 'zod';
import { containerClient } from '../../shared/azure/clients.ts';
import { putForecast } from '../../shared/azure/demand-lake.ts';
import { masterDataFile, type MasterDataFile } from '../../shared/azure/master-data.ts';
import { CONTAINERS } from '../../shared/azure/names.ts';
import { putMessage } from '../../shared/azure/queue-message.ts';
import { storesWithState, type StoreStates } from '../../shared/azure/state/store-state.ts';
import { blobStockHistory } from '../../shared/azure/stock-history.ts';
import type { Limits } from '../../shared/alerts/limits.ts';
import type { StoreId } from '../../shared/ids.ts';
import type { Logger } from '../../shared/log.ts';
import type { Catalog } from '../../shared/pos/master-data.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Position } from '../../shared/stock/position.ts';
import { silenceModelOf } from '../../shared/stock/silent/silence-model.ts';
import type { StockEffect, StockHeader } from '../../shared/stock/stock-fold.ts';
import { MINUTE_MS, type Clock } from '../../shared/time.ts';
import { createForecastDemand, type ForecastDemand } from './forecast-demand.ts';
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

export interface ShelfFunctions {
  /** Looks at the shelves of all stores; returns the number of alerts. */
  readonly watchShelves: WatchShelves;
  /** Forecasts the coming days of all stores; returns the number of lines. */
  readonly forecastDemand: ForecastDemand;
}

/** A model that the retailer trained on its own sales, in the container `stock-history`. */
const OWN_MODEL_FILE = 'model.json';

/** Wires what the clock does about stock to Azure. */
export function wireShelves(settings: Settings, parts: ShelfParts): ShelfFunctions {
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
  const lake = containerClient(settings.state, CONTAINERS.lake);
  const common = {
    stores: () => storesWithState(stockTable),
    book: async (storeId: StoreId) => (await states.load(storeId)).book,
    history: blobStockHistory(container),
    catalog: () => catalog.get(),
    log,
  };
  const forecastDemand = createForecastDemand({
    ...common,
    put: (storeId, from, lines) => putForecast(lake, storeId, from, lines),
  });
  const watchShelves = createWatchShelves({
    ...common,
    limits: () => limits.get(),
    // Half a megabyte that nothing else needs.
    model: async () =>
      (await ownModel.get()) ??
      silenceModelOf((await import('../../shared/stock/silent/shipped-model.json')).default),
    send: (alert) => putMessage(alertsQueue, JSON.stringify(alert)),
  });
  return { watchShelves, forecastDemand };
}
