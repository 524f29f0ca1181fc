import type { Alert } from '../../shared/alerts/alert.ts';
import type { Limits } from '../../shared/alerts/limits.ts';
import type { KeepCases } from '../../shared/azure/case-files.ts';
import type { ReadRecords } from '../../shared/azure/state/store-records.ts';
import { forEachBounded } from '../../shared/bounded.ts';
import { messageOf } from '../../shared/errors.ts';
import type { Logger } from '../../shared/log.ts';
import type { Catalog } from '../../shared/pos/master-data.ts';
import type { Store } from '../../shared/pos/store.ts';
import { caseFileOf } from '../../shared/tills/case-file.ts';
import type { TillRecord } from '../../shared/tills/till-book.ts';
import { judgeCashiers, watchTills, type Watched } from '../../shared/tills/till-clock.ts';
import { settledFor, type Settled } from '../../shared/tills/till-context.ts';
import {
  addDays,
  businessDateOf,
  businessDayBounds,
  HOUR_MS,
  minuteOf,
  type Clock,
} from '../../shared/time.ts';

/** Looks at the tills of all stores by the clock. What it finds has the same id each time, so the alert log drops what is known. */
export interface Watch {
  /** @returns how many alerts it put on their way, with those that are known. */
  readonly tills: () => Promise<number>;
  /** Compares the cashiers of stores whose business date has just ended. @returns of how many stores. */
  readonly cashiers: () => Promise<number>;
}

interface WatchOptions {
  readonly records: ReadRecords<TillRecord>;
  readonly catalog: () => Promise<Catalog>;
  readonly limits: () => Promise<Limits>;
  /** Puts an alert on its way. @throws TransientError */
  readonly raise: (alert: Alert) => Promise<void>;
  readonly keepCases: KeepCases;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Stores that are looked at at the same time. */
const WIDTH = 8;
/** So long after the end of a business date its cashiers are judged, each hour: what comes late still counts. */
const JUDGED_FROM_MS = HOUR_MS / 2;
const JUDGED_UNTIL_MS = 6 * HOUR_MS;

export function createWatch({ records, catalog, limits, raise, keepCases, clock, log }: WatchOptions): Watch {
  /** One store that cannot be read costs itself alone. */
  async function eachStore(
    look: (watched: Watched, settled: Settled) => Promise<void>,
    isDue: (store: Store) => boolean,
  ) {
    const [known, ours] = [await catalog(), await limits()];
    const due = [...known.stores.values()].filter(isDue);
    await forEachBounded(due, WIDTH, async (store) => {
      const { storeId } = store;
      try {
        const watched = { storeId, store, records: await records(storeId) };
        if (watched.records.size > 0)
          await look(watched, settledFor(storeId, { catalog: known, limits: ours }));
      } catch (thrown) {
        log.error('The tills of a store could not be watched', { storeId, error: messageOf(thrown) });
      }
    });
  }

  return {
    async tills() {
      let alerts = 0;
      const nowMs = clock();
      await eachStore(
        async (watched, settled) => {
          for (const alert of watchTills(watched, nowMs, settled)) {
            await raise(alert);
            alerts += 1;
          }
        },
        () => true,
      );
      return alerts;
    },

    async cashiers() {
      let stores = 0;
      const nowMs = clock();
      const dateOf = ({ timeZone, cutOver }: Store) =>
        addDays(businessDateOf(nowMs, timeZone, minuteOf(cutOver)), -1);
      await eachStore(
        async (watched, settled) => {
          const date = dateOf(watched.store);
          for (const alert of judgeCashiers(watched, date, settled)) await raise(alert);
          await keepCases(watched.storeId, date, caseFileOf(watched, date, settled));
          stores += 1;
        },
        (store) => {
          const { endMs } = businessDayBounds(dateOf(store), store.timeZone, minuteOf(store.cutOver));
          return nowMs - endMs >= JUDGED_FROM_MS && nowMs - endMs < JUDGED_UNTIL_MS;
        },
      );
      return stores;
    },
  };
}
