import { operatorId } from '../../../shared/ids.ts';
import type { AlertKind } from '../../../shared/alert-rules/all-rules.ts';
import type { PosEvent, TransactionEvent } from '../../../shared/pos/event.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS, toInstant } from '../../../shared/time.ts';
import { giftCardLine, sell, type Store } from './honest-day.ts';
import {
  basket,
  drawer,
  line,
  newCard,
  PRODUCTS,
  taken,
  transaction,
  type Line,
  type Shift,
} from './world.ts';

/** One dishonest or broken thing, planted in a shift. */
export interface Scheme {
  readonly name: string;
  /** The rule that has to find it. */
  readonly kind: AlertKind;
  /** Other rules that rightly speak up as well. */
  readonly also?: readonly AlertKind[];
  /** @returns the events that show it; an empty list where the till as a whole does. */
  readonly plant: (shift: Shift, atMs: number, store: Store) => readonly PosEvent[];
  /** Changes the till's day once it is numbered: numbers are lost or used twice. */
  readonly tamper?: (day: PosEvent[], shift: Shift) => readonly PosEvent[];
}

const times = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));
const spread = (atMs: number, index: number): number => atMs + index * 7 * MINUTE_MS;
const piece = (shift: Shift, from = 8): Line =>
  line(PRODUCTS[shift.random.int(from, 59)] ?? (PRODUCTS[0] as never), 1);
const COSTLY = PRODUCTS.filter(({ priceMinor }) => (priceMinor['EUR'] ?? 0) >= 600);
const costly = (shift: Shift): Line => line(shift.random.pick(COSTLY), 1);
const back = (one: Line): Line => ({
  ...one,
  type: 'return',
  quantityMilli: -one.quantityMilli,
  extendedAmountMinor: -one.extendedAmountMinor,
});
const cash = (amountMinor: number) => [{ type: 'cash' as const, amountMinor }];
const priced = (shift: Shift, share: number, more: Partial<Line> = {}): Line => {
  const one = costly(shift);
  const actual = Math.floor(one.regularUnitPriceMinor * share);
  return { ...one, actualUnitPriceMinor: actual, extendedAmountMinor: actual, ...more };
};
const discounted = (shift: Shift, percent: number, more: object = {}): Line => {
  const one = costly(shift);
  const amountMinor = Math.floor((one.regularUnitPriceMinor * percent) / 100);
  return {
    ...one,
    extendedAmountMinor: one.extendedAmountMinor - amountMinor,
    discounts: [{ amountMinor, manual: true, ...more }],
  };
};
const one = (shift: Shift, atMs: number, lines: Line[], more: Partial<TransactionEvent> = {}) => [
  transaction(shift, atMs, lines, more),
];
const version2 = (
  shift: Shift,
  sale: TransactionEvent,
  more: Partial<TransactionEvent>,
  laterMs: number,
): TransactionEvent => {
  const event = transaction(shift, Date.parse(sale.occurredAt), sale.lines, { ...more, status: 'cancelled' });
  Object.assign(event, {
    transactionId: sale.transactionId,
    occurredAt: sale.occurredAt,
    receivedAt: toInstant(Date.parse(sale.receivedAt) + laterMs),
    status: more.status ?? 'completed',
    version: 2,
    tenders: more.tenders ?? sale.tenders,
  });
  return event;
};
const cashOf = (sale: TransactionEvent): number =>
  sale.tenders.reduce(
    (sum, { type, amountMinor, changeMinor = 0 }) => sum + (type === 'cash' ? amountMinor : 0) - changeMinor,
    0,
  );

