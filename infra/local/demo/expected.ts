import type { BusinessDate, StoreId } from '../../../shared/ids.ts';
import { squareLocationOf } from './chain.ts';
import type { DemoDay } from './demo-day.ts';
import type { PlantedDifference } from './ledger-faults.ts';
import type { PlantedAlert } from './till-faults.ts';
import type { DemoEvent } from './wire.ts';

/** What the product's storage must hold after some days, according to the generator. */
export interface Expected {
  readonly dates: readonly BusinessDate[];
  readonly eventIds: ReadonlySet<string>;
  /** Malformed events. */
  readonly deadLetters: number;
  readonly plantedAlerts: readonly PlantedAlert[];
  readonly plantedDifferences: readonly PlantedDifference[];
  /** Stock after the last day: store, then product. */
  readonly stock: ReadonlyMap<StoreId, ReadonlyMap<string, number>>;
  /** Completed transactions of the last day, by store. */
  readonly completedOnLastDay: ReadonlyMap<StoreId, number>;
  /** The POS side of the books, in minor units, by `cellKey`. */
  readonly posMinor: ReadonlyMap<string, number>;
}

/** The event id in Tillstream: the source, and the source's own id. */
const eventIdOf = ({ wire, viaSquare, storeId }: DemoEvent): string =>
  viaSquare === true ? `square:${wire.id}:${squareLocationOf(storeId)}` : `tillstream:${wire.id}`;

export const cellKey = (date: string, storeId: string, account: string): string =>
  `${date} ${storeId} ${account}`;

/** @param operatorOf an operator's pseudonym in alerts */
export function expectedOf(days: Iterable<DemoDay>, operatorOf: (id: string) => string): Expected {
  const dates: BusinessDate[] = [];
  const eventIds = new Set<string>();
  const plantedAlerts: PlantedAlert[] = [];
  const plantedDifferences: PlantedDifference[] = [];
  const posMinor = new Map<string, number>();
  let deadLetters = 0;
  let last: DemoDay | undefined;
  for (const day of days) {
    last = day;
    dates.push(day.date);
    if (day.events.length > 0) deadLetters += 1;
    for (const event of day.events) eventIds.add(eventIdOf(event));
    for (const fault of day.plantedAlerts)
      plantedAlerts.push(
        'operatorId' in fault ? { ...fault, operatorId: operatorOf(fault.operatorId) } : fault,
      );
    plantedDifferences.push(...day.plantedDifferences);
    for (const { demoStore, bookings } of day.stores) {
      for (const { entries } of bookings) {
        for (const { account, amountMinor } of entries) {
          const key = cellKey(day.date, demoStore.store.storeId, account);
          posMinor.set(key, (posMinor.get(key) ?? 0) + amountMinor);
        }
      }
    }
  }
  const stores = last?.stores ?? [];
  return {
    dates,
    eventIds,
    deadLetters,
    plantedAlerts,
    plantedDifferences,
    posMinor,
    stock: new Map(stores.map(({ demoStore, stock }) => [demoStore.store.storeId, stock])),
    completedOnLastDay: new Map(
      stores.map(({ demoStore, completed }) => [demoStore.store.storeId, completed]),
    ),
  };
}
