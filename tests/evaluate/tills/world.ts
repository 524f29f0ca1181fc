import {
  businessDate as dateOf,
  eventId,
  operatorId,
  productId,
  storeId,
  tillId,
} from '../../../shared/ids.ts';
import { currency } from '../../../shared/money.ts';
import type { DrawerEvent, PosEvent, ShiftEvent, TransactionEvent } from '../../../shared/pos/event.ts';
import type { Product } from '../../../shared/pos/product.ts';
import type { Store } from '../../../shared/pos/store.ts';
import { addDays, epochMsOfLocal, MINUTE_MS, SECOND_MS, toInstant } from '../../../shared/time.ts';
import { randomOf, type Random } from '../../../infra/local/demo/random.ts';

/** A week of a small chain, in which nothing is wrong. What is planted in it is in `schemes.ts`. */
const EUR = currency('EUR');
const FIRST_DATE = dateOf('2026-03-02');
export const DAYS = 7;
const ZONE = 'Europe/Berlin';

export interface Cashier {
  readonly id: string;
  readonly role: 'cashier' | 'trainee' | 'returns-desk' | 'busy';
  /** How much more often than usual something happens, by the name of the habit. */
  readonly habits: Record<string, number>;
}
export type Line = TransactionEvent['lines'][number];
export type Tender = TransactionEvent['tenders'][number];

export interface Shift {
  readonly store: Store;
  readonly till: string;
  readonly date: string;
  readonly cashier: Cashier;
  readonly shiftId: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly random: Random;
  /** In the order of time, once the shift is closed. */
  readonly events: PosEvent[];
  /** Cash that should lie in the drawer at the end. */
  cashMinor: number;
  /** Counted less expected. */
  differenceMinor: number;
  /** The till's clock less ours. */
  clockMs: number;
  /** The till falls silent then, and does not close. */
  silentFromMs: number | undefined;
  next: number;
}

export const PRODUCTS: readonly Product[] = Array.from({ length: 60 }, (_, at) => {
  const priceMinor = 79 + ((at * 137) % 2_400);
  return {
    productId: productId(`P${at}`),
    description: `Product ${at}`,
    codes: [`40000000${`${at}`.padStart(4, '0')}`],
    unit: 'each' as const,
    leadTimeHours: 24,
    safetyStockMilli: 1_000,
    priceMinor: { EUR: priceMinor },
    costMinor: { EUR: Math.round(priceMinor * 0.6) },
  };
});

export const storesOf = (count: number): Store[] =>
  Array.from({ length: count }, (_, at) => ({
    storeId: storeId(`S${at + 1}`),
    name: `Store ${at + 1}`,
    timeZone: ZONE,
    cutOver: '04:00',
    currency: EUR,
    hours: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, opens: '08:00', closes: '20:00' })),
    ledgerDimension: `00${at + 1}`,
    tills: ['T1', 'T2', 'T3', 'T4'].map(tillId),
  }));

export const cashiersOf = (store: Store): Cashier[] =>
  Array.from({ length: 12 }, (_, at) => ({
    id: `${store.storeId}-C${at + 1}`,
    role: at === 9 ? 'trainee' : at === 10 ? 'returns-desk' : at === 11 ? 'busy' : 'cashier',
    habits: {},
  }));

/** Two shifts a day on each till; the returns desk has till 4 to itself. */
export function shiftsOf(store: Store, cashiers: readonly Cashier[], day: number, seed: number): Shift[] {
  const date = addDays(FIRST_DATE, day);
  const at = (hour: number): number => epochMsOfLocal(`${date}T${`${hour}`.padStart(2, '0')}:00:00`, ZONE);
  return ['T1', 'T2', 'T3', 'T4'].flatMap((till, index) =>
    [0, 1].map((half): Shift => {
      const regular = [...cashiers.slice(0, 10), cashiers[11] as Cashier];
      const cashier =
        index === 3
          ? (cashiers[10] as Cashier)
          : (regular[(day * 3 + index * 2 + half * 5) % regular.length] as Cashier);
      return {
        store,
        till,
        date,
        cashier,
        shiftId: `${till}-${date}-${half + 1}`,
        fromMs: at(half === 0 ? 8 : 14),
        toMs: at(half === 0 ? 14 : 20) - MINUTE_MS,
        random: randomOf(seed, store.storeId, till, date, half),
        events: [],
        cashMinor: 20_000,
        differenceMinor: 0,
        clockMs: 0,
        silentFromMs: undefined,
        next: half * 5_000,
      };
    }),
  );
}

