import { businessDate, eventId, operatorId, productId, storeId, tillId } from '../../shared/ids.ts';
import { currency } from '../../shared/money.ts';
import type {
  DrawerEvent,
  PosEvent,
  PositionedEvent,
  ShiftEvent,
  StockEvent,
  TransactionEvent,
} from '../../shared/pos/event.ts';
import type { Product } from '../../shared/pos/product.ts';
import type { Store } from '../../shared/pos/store.ts';
import { HOUR_MS, MINUTE_MS, toInstant } from '../../shared/time.ts';

/** Events for tests of the stream: small, valid, and each with an id of its own. */

/** Monday 2 March 2026, 09:00 in Berlin. */
export const MONDAY_9_MS = Date.UTC(2026, 2, 2, 8);
export const atHour = (hours: number): number => MONDAY_9_MS + hours * HOUR_MS;

let idsMade = 0;
const nextId = (): string => `tillstream:e${(idsMade += 1)}`;

function envelope(atMs: number) {
  return {
    schemaVersion: 1 as const,
    eventId: eventId(nextId()),
    source: 'tillstream' as const,
    storeId: storeId('S1'),
    occurredAt: toInstant(atMs),
    businessDate: businessDate(toInstant(atMs).slice(0, 10)),
    receivedAt: toInstant(atMs + 1_000),
    offline: false,
    training: false,
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    version: 1,
  };
}

const till = { tillId: tillId('T1'), operatorId: operatorId('O1') };
const EUR = currency('EUR');

export interface LineWish {
  readonly product?: string;
  readonly milli?: number;
  readonly type?: TransactionEvent['lines'][number]['type'];
  readonly voided?: true;
  readonly priceMinor?: number;
}

function lineOf(wish: LineWish, index: number): TransactionEvent['lines'][number] {
  const { product = 'P1', milli = 1_000, type = milli < 0 ? 'return' : 'sale', priceMinor = 100 } = wish;
  return {
    lineNumber: index + 1,
    type,
    productCode: product,
    productId: productId(product),
    quantityMilli: milli,
    unit: 'each',
    regularUnitPriceMinor: priceMinor,
    actualUnitPriceMinor: priceMinor,
    extendedAmountMinor: Math.round((priceMinor * milli) / 1_000),
    ...(wish.voided ? { voided: true } : {}),
  };
}

export function transactionOf(
  atMs: number,
  lines: readonly LineWish[] = [{}],
  more: Partial<TransactionEvent> = {},
): TransactionEvent {
  const made = lines.map(lineOf);
  const grossMinor = made.reduce(
    (sum, { extendedAmountMinor, voided }) => sum + (voided ? 0 : extendedAmountMinor),
    0,
  );
  const common = envelope(atMs);
  return {
    ...common,
    ...till,
    kind: 'transaction',
    transactionId: `tx-${common.eventId.replace(':', '-')}`,
    status: 'completed',
    shiftId: 'SH1',
    currency: EUR,
    taxIncluded: true,
    lines: made,
    tenders: [{ type: 'cash', amountMinor: grossMinor }],
    totals: { netMinor: grossMinor, taxMinor: 0, grossMinor },
    ...more,
  };
}

export function drawerOf(
  atMs: number,
  action: DrawerEvent['action'],
  amountMinor = 0,
  more: Partial<DrawerEvent> = {},
): DrawerEvent {
  return {
    ...envelope(atMs),
    ...till,
    kind: 'drawer',
    action,
    shiftId: 'SH1',
    currency: EUR,
    amountMinor,
    ...(action === 'paidIn' || action === 'paidOut' ? { reason: 'window cleaner' } : {}),
    ...more,
  };
}

export function openedOf(
  atMs: number,
  openingFloatMinor = 10_000,
  more: Partial<ShiftEvent> = {},
): ShiftEvent {
  return {
    ...envelope(atMs),
    ...till,
    kind: 'shift',
    action: 'opened',
    shiftId: 'SH1',
    currency: EUR,
    openingFloatMinor,
    ...more,
  };
}

export function closedOf(atMs: number, countedMinor: number, more: Partial<ShiftEvent> = {}): ShiftEvent {
  return {
    ...envelope(atMs),
    ...till,
    kind: 'shift',
    action: 'closed',
    shiftId: 'SH1',
    currency: EUR,
    counts: [{ tender: 'cash', countedMinor }],
    ...more,
  };
}

export function stockOf(
  atMs: number,
  reason: StockEvent['reason'],
  milli: number,
  product = 'P1',
  more: Partial<StockEvent> = {},
): StockEvent {
  return {
    ...envelope(atMs),
    kind: 'stock',
    action: reason === 'count' ? 'count' : 'movement',
    reason,
    items: [{ productCode: product, productId: productId(product), quantityMilli: milli, unit: 'each' }],
    ...more,
  };
}

/** Puts events into a hub partition, one after another. */
export function positioned(events: readonly PosEvent[], hubPartition = '0', from = 0): PositionedEvent[] {
  return events.map((event, index) => ({ event, hubPartition, hubSequenceNumber: from + index }));
}

export const BERLIN: Store = {
  storeId: storeId('S1'),
  name: 'Berlin',
  timeZone: 'Europe/Berlin',
  cutOver: '04:00',
  currency: EUR,
  hours: [1, 2, 3, 4, 5, 6].map((weekday) => ({ weekday, opens: '08:00', closes: '20:00' })),
  ledgerDimension: '001',
};

export function productOf(id: string, more: Partial<Product> = {}): Product {
  return {
    productId: productId(id),
    description: `Product ${id}`,
    codes: [id],
    unit: 'each',
    leadTimeHours: 4,
    safetyStockMilli: 2_000,
    priceMinor: { EUR: 100 },
    ...more,
  };
}

export const PRODUCTS = new Map(['P1', 'P2', 'P3', 'P4'].map((id) => [productId(id), productOf(id)]));

/** A day of one store with everything in it that the folds look at, busy enough to raise alerts. */
export function busyDay(store: string, transactions: number): PosEvent[] {
  const common = { storeId: storeId(store) };
  const events: PosEvent[] = [
    openedOf(MONDAY_9_MS, 10_000, common),
    ...['P1', 'P2', 'P3'].map((product) => stockOf(MONDAY_9_MS, 'count', 40_000, product, common)),
  ];
  for (let index = 0; index < transactions; index += 1) {
    const atMs = MONDAY_9_MS + (index + 1) * 5 * MINUTE_MS;
    const product = `P${1 + (index % 3)}`;
    const sale = transactionOf(atMs, [{ product }, { product: 'P1', milli: 2_000 }], common);
    events.push(sale);
    if (index % 7 === 3) {
      events.push({ ...transactionOf(atMs + 1, [{ product, milli: -1_000 }], common) });
    }
    if (index % 5 === 2) {
      const { eventId: id } = envelope(atMs);
      events.push({ ...sale, eventId: id, version: 2, lines: sale.lines.slice(0, 1) });
    }
    if (index % 4 === 1) events.push(drawerOf(atMs + 2, 'noSale', 0, common));
    if (index % 20 === 19) events.push(stockOf(atMs + 3, 'delivery', 60_000, 'P1', common));
  }
  events.push(closedOf(MONDAY_9_MS + 12 * HOUR_MS, 9_000, common));
  return events;
}
