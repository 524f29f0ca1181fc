import type { AlertKind } from '../../../shared/alert-rules/all-rules.ts';
import type { BusinessDate, StoreId } from '../../../shared/ids.ts';
import { DAY_MS } from '../../../shared/time.ts';
import type { Chain, DemoStore } from './chain.ts';
import { DEMO_PRODUCTS, type DemoProduct } from './products.ts';
import { hoursOf } from './hours.ts';
import { randomOf } from './random.ts';

/** Faults planted in a store's day that must raise an alert. Any other alert is a false alarm. */
export type PlantedAlert = {
  readonly faultId: string;
  readonly alert: AlertKind;
  readonly storeId: StoreId;
  readonly date: BusinessDate;
  readonly what: string;
} & (
  | { readonly alert: 'stockout-imminent' | 'silent-stockout'; readonly product: DemoProduct }
  | ({ readonly alert: 'no-sale-openings' } & ShiftPlace)
  | ({ readonly alert: 'refund-without-receipt' } & ShiftPlace)
  | ({ readonly alert: 'cash-over-short'; readonly differenceMinor: number } & ShiftPlace)
  | ({ readonly alert: 'post-void' } & ShiftPlace)
  | ({ readonly alert: 'own-refund' } & ShiftPlace)
);

interface ShiftPlace {
  readonly tillId: string;
  readonly shift: 1 | 2;
  readonly operatorId: string;
}

/** The operator of a till's first or second shift. */
export const cashierOf = (storeId: string, tillId: string, shift: number): string =>
  `${storeId}-${tillId.replace('T', 'C')}${shift}`;

const PLANTED_NO_SALES = 12;
const PLANTED_REFUNDS = 6;
export const plantedCounts = { noSales: PLANTED_NO_SALES, refunds: PLANTED_REFUNDS };

/** Sold all day, and not restocked on the same day. */
const BEST_SELLERS = DEMO_PRODUCTS.filter(
  ({ unit, weight, leadTimeHours }) => unit === 'each' && weight >= 10 && leadTimeHours >= 24,
);

/** The day's planted till and stock faults: every kind at least once, and more in a longer chain. */
export function plantAlerts(chain: Chain, date: BusinessDate, seed: number): PlantedAlert[] {
  const random = randomOf(seed, date, 'till faults');
  const perKind = 1 + Math.floor(chain.stores.length / 20);
  // Alternate halves on alternate days: a product that is still short from yesterday would not raise a second alert.
  const parity = Math.floor(Date.parse(`${date}T00:00:00Z`) / DAY_MS) % 2;
  const candidates = BEST_SELLERS.filter((_, index) => index % 2 === parity);
  // Use different stores for different faults, if there are enough.
  const open = chain.stores.filter((at) => hoursOf(at, date) !== undefined);
  if (open.length === 0) return [];
  const order = random.sample(open, open.length);
  let next = 0;
  const store = (): DemoStore => order[next++ % order.length] as DemoStore;
  const planted: PlantedAlert[] = [];
  const base = (alert: AlertKind, { store: { storeId } }: DemoStore) => ({
    faultId: `${date}-${alert}-${planted.length + 1}`,
    storeId,
    date,
  });
  const placeIn = ({ store: { storeId, tills } }: DemoStore, shift: 1 | 2): ShiftPlace => {
    const tillId = `T${random.int(1, Math.min(2, tills?.length ?? 1))}`;
    return { tillId, shift, operatorId: cashierOf(storeId, tillId, shift) };
  };
  const others = BEST_SELLERS.filter((one) => !candidates.includes(one));
  for (const [alert, count, products, what] of [
    ['stockout-imminent', perKind * 2, candidates, 'was not delivered and sells out'],
    ['silent-stockout', perKind, others, 'lies in the back, and its shelf is empty from the morning on'],
  ] as const) {
    for (let index = 0; index < count; index += 1) {
      const at = store();
      const product = random.pick(products);
      planted.push({ ...base(alert, at), alert, product, what: `${product.description} ${what}` });
    }
  }
  for (let index = 0; index < perKind; index += 1) {
    const [opener, refunder, short, over] = [store(), store(), store(), store()];
    const shift = random.pick([1, 2] as const);
    const largest = (at: DemoStore) => at.notesMinor[at.notesMinor.length - 1] ?? 0;
    planted.push({
      ...base('no-sale-openings', opener),
      alert: 'no-sale-openings',
      ...placeIn(opener, shift),
      what: `the drawer is opened ${PLANTED_NO_SALES} times without a sale`,
    });
    planted.push({
      ...base('refund-without-receipt', refunder),
      alert: 'refund-without-receipt',
      ...placeIn(refunder, shift),
      what: `${PLANTED_REFUNDS} cash refunds without a receipt by one cashier`,
    });
    planted.push(cashDifference(short, shift, -largest(short)));
    planted.push(cashDifference(over, shift === 1 ? 2 : 1, Math.floor(largest(over) * 0.8)));
    const [voider, seller] = [store(), store()];
    planted.push({
      ...base('post-void', voider),
      alert: 'post-void',
      ...placeIn(voider, shift),
      what: 'a sale is voided after payment',
    });
    planted.push({
      ...base('own-refund', seller),
      alert: 'own-refund',
      ...placeIn(seller, shift),
      what: 'a cashier refunds a sale of the same shift',
    });
  }
  return planted.filter(isFirstOfItsPlace);

  function cashDifference(at: DemoStore, shift: 1 | 2, differenceMinor: number): PlantedAlert {
    return {
      ...base('cash-over-short', at),
      alert: 'cash-over-short',
      ...placeIn(at, shift),
      differenceMinor,
      what: differenceMinor < 0 ? 'a note is missing at the count' : 'too much cash at the count',
    };
  }
}

/** In a very small chain, two faults may coincide and would raise only one alert. */
function isFirstOfItsPlace(fault: PlantedAlert, index: number, all: readonly PlantedAlert[]): boolean {
  return all.findIndex((other) => placeOf(other) === placeOf(fault)) === index;
}

function placeOf(fault: PlantedAlert): string {
  const place = 'product' in fault ? fault.product.productId : `${fault.tillId} shift ${fault.shift}`;
  return `${fault.alert} ${fault.storeId} ${place}`;
}
