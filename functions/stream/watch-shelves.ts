import type { Alert } from '../../shared/alerts/alert.ts';
import type { Limits } from '../../shared/alerts/limits.ts';
import type { Held } from '../../shared/azure/stock-history.ts';
import { forEachBounded } from '../../shared/bounded.ts';
import { messageOf } from '../../shared/errors.ts';
import type { StoreId } from '../../shared/ids.ts';
import type { Catalog } from '../../shared/pos/master-data.ts';
import { silentStockout } from '../../shared/stock/silent/silent-stockout.ts';
import { HOURS } from '../../shared/stock/silent/hour-panel.ts';
import { judgeShelves, type Shelves, type Window } from '../../shared/stock/silent/judge-shelves.ts';
import { openHours } from '../../shared/stock/silent/open-hours.ts';
import { look, type Look, type ShelfWatch } from '../../shared/stock/silent/shelf-watch.ts';
import type { SilenceModel } from '../../shared/stock/silent/silence-model.ts';
import { HISTORY_DAYS } from '../../shared/stock/silent/store-hours.ts';
import { gatherShelves, type GatheredShelves, type GatherOptions } from './gather-shelves.ts';

export interface WatchShelvesOptions extends GatherOptions {
  /** Every store with stock. @throws TransientError */
  readonly stores: () => AsyncIterable<string>;
  readonly catalog: () => Promise<Catalog>;
  readonly limits: () => Promise<Limits>;
  readonly model: () => Promise<SilenceModel>;
  /** Puts an alert on the queue. @throws TransientError */
  readonly send: (alert: Alert) => Promise<void>;
}

/** A look at the shelves of all stores; returns how many alerts it sent. */
export type WatchShelves = () => Promise<number>;

/** Stores that are read at the same time: a book of a large store takes some 20 MB until its hours are taken from it. */
const WIDTH = 4;

/**
 * Looks at the shelves of all stores, whose sales are compared with each other. A store that cannot be read or stored
 * costs only itself; its fault is thrown in the end, so that the run counts as failed.
 *
 * Safe to be killed and to run twice: what a look found is stored before it is sent, with the alerts that are still to
 * send, on top of exactly what it had read.
 */
export function createWatchShelves(options: WatchShelvesOptions): WatchShelves {
  const { history, log } = options;

  async function settle(
    { store, watch, booked, limits }: GatheredShelves,
    judged: Omit<Look, 'store' | 'booked' | 'limits'>,
  ) {
    const { storeId } = store;
    const found = look(watch.value, { ...judged, store, booked, limits });
    const etag = await history.putWatch(storeId, found, watch.etag);
    // Another run was faster; what it found it sends.
    if (etag === undefined) return 0;
    return sendPending(storeId, { value: found, etag });
  }

  async function sendPending(storeId: StoreId, { value, etag }: Held<ShelfWatch>): Promise<number> {
    if (value.pending.length === 0) return 0;
    for (const alert of value.pending) await options.send(alert);
    await history.putWatch(storeId, { ...value, pending: [] }, etag);
    return value.pending.length;
  }

  return async () => {
    const [catalog, limits, model] = await Promise.all([
      options.catalog(),
      options.limits(),
      options.model(),
    ]);
    const gathered = new Map<string, GatheredShelves>();
    const failures: unknown[] = [];
    let sent = 0;
    const costsItself = async (storeId: string, work: () => Promise<void>): Promise<void> => {
      try {
        await work();
      } catch (thrown) {
        failures.push(thrown);
        log.error(
          'The shelves of a store could not be judged',
          { storeId, reason: messageOf(thrown) },
          thrown,
        );
      }
    };
    await forEachBounded(options.stores(), WIDTH, async (id) => {
      const store = catalog.stores.get(id as StoreId);
      // Without a time zone and hours its silence means nothing; reconciliation reports stores that nobody knows.
      if (!store) return;
      await costsItself(id, async () => {
        gathered.set(id, await gatherShelves(options, store, limits.of(silentStockout, store), catalog));
      });
    });
    const window = windowOf(gathered.values());
    const stores = [...gathered.values()].map(({ shelves, store, days }) => ({
      ...shelves,
      judged: within(shelves.judged, window),
      open: openHours(store, days, shelves.products, window),
    }));
    for (const { storeId, scores } of judgeShelves(stores, window, model)) {
      const at = gathered.get(storeId) as GatheredShelves;
      const judged = at.shelves.judged as NonNullable<Shelves['judged']>;
      await costsItself(storeId, async () => void (sent += await settle(at, { judged, scores, model })));
    }
    // What a killed run left is sent even where there is nothing to judge.
    for (const [storeId, { watch, shelves }] of gathered)
      if (!within(shelves.judged, window))
        await costsItself(storeId, async () => void (sent += await sendPending(storeId as StoreId, watch)));
    if (failures.length > 0) throw failures[0];
    return sent;
  };
}

/** The newest days of the chain: stores that are compared must be looked at over the same ones. */
function windowOf(gathered: Iterable<GatheredShelves>): Window {
  let newest = 0;
  for (const { days } of gathered) newest = Math.max(newest, days.at(-1) ?? 0);
  return { firstDay: newest - HISTORY_DAYS + 1, days: HISTORY_DAYS };
}

/** A store that was last heard of days ago is not judged: that it is silent as a whole is for others to say. */
function within(judged: Shelves['judged'], { firstDay, days }: Window): Shelves['judged'] {
  return judged && judged.from >= (firstDay + days - 3) * HOURS ? judged : undefined;
}