let made = 0;

function envelope(shift: Shift, atMs: number) {
  shift.next += 1;
  made += 1;
  const occurredMs = atMs + shift.clockMs;
  return {
    schemaVersion: 1 as const,
    eventId: eventId(`tillstream:sim-${made}`),
    source: 'tillstream' as const,
    storeId: shift.store.storeId,
    tillId: tillId(shift.till),
    operatorId: operatorId(shift.cashier.id),
    sequenceNumber: shift.next,
    sequenceScope: `${shift.store.storeId}-${shift.till}-${shift.date}`,
    occurredAt: toInstant(occurredMs),
    businessDate: dateOf(shift.date),
    receivedAt: toInstant(atMs + shift.random.int(300, 4_000)),
    offline: false,
    training: false,
    traceparent: '',
    version: 1,
  };
}

/** Puts an event into the shift, out of the order of time where that is what is wanted. */
function put<E extends PosEvent>(shift: Shift, event: E): E {
  shift.events.push(event);
  return event;
}

export function drawer(
  shift: Shift,
  atMs: number,
  action: DrawerEvent['action'],
  amountMinor = 0,
  reason?: string,
): DrawerEvent {
  if (action === 'paidIn') shift.cashMinor += amountMinor;
  if (action === 'paidOut' || action === 'drop') shift.cashMinor -= amountMinor;
  return put(shift, {
    ...envelope(shift, atMs),
    kind: 'drawer',
    action,
    shiftId: shift.shiftId,
    currency: EUR,
    amountMinor,
    ...(reason === undefined ? {} : { reason }),
  });
}

export function line(product: Product, lineNumber: number, pieces = 1, more: Partial<Line> = {}): Line {
  const priceMinor = product.priceMinor['EUR'] ?? 0;
  const back = pieces < 0;
  return {
    lineNumber,
    type: back ? 'return' : 'sale',
    productCode: product.codes[0] ?? '',
    productId: product.productId,
    quantityMilli: pieces * 1_000,
    unit: 'each',
    regularUnitPriceMinor: priceMinor,
    actualUnitPriceMinor: priceMinor,
    extendedAmountMinor: pieces * priceMinor,
    entry: 'scanned',
    ...more,
  };
}

export const taken = (lines: readonly Line[]): number =>
  lines.reduce(
    (sum, { voided, extendedAmountMinor }) => sum + (voided === true ? 0 : extendedAmountMinor),
    0,
  );

export function transaction(
  shift: Shift,
  atMs: number,
  lines: Line[],
  more: Partial<TransactionEvent> = {},
): TransactionEvent {
  const grossMinor = taken(lines);
  const common = envelope(shift, atMs);
  const event: TransactionEvent = {
    ...common,
    kind: 'transaction',
    transactionId: `${shift.store.storeId}-${shift.till}-${shift.date}-${shift.next}`,
    receiptNumber: `${shift.next}`,
    status: 'completed',
    shiftId: shift.shiftId,
    currency: EUR,
    taxIncluded: true,
    lines,
    tenders: [{ type: 'cash', amountMinor: grossMinor }],
    totals: { netMinor: grossMinor, taxMinor: 0, grossMinor },
    ...more,
  };
  if (event.status === 'completed' && !event.training)
    for (const { type, amountMinor, changeMinor = 0 } of event.tenders)
      shift.cashMinor += type === 'cash' ? amountMinor - changeMinor : -changeMinor;
  return put(shift, event);
}

