import { toInstant, MINUTE_MS } from '../../../shared/time.ts';
import { DEMO_PRODUCTS, type DemoProduct } from './products.ts';
import { atBackOffice, emit, type StoreDay } from './store-day.ts';
import type { Hours } from './hours.ts';
import type { PlantedAlert } from './till-faults.ts';

const BACK_OFFICE = 'back-office';
const EVENING_COUNT = 'evening-count';
const TOTAL_WEIGHT = DEMO_PRODUCTS.reduce((sum, { weight }) => sum + weight, 0);
/** Lines per average sale times pieces per average line. */
const PIECES_PER_SALE = 5;
/** Long enough that no product with normal stock comes near its safety stock. */
const SHELF_DAYS = 14;
/**
 * More for each day of lead time: a slow seller may sell twice in the first hour of a day, when it is still unclear
 * that this will not continue.
 */
const SHELF_MILLI_PER_LEAD_DAY = 80_000;
/** A planted stockout starts the day with this share of a day's sales above the safety stock. */
const PLANTED_SHELF_PERCENT = 35;

/** Approximate daily sales of a product in a store, in thousandths of its unit. */
function dailySalesMilli(salesPerDay: number, product: DemoProduct): number {
  return Math.ceil((salesPerDay * PIECES_PER_SALE * product.weight * 1000) / TOTAL_WEIGHT);
}

export interface BackOfficeOptions {
  readonly planted: readonly PlantedAlert[];
  /** Stock at the close of the previous day; undefined on the first day. */
  readonly stockBefore: ReadonlyMap<string, number> | undefined;
}

/**
 * The store's back office: on the first day everything is counted, later a delivery
 * fills the shelves; promotion prices change; in the evening a few products are counted.
 */
export function playBackOffice(
  day: StoreDay,
  hours: Hours,
  options: BackOfficeOptions,
  playTills: () => void,
): void {
  const targets = targetsOf(day, options);
  if (options.stockBefore === undefined) countAll(day, hours, targets);
  else deliver(day, hours, targets);
  changePrices(day, hours);
  playTills();
  countSome(day, hours);
}

function targetsOf(day: StoreDay, { planted }: BackOfficeOptions): Map<string, number> {
  const { demoStore } = day;
  const notDelivered = new Set(
    planted.flatMap((fault) =>
      fault.alert === 'stockout-imminent' && fault.storeId === demoStore.store.storeId
        ? [fault.product.productId]
        : [],
    ),
  );
  return new Map(
    DEMO_PRODUCTS.map((product) => {
      const daily = dailySalesMilli(demoStore.salesPerDay, product);
      const target = notDelivered.has(product.productId)
        ? product.safetyStockMilli + (daily * PLANTED_SHELF_PERCENT) / 100
        : product.safetyStockMilli +
          daily * SHELF_DAYS +
          (product.leadTimeHours / 24) * SHELF_MILLI_PER_LEAD_DAY;
      return [product.productId, Math.ceil(target / 1000) * 1000];
    }),
  );
}

function countAll(day: StoreDay, hours: Hours, targets: ReadonlyMap<string, number>): void {
  for (const [productId, quantityMilli] of targets) day.stock.set(productId, quantityMilli);
  stockEvent(day, 'opening-count', hours.opensMs - 40 * MINUTE_MS, 'count', 'count', [...targets]);
}

/** Fills up to the target. A product planted to run out gets no delivery, and its surplus is removed. */
function deliver(day: StoreDay, hours: Hours, targets: ReadonlyMap<string, number>): void {
  const moves = [...targets].map(
    ([productId, target]) => [productId, target - (day.stock.get(productId) ?? 0)] as const,
  );
  for (const [productId, target] of targets) day.stock.set(productId, target);
  const delivered = moves.filter(([, quantityMilli]) => quantityMilli > 0);
  const transferred = moves.filter(([, quantityMilli]) => quantityMilli < 0);
  stockEvent(day, 'delivery', hours.opensMs - 40 * MINUTE_MS, 'movement', 'delivery', delivered);
  stockEvent(day, 'transfer', hours.opensMs - 35 * MINUTE_MS, 'movement', 'transfer', transferred);
}

/** After closing, with the day's sales booked: the shelf holds a little less than the books say. */
function countSome(day: StoreDay, hours: Hours): void {
  const counted = day.random.sample(DEMO_PRODUCTS, 6).map(({ productId }) => {
    const found = Math.max(0, (day.stock.get(productId) ?? 0) - day.random.int(0, 2) * 1000);
    day.stock.set(productId, found);
    return [productId, found] as const;
  });
  stockEvent(day, EVENING_COUNT, hours.closesMs + 90 * MINUTE_MS, 'count', 'count', counted);
}

function stockEvent(
  day: StoreDay,
  what: string,
  atMs: number,
  action: 'movement' | 'count',
  reason: 'delivery' | 'transfer' | 'count',
  items: readonly (readonly [productId: string, quantityMilli: number])[],
): void {
  if (items.length === 0) return;
  const unitOf = new Map(DEMO_PRODUCTS.map(({ productId, unit }) => [productId as string, unit]));
  emit(
    day,
    {
      ...atBackOffice(day, what, atMs),
      kind: 'stock',
      action,
      reason,
      items: items.map(([productCode, quantityMilli]) => ({
        productCode,
        quantityMilli,
        unit: unitOf.get(productCode) ?? 'each',
      })),
    },
    BACK_OFFICE,
    {
      ...(action === 'count' ? { afterAllOthers: true } : {}),
      ...(what === EVENING_COUNT && day.demoStore.countsWithSquare ? { viaSquare: true } : {}),
    },
  );
}

function changePrices(day: StoreDay, hours: Hours): void {
  emit(
    day,
    {
      ...atBackOffice(day, 'promotions', hours.opensMs - 60 * MINUTE_MS),
      kind: 'price',
      currency: day.demoStore.store.currency,
      effectiveAt: toInstant(hours.opensMs),
      promotion: 'Deal of the day',
      items: [...day.promotions].map(([productCode, priceMinor]) => ({ productCode, priceMinor })),
    },
    BACK_OFFICE,
  );
}
