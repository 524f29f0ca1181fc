import fc from 'fast-check';
import {
  line as shopifyLine,
  order as shopifyOrder,
  paid,
  refund as shopifyRefund,
  refundLine,
  refunded,
} from '../shopify-orders.ts';
import { startFakeShopify, type ShopifyWorld } from './shopify-vendor.ts';
import { startFakeSquare, type SquareWorld } from './square-vendor.ts';
import { startFakeStripe, type StripeWorld } from './stripe-vendor.ts';
import { cloverDay } from './clover-day.ts';
import { commerceDay } from './commerce-day.ts';
import { at, byTime, msOf, replace, sale, type Sale, type VendorChange, type VendorDay } from './day.ts';
import { lightspeedDay } from './lightspeed-day.ts';
import { toastDay } from './toast-day.ts';
import { zettleDay } from './zettle-day.ts';

const DAYS = {
  square: squareDay,
  shopify: shopifyDay,
  stripe: stripeDay,
  toast: toastDay,
  clover: cloverDay,
  zettle: zettleDay,
  'lightspeed-x': lightspeedDay,
  'dynamics-commerce': commerceDay,
};
type Listed = keyof typeof DAYS;
export const LISTED = Object.keys(DAYS) as readonly Listed[];

export const dayOf = (source: Listed): fc.Arbitrary<VendorDay> =>
  fc.array(sale, { minLength: 1, maxLength: 8 }).map((sales) => DAYS[source](sales));
export const vendorDay: fc.Arbitrary<VendorDay> = fc.oneof(...LISTED.map(dayOf));

const eur = (amount: number) => ({ amount, currency: 'EUR' });

function squareDay(sales: readonly Sale[]): VendorDay {
  const world: SquareWorld = { orders: [], payments: [], refunds: [] };
  const changes = sales.flatMap((one, index): VendorChange[] => {
    const id = `ORDER${index}`;
    const line = {
      quantity: '1',
      name: one.text,
      catalog_object_id: '4012345678901',
      base_price_money: eur(one.cents),
      total_money: eur(one.cents),
    };
    const state = one.fate === 'open' ? 'OPEN' : one.fate === 'cancelled' ? 'CANCELED' : 'COMPLETED';
    const change = (version: number, later: number, order: object): VendorChange => ({
      atMs: msOf(one, later),
      happen: () =>
        replace(world.orders, {
          id,
          location_id: 'LSQ1',
          version,
          updated_at: at(one, later),
          created_at: at(one),
          ...order,
        }),
      webhook: {
        event_id: `e-${index}-${version}`,
        type: 'order.updated',
        data: { id, object: { order_updated: { order_id: id, version } } },
      },
    });
    const paidBy = [
      {
        id: `PAY${index}`,
        type: 'CASH',
        amount_money: eur(one.cents),
        created_at: at(one),
        cash_details: { buyer_tendered_money: eur(one.cents + 81), change_back_money: eur(81) },
      },
    ];
    const closed = {
      state,
      line_items: [line],
      tenders: state === 'COMPLETED' ? paidBy : [],
      total_money: eur(one.cents),
      ...(state === 'OPEN' ? {} : { closed_at: at(one, 2) }),
    };
    const changed = [change(1, 0, { state: 'OPEN', line_items: [line] }), change(2, 2, closed)];
    if (one.fate === 'touched') changed.push(change(3, 5, closed));
    if (one.fate === 'refunded') changed.push(squareRefund(world, one, index, line));
    return changed;
  });
  return {
    source: 'square',
    location: 'LSQ1',
    changes: byTime(changes),
    start: (options) => startFakeSquare(world, options),
  };
}

function squareRefund(world: SquareWorld, one: Sale, index: number, line: object): VendorChange {
  const id = `RETURN${index}`;
  return {
    atMs: msOf(one, 20),
    happen: () =>
      replace(world.orders, {
        id,
        location_id: 'LSQ1',
        state: 'COMPLETED',
        version: 4,
        created_at: at(one, 20),
        closed_at: at(one, 20),
        updated_at: at(one, 20),
        returns: [{ source_order_id: `ORDER${index}`, return_line_items: [line] }],
        refunds: [
          {
            tender_id: `PAY${index}`,
            transaction_id: `ORDER${index}`,
            amount_money: eur(one.cents),
            status: 'COMPLETED',
          },
        ],
        total_money: eur(0),
      }),
    webhook: {
      event_id: `r-${index}`,
      type: 'refund.created',
      data: { id, object: { refund: { id: `REF${index}`, order_id: id } } },
    },
  };
}