/** A basket as customers have them, entered line by line. */
export function basket(shift: Shift, atMs: number): Line[] {
  const { random, cashier } = shift;
  const habit = (name: string, permille: number): boolean =>
    random.chance(Math.min(900, Math.round(permille * (cashier.habits[name] ?? 1))));
  const isNew = cashier.role === 'trainee';
  let enteredMs = atMs - 60 * SECOND_MS;
  return Array.from({ length: random.int(1, 9) }, (_, index): Line => {
    const product = random.pick(PRODUCTS);
    enteredMs += habit('scanGap', isNew ? 60 : 25)
      ? random.int(21, 50) * SECOND_MS
      : random.int(2, 9) * SECOND_MS;
    const priceMinor = product.priceMinor['EUR'] ?? 0;
    const more: Partial<Line> = { enteredAt: toInstant(enteredMs) };
    if (habit('keyedItem', isNew ? 60 : 20)) more.entry = 'keyed';
    if (habit('lineVoid', isNew ? 35 : 12)) more.voided = true;
    if (habit('override', 4)) {
      const actual = Math.ceil(priceMinor * 0.85);
      Object.assign(more, {
        actualUnitPriceMinor: actual,
        extendedAmountMinor: actual,
        priceOverride: { reason: 'damaged' },
      });
    } else if (habit('discount', 10)) {
      const amountMinor = Math.floor((priceMinor * random.pick([5, 10, 12, 20])) / 100);
      Object.assign(more, {
        extendedAmountMinor: priceMinor - amountMinor,
        discounts: [{ amountMinor, manual: true, reason: 'courtesy' }],
      });
    } else if (habit('taxOverride', 2)) {
      more.taxOverride = { reason: 'diplomat', approvedBy: operatorId(`${shift.store.storeId}-M1`) };
    } else if (random.chance(60)) {
      // The season's promotion, which no cashier gives by hand.
      const amountMinor = Math.floor(priceMinor / 2);
      Object.assign(more, {
        extendedAmountMinor: priceMinor - amountMinor,
        discounts: [{ amountMinor, manual: false, reason: 'sale' }],
      });
    }
    return line(product, index + 1, 1, more);
  });
}

let cards = 0;
export const newCard = (): string => `card-${(cards += 1)}`;

export function pay(shift: Shift, grossMinor: number, cardRef = newCard()): Tender[] {
  const { random, cashier } = shift;
  if (random.chance(550)) {
    const isKeyed = random.chance(Math.min(900, Math.round(8 * (cashier.habits['keyedCard'] ?? 1))));
    return [{ type: 'card', amountMinor: grossMinor, cardRef, entry: isKeyed ? 'keyed' : 'chip' }];
  }
  const givenMinor = Math.ceil(grossMinor / 500) * 500;
  return [{ type: 'cash', amountMinor: givenMinor, changeMinor: givenMinor - grossMinor }];
}

export function open(shift: Shift): ShiftEvent {
  return put(shift, {
    ...envelope(shift, shift.fromMs - 5 * MINUTE_MS),
    kind: 'shift',
    action: 'opened',
    shiftId: shift.shiftId,
    currency: EUR,
    openingFloatMinor: 20_000,
  });
}

export function close(shift: Shift): void {
  if (shift.silentFromMs !== undefined) return;
  put(shift, {
    ...envelope(shift, shift.toMs + 5 * MINUTE_MS),
    kind: 'shift',
    action: 'closed',
    shiftId: shift.shiftId,
    currency: EUR,
    counts: [
      {
        tender: 'cash',
        countedMinor: shift.cashMinor + shift.differenceMinor,
        tillExpectedMinor: shift.cashMinor,
      },
    ],
  });
}

/** In some shifts the till loses its connection for a while, and sends all when it is back, in the order in which it happened. */
export function loseConnection(
  { random, fromMs, clockMs, silentFromMs }: Shift,
  events: readonly PosEvent[],
): void {
  if (clockMs !== 0 || silentFromMs !== undefined || !random.chance(150)) return;
  const lostMs = fromMs + random.int(30, 180) * MINUTE_MS;
  const backMs = lostMs + random.int(15, 100) * MINUTE_MS;
  for (const event of events) {
    const atMs = Date.parse(event.occurredAt);
    if (atMs < lostMs || atMs >= backMs) continue;
    event.offline = true;
    event.receivedAt = toInstant(backMs);
  }
}

/**
 * Numbers the events of a till's day in the order in which they happened, whatever its clock says. A till waits for the answer before it
 * sends the next one, so they arrive in that order.
 */
export function numbered(events: readonly PosEvent[]): PosEvent[] {
  const inOrder = [...events].sort((one, other) => (one.receivedAt < other.receivedAt ? -1 : 1));
  for (const [index, event] of inOrder.entries()) event.sequenceNumber = index + 1;
  return inOrder;
}
