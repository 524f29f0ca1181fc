import type { Chain } from '../../../shared/azure/gaps.ts';
import type { BusinessDate, StoreId } from '../../../shared/ids.ts';
import type { PosSource } from '../../../shared/pos/event.ts';
import type { Catalog } from '../../../shared/pos/master-data.ts';
import type { Senders } from '../../../shared/pos/senders.ts';
import type { ListClient, WebhookSource } from '../../../shared/pos/sources/source.ts';
import type { Store } from '../../../shared/pos/store.ts';
import { tradingHours } from '../../../shared/tills/trading-hours.ts';
import { businessDayBounds, minuteOf } from '../../../shared/time.ts';

/** What one chain of pages is of. */
export interface Place {
  readonly source: PosSource;
  readonly list: ListClient;
  readonly sender?: string;
  readonly location?: string;
  /** The stores that it may have events of. */
  readonly stores: readonly StoreId[];
  /** Whether one of them should be selling on the date. */
  readonly isOpen: boolean;
  /** From when to when the date lasts there. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Every place that can be listed for a business date, by the master data alone. */
export function placesOf(
  sources: readonly WebhookSource[],
  catalog: Catalog,
  senders: Senders,
  businessDate: BusinessDate,
): Place[] {
  return sources.flatMap(({ source, list }) =>
    list === undefined ? [] : ofSource(source, list, catalog, senders, businessDate),
  );
}

function ofSource(
  source: PosSource,
  list: ListClient,
  catalog: Catalog,
  senders: Senders,
  businessDate: BusinessDate,
): Place[] {
  const merchants = senders.of(source);
  const storesOf = (ids: readonly StoreId[]): Store[] =>
    ids.flatMap((storeId) => catalog.stores.get(storeId) ?? []);
  const mapped = [...catalog.stores.values()].filter((store) => locationsOf(store, source).length > 0);
  if (list.per === 'sender') {
    const owned = new Set(merchants.flatMap(({ stores }) => stores));
    const rest = mapped.filter(({ storeId }) => !owned.has(storeId));
    return [
      ...merchants.map(({ sender, stores }) => ({ sender, stores: storesOf(stores) })),
      { sender: undefined, stores: rest },
    ].flatMap(({ sender, stores }) =>
      placeOf({ source, list, ...(sender === undefined ? {} : { sender }) }, stores, businessDate),
    );
  }
  return mapped.flatMap((store) => {
    const sender = merchants.find(({ stores }) => stores.includes(store.storeId))?.sender;
    return locationsOf(store, source).flatMap((location) =>
      placeOf({ source, list, location, ...(sender === undefined ? {} : { sender }) }, [store], businessDate),
    );
  });
}

const locationsOf = (store: Store, source: PosSource): readonly string[] =>
  store.sourceLocations?.[source] ?? [];

/** The date lasts from when it begins in the first of its stores to when it ends in the last. */
function placeOf(
  named: Pick<Place, 'source' | 'list' | 'sender' | 'location'>,
  stores: readonly Store[],
  businessDate: BusinessDate,
): Place[] {
  if (stores.length === 0) return [];
  const bounds = stores.map(({ timeZone, cutOver }) =>
    businessDayBounds(businessDate, timeZone, minuteOf(cutOver)),
  );
  return [
    {
      ...named,
      stores: stores.map(({ storeId }) => storeId),
      isOpen: stores.some((store) => tradingHours(store, businessDate).length > 0),
      fromMs: Math.min(...bounds.map(({ startMs }) => startMs)),
      toMs: Math.max(...bounds.map(({ endMs }) => endMs)),
    },
  ];
}

export const isOfPlace = (
  one: Pick<Chain, 'source' | 'sender' | 'location'>,
  { source, sender, location }: Place,
): boolean => one.source === source && one.sender === sender && one.location === location;

export const nameOfPlace = ({
  source,
  sender,
  location,
}: Pick<Place, 'source' | 'sender' | 'location'>): string =>
  [
    source,
    ...(sender === undefined ? [] : [`merchant ${sender}`]),
    ...(location === undefined ? [] : [`location ${location}`]),
  ].join(', ');