export const SCHEMES: readonly Scheme[] = [
  {
    name: 'drawer opened for no sale',
    kind: 'no-sale-openings',
    also: ['no-sale-rate'],
    plant: (shift, atMs) => times(shift.random.int(7, 12), (at) => drawer(shift, spread(atMs, at), 'noSale')),
  },
  {
    name: 'void after payment',
    kind: 'post-void',
    plant(shift, atMs, store) {
      const sale = sell(shift, store, atMs);
      store.sold.pop();
      const voided = transaction(shift, atMs + shift.random.int(2, 30) * MINUTE_MS, sale.lines, {
        status: 'voided',
      });
      Object.assign(voided, { transactionId: sale.transactionId, tenders: sale.tenders });
      shift.cashMinor -= cashOf(sale);
      return [voided];
    },
  },
  {
    name: 'refunds without receipt',
    kind: 'refund-without-receipt',
    also: ['refund-rate'],
    plant: (shift, atMs) =>
      times(shift.random.int(4, 7), (at) => transaction(shift, spread(atMs, at), [back(piece(shift))])),
  },
  {
    name: 'refund of own sale',
    kind: 'own-refund',
    plant(shift, atMs, store) {
      const sale = sell(shift, store, atMs);
      store.sold.pop();
      const sold = { ...(sale.lines[0] as Line), voided: false, discounts: [] };
      const named = shift.random.chance(500) ? { operatorId: sale.operatorId } : {};
      const lines = [back(sold)];
      const cardRef = sale.tenders[0]?.cardRef;
      const tenders =
        cardRef === undefined
          ? cash(taken(lines))
          : [{ type: 'card' as const, amountMinor: taken(lines), cardRef }];
      return one(shift, atMs + 12 * MINUTE_MS, lines, {
        returnOf: { transactionId: sale.transactionId, ...named },
        tenders,
      });
    },
  },
  {
    name: 'refund to another card',
    kind: 'refund-other-card',
    plant(shift, atMs) {
      const bought = piece(shift);
      const lines = [back(bought)];
      const tenders = [{ type: 'card' as const, amountMinor: taken(lines), cardRef: newCard() }];
      return one(shift, atMs, lines, {
        returnOf: { transactionId: 'long-ago', operatorId: operatorId('someone-else'), cardRef: newCard() },
        tenders,
      });
    },
  },
  {
    name: 'price keyed far too low',
    kind: 'price-override',
    also: ['below-cost', 'near-limit'],
    plant: (shift, atMs) =>
      one(shift, atMs, [priced(shift, shift.random.int(62, 75) / 100, { priceOverride: {} })]),
  },
  {
    name: 'sold below cost',
    kind: 'below-cost',
    also: ['price-override', 'deep-discount'],
    plant: (shift, atMs) =>
      one(shift, atMs, [
        shift.random.chance(500) ? priced(shift, 0.3, { priceOverride: {} }) : discounted(shift, 60),
      ]),
  },
  {
    name: 'deep discount by hand',
    kind: 'deep-discount',
    also: ['below-cost'],
    plant: (shift, atMs) => one(shift, atMs, [discounted(shift, shift.random.int(45, 90))]),
  },
  {
    name: 'cash missing',
    kind: 'cash-over-short',
    plant: (shift) => ((shift.differenceMinor = -shift.random.int(1_000, 9_000)), []),
  },
  {
    name: 'cash over',
    kind: 'cash-over-short',
    plant: (shift) => ((shift.differenceMinor = shift.random.int(1_000, 9_000)), []),
  },
  {
    name: 'paid out without a reason',
    kind: 'paid-in-out',
    plant: (shift, atMs) => [drawer(shift, atMs, 'paidOut', shift.random.int(500, 4_000))],
  },
  {
    name: 'paid out too much',
    kind: 'paid-in-out',
    plant: (shift, atMs) => [drawer(shift, atMs, 'paidOut', shift.random.int(12_000, 60_000), 'supplier')],
  },
  {
    name: 'tiny sales',
    kind: 'tiny-sales',
    plant: (shift, atMs) =>
      times(shift.random.int(5, 9), (at) =>
        transaction(shift, spread(atMs, at), [
          {
            ...piece(shift),
            regularUnitPriceMinor: 10,
            actualUnitPriceMinor: 10,
            extendedAmountMinor: shift.random.int(0, 10),
          },
        ]),
      ),
  },
  {
    name: 'suspended and never resumed',
    kind: 'suspended-sale',
    plant: (shift, atMs) => one(shift, atMs, basket(shift, atMs), { status: 'suspended', tenders: [] }),
  },
  {
    name: 'sales in training mode',
    kind: 'training-sales',
    plant: (shift, atMs) =>
      times(shift.random.int(8, 14), (at) =>
        transaction(shift, spread(atMs, at / 3), basket(shift, atMs), { training: true }),
      ),
  },
  {
    name: 'event deleted at the till',
    kind: 'sequence-gap',
    plant: () => [],
    tamper(day, shift) {
      const at = day.findIndex(
        (event) =>
          event.kind === 'transaction' &&
          event.operatorId === shift.cashier.id &&
          event.status === 'cancelled',
      );
      if (at > 0) day.splice(at, 1);
      else day.splice(Math.floor(day.length / 2), 0);
      if (at <= 0)
        for (const event of day.slice(Math.floor(day.length / 2)))
          event.sequenceNumber = (event.sequenceNumber ?? 0) + 1;
      return [];
    },
  },
  {
    name: 'number used twice',
    kind: 'duplicate-number',
    plant: () => [],
    tamper(day) {
      const half = Math.floor(day.length / 2);
      const sales = day.slice(half).filter(({ kind }) => kind === 'transaction');
      const from = day.indexOf(sales[1] as PosEvent);
      for (const event of day.slice(from)) event.sequenceNumber = (event.sequenceNumber ?? 0) - 1;
      return [];
    },
  },
  {
    name: 'drawer opened at night',
    kind: 'off-hours',
    plant: (shift) => [
      drawer(shift, shift.fromMs - (shift.fromMs % (24 * HOUR_MS)) + 20 * HOUR_MS, 'noSale'),
    ],
  },
  {
    name: 'sale after closing',
    kind: 'off-hours',
    plant: (shift) =>
      // With a card, as the drawer is counted by then.
      one(shift, shift.fromMs - (shift.fromMs % (24 * HOUR_MS)) + 21 * HOUR_MS, [piece(shift)], {
        tenders: [],
      }),
  },
  {
    name: 'gift card not paid',
    kind: 'gift-card-unpaid',
    plant: (shift, atMs) => one(shift, atMs, [giftCardLine(newCard(), 5_000)], { tenders: [] }),
  },
  {
    name: 'gift card with a discount',
    kind: 'gift-card-unpaid',
    plant: (shift, atMs) =>
      one(shift, atMs, [
        giftCardLine(newCard(), 4_000, { discounts: [{ amountMinor: 1_000, manual: true }] }),
      ]),
  },
  {
    name: 'gift card loaded and spent',
    kind: 'gift-card-load-and-spend',
    plant(shift, atMs) {
      const ref = newCard();
      const loaded = transaction(shift, atMs, [giftCardLine(ref, 5_000)], {
        tenders: [{ type: 'card', amountMinor: 5_000 }],
      });
      const lines = [piece(shift)];
      const spent = transaction(shift, atMs + shift.random.int(1, 12) * MINUTE_MS, lines, {
        tenders: [{ type: 'giftCard', amountMinor: taken(lines), giftCardRef: ref }],
      });
      return [loaded, spent];
    },
  },
  {
    name: 'gift card paid out',
    kind: 'gift-card-cash-out',
    plant: (shift, atMs) =>
      one(
        shift,
        atMs,
        [
          giftCardLine(newCard(), -4_000, {
            quantityMilli: -1_000,
            regularUnitPriceMinor: 4_000,
            actualUnitPriceMinor: 4_000,
          }),
        ],
        { tenders: cash(-4_000) },
      ),
  },
  {
    name: 'clock ahead',
    kind: 'clock-skew',
    also: ['off-hours'],
    plant: (shift) => ((shift.clockMs = shift.random.int(8, 25) * MINUTE_MS), []),
  },
  {
    name: 'clock behind',
    kind: 'clock-skew',
    also: ['off-hours'],
    plant: (shift) => ((shift.clockMs = -shift.random.int(14, 29) * MINUTE_MS), []),
  },
  {
    name: 'till falls silent',
    kind: 'silent-till',
    plant: (shift) => ((shift.silentFromMs = shift.fromMs + 3 * HOUR_MS), []),
  },
  {
    name: 'cash swapped for a voucher',
    kind: 'tender-swap',
    plant(shift, atMs) {
      const lines = basket(shift, atMs).map((each) => ({ ...each, voided: false }));
      const sale = transaction(shift, atMs, lines, { tenders: cash(taken(lines)) });
      shift.cashMinor -= taken(lines);
      return [
        version2(shift, sale, { tenders: [{ type: 'voucher', amountMinor: taken(lines) }] }, 9 * MINUTE_MS),
      ];
    },
  },
  {
    name: 'tax taken off',
    kind: 'tax-override',
    also: ['tax-override-rate'],
    plant: (shift, atMs) => one(shift, atMs, [{ ...piece(shift), taxOverride: {} }]),
  },
  {
    name: 'coupon without its product',
    kind: 'coupon-without-item',
    plant: (shift, atMs) =>
      one(shift, atMs, [
        discounted(shift, 10, { manual: false, type: 'coupon', requiresProductCode: '999999' }),
      ]),
  },
  {
    name: 'drawer opened, then a void',
    kind: 'no-sale-then-void',
    also: ['post-void'],
    plant(shift, atMs, store) {
      const sale = sell(shift, store, atMs);
      store.sold.pop();
      const opened = drawer(shift, atMs + 9 * MINUTE_MS, 'noSale');
      const voided = transaction(
        shift,
        atMs + 9 * MINUTE_MS + shift.random.int(20, 150) * SECOND_MS,
        sale.lines,
        { status: 'voided' },
      );
      Object.assign(voided, { transactionId: sale.transactionId, tenders: sale.tenders });
      shift.cashMinor -= cashOf(sale);
      return [opened, voided];
    },
  },
  {
    name: 'staff discount for friends',
    kind: 'staff-discounts',
    plant: (shift, atMs) =>
      times(shift.random.int(7, 11), (at) =>
        transaction(shift, spread(atMs, at), [discounted(shift, 15, { manual: false, type: 'employee' })]),
      ),
  },
  {
    name: 'discounts just below the limit',
    kind: 'near-limit',
    also: ['discount-rate'],
    plant: (shift, atMs) =>
      times(shift.random.int(6, 9), (at) => transaction(shift, spread(atMs, at), [discounted(shift, 29.5)])),
  },
  {
    name: 'refunds just below the limit',
    kind: 'near-limit',
    also: ['refund-without-receipt', 'refund-rate', 'customer-refunds'],
    plant: (shift, atMs) =>
      times(shift.random.int(6, 8), (at) => {
        const minor = shift.random.int(4_800, 4_999);
        return transaction(
          shift,
          spread(atMs, at),
          [{ ...back(piece(shift)), extendedAmountMinor: -minor }],
          { returnOf: { receiptNumber: `r${at}` } },
        );
      }),
  },
  {
    name: 'serial refunds to one customer',
    kind: 'customer-refunds',
    also: ['refund-rate', 'near-limit'],
    plant(shift, atMs) {
      const customerRef = newCard();
      return times(shift.random.int(5, 7), (at) =>
        transaction(shift, spread(atMs, at), [back(piece(shift))], {
          customerRef,
          returnOf: { receiptNumber: `c${at}` },
        }),
      );
    },
  },
];

/** Habits of a cashier over the whole week, which only a comparison with others shows. */
export const HABITS: readonly {
  readonly habit: string;
  readonly kind: AlertKind;
  readonly factors: readonly number[];
}[] = [
  { habit: 'cancel', kind: 'cancel-rate', factors: [3, 4, 6] },
  { habit: 'lineVoid', kind: 'line-void-rate', factors: [3, 4, 6] },
  { habit: 'refund', kind: 'refund-rate', factors: [4, 6] },
  { habit: 'discount', kind: 'discount-rate', factors: [3, 4, 6] },
  { habit: 'override', kind: 'price-override-rate', factors: [4, 6] },
  { habit: 'taxOverride', kind: 'tax-override-rate', factors: [6, 8] },
  { habit: 'noSale', kind: 'no-sale-rate', factors: [4, 5] },
  { habit: 'keyedItem', kind: 'keyed-item-rate', factors: [3, 4] },
  { habit: 'keyedCard', kind: 'keyed-card-rate', factors: [6, 8] },
  { habit: 'scanGap', kind: 'scan-gap-rate', factors: [3, 4] },
  { habit: 'suspend', kind: 'suspended-rate', factors: [4, 6] },
];