function shopifyDay(sales: readonly Sale[]): VendorDay {
  const transactions = new Map<number, unknown[]>();
  const world: ShopifyWorld = { orders: [], transactions };
  const changes = sales.flatMap((one, index): VendorChange[] => {
    const id = 9_001 + index;
    const amount = (one.cents / 100).toFixed(2);
    const change = (later: number, more: object): VendorChange => {
      const updated = at(one, later).replace('.000Z', 'Z');
      const found = {
        ...shopifyOrder(amount, [shopifyLine(id * 10, amount, { title: one.text })]),
        id,
        name: `#${id}`,
        processed_at: at(one),
        created_at: at(one),
        updated_at: updated,
        ...more,
      };
      return {
        atMs: msOf(one, later),
        happen: () => {
          replace(world.orders, found);
          const isPaid = one.fate !== 'open' && one.fate !== 'cancelled';
          transactions.set(
            id,
            isPaid
              ? [
                  paid(id * 100, amount, { processed_at: at(one) }),
                  ...('refunds' in more
                    ? [refunded(id * 100 + 1, amount, { processed_at: at(one, 30) })]
                    : []),
                ]
              : [],
          );
        },
        webhook: { id, updated_at: updated, line_items: [], source_name: 'pos', refunds: [] },
      };
    };
    const unpaid = { financial_status: 'pending' };
    if (one.fate === 'open') return [change(1, unpaid)];
    if (one.fate === 'cancelled')
      return [change(1, unpaid), change(3, { ...unpaid, cancelled_at: at(one, 3) })];
    if (one.fate === 'touched') return [change(1, {}), change(4, { note: 'said later' })];
    if (one.fate !== 'refunded') return [change(1, {})];
    const back = shopifyRefund(id * 7, {
      processed_at: at(one, 30),
      created_at: at(one, 30),
      refund_line_items: [refundLine(id * 10, amount, '0.00')],
      transactions: [refunded(id * 100 + 1, amount, { processed_at: at(one, 30) })],
    });
    return [change(1, {}), change(30, { refunds: [{ ...back, return: undefined }] })];
  });
  return {
    source: 'shopify',
    location: 'LSQ1',
    changes: byTime(changes),
    start: (options) => startFakeShopify(world, options),
  };
}

function stripeDay(sales: readonly Sale[]): VendorDay {
  const world: StripeWorld = { payments: [], refunds: [], events: [] };
  const changes = sales.flatMap((one, index): VendorChange[] => {
    const id = `pi_${index}`;
    const created = msOf(one) / 1_000;
    const succeeded = one.fate !== 'open' && one.fate !== 'cancelled';
    const happened = (type: string, later: number, object: object, effect: () => void): VendorChange => {
      const event = {
        id: `evt_${index}_${type}_${later}`,
        type,
        livemode: true,
        created: created + later * 60,
        data: { object },
      };
      return {
        atMs: msOf(one, later),
        happen: () => {
          effect();
          world.events.unshift(event);
        },
        webhook: event,
      };
    };
    const payment = {
      id,
      object: 'payment_intent',
      livemode: true,
      status: succeeded ? 'succeeded' : 'canceled',
      currency: 'eur',
      amount: one.cents,
      amount_received: succeeded ? one.cents : 0,
      created,
      payment_method_types: ['card_present'],
      metadata: { store: 'B1', till: 'T1', receipt: String(index) },
      latest_charge: {
        id: `ch_${index}`,
        status: succeeded ? 'succeeded' : 'pending',
        created,
        payment_method_details: { card_present: {} },
      },
    };
    const type = succeeded ? 'payment_intent.succeeded' : 'payment_intent.canceled';
    const changed = [happened(type, 0, payment, () => replace(world.payments, payment))];
    if (one.fate !== 'refunded') return changed;
    const refund = (status: string) => ({
      id: `re_${index}`,
      object: 'refund',
      payment_intent: id,
      status,
      amount: one.cents,
      currency: 'eur',
      created: created + 600,
    });
    // Of the refund's first state there is an event in new accounts only.
    const first = happened('refund.created', 10, refund('pending'), () =>
      replace(world.refunds, refund('pending')),
    );
    const later = happened('charge.refund.updated', 12, refund('succeeded'), () =>
      replace(world.refunds, refund('succeeded')),
    );
    return [...changed, first, later];
  });
  return {
    source: 'stripe',
    location: 'LSQ1',
    changes: byTime(changes),
    start: (options) => startFakeStripe(world, options),
  };
}
