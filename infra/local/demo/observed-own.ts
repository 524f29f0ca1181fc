import { containerClient } from '../../../shared/azure/clients.ts';
import { readRaw } from '../../../shared/azure/landing/raw-reader.ts';
import { CONTAINERS } from '../../../shared/azure/names.ts';
import type { BusinessDate } from '../../../shared/ids.ts';
import type { PostingProfile } from '../../../shared/ledger/posting-profile.ts';
import type { PosEvent } from '../../../shared/pos/event.ts';
import type { Catalog } from '../../../shared/pos/master-data.ts';
import { ofAccountKey } from '../../../shared/reconciliation/cell.ts';
import { DayBook } from '../../../shared/reconciliation/day-book.ts';
import type { StorageConnection } from '../../../shared/settings.ts';
import { cellKey } from './expected.ts';
import { foldRaw } from './observed-replay.ts';
import { transactionsOn, type ObservedStates } from './observed-states.ts';

/**
 * The totals of the demonstration's own events if others have sent events too: the generator can only be
 * compared with its own events. The product's handling of all events is checked against the whole landing.
 */
export interface OwnEffects extends Pick<ObservedStates, 'onHandMilli' | 'transactions'> {
  /** The POS side of the books in minor units, by `cellKey`: of our own events, and of all landed events. */
  readonly posMinor: ReadonlyMap<string, number>;
  readonly allPosMinor: ReadonlyMap<string, number>;
}

/** Rebuilds state and books from the landing, in memory, from the demonstration's own events only. */
export async function ownEffects(
  storage: StorageConnection,
  catalog: Catalog,
  profile: PostingProfile,
  isOwn: (event: PosEvent) => boolean,
): Promise<OwnEffects> {
  const { stock, tills } = await foldRaw(storage, catalog, isOwn);
  const own = new Books(profile);
  const all = new Books(profile);
  for await (const batch of readRaw(containerClient(storage, CONTAINERS.raw))) {
    for (const { event } of batch) {
      all.add(event);
      if (isOwn(event)) own.add(event);
    }
  }
  return {
    onHandMilli: (storeId, productId) => stock.get(storeId)?.records.get(productId)?.onHandMilli,
    transactions: (storeId, date) => transactionsOn(tills.get(storeId)?.records.values() ?? [], date),
    posMinor: own.posMinor(),
    allPosMinor: all.posMinor(),
  };
}

/** The expected postings of some events, by date, store and account. */
class Books {
  readonly #profile: PostingProfile;
  readonly #days = new Map<BusinessDate, DayBook>();

  constructor(profile: PostingProfile) {
    this.#profile = profile;
  }

  add(event: PosEvent): void {
    const { businessDate } = event;
    let day = this.#days.get(businessDate);
    if (!day) {
      day = new DayBook({ businessDate, profile: this.#profile, dayEndMsOf: () => undefined });
      this.#days.set(businessDate, day);
    }
    day.add(event);
  }

  posMinor(): Map<string, number> {
    const sums = new Map<string, number>();
    for (const [date, day] of this.#days) {
      for (const { storeId, documents } of day.close()) {
        for (const { amounts } of documents) {
          for (const [key, amountMinor] of amounts) {
            const cell = cellKey(date, storeId, ofAccountKey(key).account);
            sums.set(cell, (sums.get(cell) ?? 0) + Number(amountMinor));
          }
        }
      }
    }
    return sums;
  }
}
