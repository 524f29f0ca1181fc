import { createHash } from 'node:crypto';
import { fnv1a } from '../../../shared/fnv1a.ts';
import type { BusinessDate, StoreId } from '../../../shared/ids.ts';
import type { Store } from '../../../shared/pos/store.ts';
import { businessDayBounds, DAY_MS, epochMsOf, HOUR_MS, minuteOf } from '../../../shared/time.ts';

/** Stores by id and by ledger dimension, and when their days end. */
export interface StoreLookup {
  readonly all: readonly StoreId[];
  /** Changes with the stores. */
  readonly version: string;
  nameOf(storeId: string): string | undefined;
  /** IANA time zone; undefined for an unknown store. */
  zoneOf(storeId: string): string | undefined;
  /** The store's value of its ledger dimension; undefined for an unknown store. */
  dimensionOf(storeId: string): string | undefined;
  /** When the business date ends in the store, in epoch milliseconds; undefined for an unknown store. */
  dayEndMs(storeId: string, businessDate: BusinessDate): number | undefined;
  /** The store of a ledger dimension; a dimension that no store has stands for itself. */
  ofDimension(dimension: string): { storeId: StoreId; known: boolean };
}

export function storeLookup(stores: readonly Store[]): StoreLookup {
  const byId = new Map<string, Store>(stores.map((store) => [store.storeId, store]));
  const byDimension = new Map(stores.map((store) => [store.ledgerDimension, store.storeId]));
  return {
    all: stores.map((store) => store.storeId),
    version: createHash('sha256').update(JSON.stringify(stores)).digest('hex').slice(0, 16),
    nameOf: (storeId) => byId.get(storeId)?.name,
    zoneOf: (storeId) => byId.get(storeId)?.timeZone,
    dimensionOf: (storeId) => byId.get(storeId)?.ledgerDimension,
    dayEndMs(storeId, businessDate) {
      const store = byId.get(storeId);
      return store && businessDayBounds(businessDate, store.timeZone, minuteOf(store.cutOver)).endMs;
    },
    ofDimension(dimension) {
      const storeId = byDimension.get(dimension);
      return storeId === undefined
        ? { storeId: dimension as StoreId, known: false }
        : { storeId, known: true };
    },
  };
}

/** A calendar day has ended everywhere on earth at noon UTC of the next one. */
export function endsEverywhereMs(businessDate: BusinessDate): number {
  return epochMsOf(`${businessDate}T00:00:00Z`) + DAY_MS + 12 * HOUR_MS;
}

/** Spreads stores over shards by name alone, so every shard knows its stores by itself. */
export function shardOf(storeId: string, shards: number): number {
  return fnv1a(storeId) % shards;
}
