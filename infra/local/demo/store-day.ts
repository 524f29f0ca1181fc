import { operatorId, type BusinessDate, type OperatorId, type TillId } from '../../../shared/ids.ts';
import type { PostingProfile } from '../../../shared/ledger/posting-profile.ts';
import { SECOND_MS, toInstant } from '../../../shared/time.ts';
import type { BasketLine } from './basket.ts';
import type { DemoStore } from './chain.ts';
import type { GiftCard } from './payment.ts';
import type { Random } from './random.ts';
import type { Booking, DemoEvent, WireEvent } from './wire.ts';

/** A sale that a customer may return later. */
export interface PastSale {
  readonly transactionId: string;
  readonly receiptNumber: string;
  readonly operatorId: OperatorId;
  readonly lines: readonly BasketLine[];
}

/** A till during the day: its numbers, its drawer and its operator. */
export interface Till {
  readonly tillId: TillId;
  sequence: number;
  lastAtMs: number;
  shift: Shift | undefined;
  /** When it is offline, if at all. */
  offline: { readonly fromMs: number; readonly untilMs: number } | undefined;
}

export interface Shift {
  readonly shiftId: string;
  readonly operatorId: OperatorId;
  readonly floatMinor: number;
  /** Cash that should be in the drawer. */
  cashMinor: number;
  cardMinor: number;
  /** The planned count difference. */
  readonly differenceMinor: number;
  noSales: number;
  refundsWithoutReceipt: number;
  /** What its Z report will count. */
  readonly firstSequence: number;
  transactions: number;
  sales: number;
  grossMinor: number;
}

/** One business date of one store. */
export interface StoreDay {
  readonly demoStore: DemoStore;
  readonly profile: PostingProfile;
  readonly date: BusinessDate;
  readonly random: Random;
  readonly tills: readonly Till[];
  readonly promotions: ReadonlyMap<string, number>;
  /** Stock by product id, in thousandths. */
  readonly stock: Map<string, number>;
  /** From when on nobody finds a product on the shelf, though the books show stock. */
  readonly emptyFrom: ReadonlyMap<string, number>;
  readonly giftCards: GiftCard[];
  readonly pastSales: PastSale[];
  readonly events: DemoEvent[];
  readonly bookings: Booking[];
  /** Completed sales and returns, and their gross amount, which the product must also find. */
  completed: number;
  grossMinor: number;
}

export const managerOf = (day: StoreDay): OperatorId => operatorId(`${day.demoStore.store.storeId}-M1`);

/** The common fields of a till's events; advances the till's clock and number. */
export function atTill(day: StoreDay, till: Till, atMs: number) {
  till.lastAtMs = Math.max(atMs, till.lastAtMs + SECOND_MS);
  till.sequence += 1;
  const { storeId } = day.demoStore.store;
  const offline =
    till.offline !== undefined &&
    till.lastAtMs >= till.offline.fromMs &&
    till.lastAtMs < till.offline.untilMs;
  return {
    id: `${storeId}-${till.tillId}-${compact(day.date)}-${`${till.sequence}`.padStart(5, '0')}`,
    storeId,
    tillId: till.tillId,
    ...(till.shift ? { operatorId: till.shift.operatorId } : {}),
    sequenceNumber: till.sequence,
    sequenceScope: `${storeId}-${till.tillId}-${day.date}`,
    occurredAt: toInstant(till.lastAtMs),
    offline,
    training: false,
  };
}

/** The common fields of the back office's events. */
export function atBackOffice(day: StoreDay, what: string, atMs: number) {
  const { storeId } = day.demoStore.store;
  return {
    id: `${storeId}-BO-${compact(day.date)}-${what}`,
    storeId,
    occurredAt: toInstant(atMs),
    offline: false,
    training: false,
  };
}

const compact = (date: string): string => date.replaceAll('-', '');

/** Schedules an event. An offline till sends its events when it is connected again. */
export function emit(
  day: StoreDay,
  wire: WireEvent,
  sender: string,
  options: { afterAllOthers?: boolean; viaSquare?: boolean } = {},
): void {
  const occurredAtMs = Date.parse(wire.occurredAt);
  const till = day.tills.find(({ tillId }) => tillId === sender);
  // After being offline, no new event may overtake the till's backlog.
  const waits = till?.offline && occurredAtMs >= till.offline.fromMs;
  day.events.push({
    wire,
    storeId: day.demoStore.store.storeId,
    sender: `${day.demoStore.store.storeId}/${sender}`,
    occurredAtMs,
    deliverAtMs: waits ? Math.max(occurredAtMs, till.offline?.untilMs ?? 0) : occurredAtMs,
    ...options,
  });
}

/** Records an event's effect on the books; zero entries are omitted. */
export function book(
  day: StoreDay,
  till: Till,
  what: { readonly transactionId?: string; readonly what: string },
  entries: readonly (readonly [account: string, amountMinor: number])[],
): void {
  const byAccount = new Map<string, number>();
  for (const [account, amountMinor] of entries) {
    byAccount.set(account, (byAccount.get(account) ?? 0) + amountMinor);
  }
  const kept = [...byAccount]
    .filter(([, amountMinor]) => amountMinor !== 0)
    .map(([account, amountMinor]) => ({ account, amountMinor }));
  if (kept.length === 0) return;
  day.bookings.push({
    storeId: day.demoStore.store.storeId,
    tillId: till.tillId,
    shiftId: till.shift?.shiftId ?? '',
    transactionId: what.transactionId,
    what: what.what,
    entries: kept,
  });
}

export function moveStock(day: StoreDay, lines: readonly BasketLine[]): void {
  for (const { line, product } of lines) {
    if (!product || line.voided === true) continue;
    day.stock.set(product.productId, (day.stock.get(product.productId) ?? 0) - line.quantityMilli);
  }
}
