import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { storedText } from '../../../ids.ts';
import { scrub } from '../../../privacy/scrub.ts';
import { maybe } from '../payload.ts';
import type { ReadContext } from '../source.ts';

/**
 * What we read of Shopify's Order, Refund and Transaction resources; all else is dropped, among it customers, addresses,
 * notes and card details. https://shopify.dev/docs/api/admin-rest/latest/resources/order
 */

/** A number, or what the scrubber left in place of one that looks like a card number. */
export const shopifyId = z.union([z.number(), storedText(100).min(1)]);
export type ShopifyId = z.infer<typeof shopifyId>;
const id = shopifyId;
/** A decimal text; the totals of refund lines are JSON numbers. */
const amount = z.union([z.string().max(40), z.number()]).transform(String);
const money = z.object({ amount, currency_code: z.string().max(3) });
const moneySet = maybe(z.object({ shop_money: maybe(money), presentment_money: maybe(money) }));
const time = maybe(z.string().max(40));
const text = maybe(z.string());

const taxLine = z.object({
  title: text,
  rate: maybe(z.number()),
  price: maybe(amount),
  price_set: moneySet,
  channel_liable: maybe(z.boolean()),
});
const allocation = z.object({
  amount: maybe(amount),
  amount_set: moneySet,
  discount_application_index: maybe(z.int()),
});
const lineItem = z.object({
  id,
  sku: text,
  variant_id: maybe(id),
  title: text,
  variant_title: text,
  quantity: z.int().min(0).max(1_000_000),
  price: amount,
  price_set: moneySet,
  gift_card: maybe(z.boolean()),
  total_discount: maybe(amount),
  total_discount_set: moneySet,
  discount_allocations: maybe(z.array(allocation)),
  tax_lines: maybe(z.array(taxLine)),
  /** Present on tips only. */
  tip_payment_gateway: text,
  tip_payment_method: text,
});
const shippingLine = z.object({
  id: maybe(id),
  title: text,
  price: amount,
  price_set: moneySet,
  is_removed: maybe(z.boolean()),
  discount_allocations: maybe(z.array(allocation)),
  tax_lines: maybe(z.array(taxLine)),
});
const transaction = z.object({
  id,
  kind: z.string().max(40),
  status: maybe(z.string().max(40)),
  gateway: text,
  amount: maybe(amount),
  amount_rounding: maybe(amount),
  currency: maybe(z.string().max(3)),
  test: maybe(z.boolean()),
  parent_id: maybe(id),
  location_id: maybe(id),
  device_id: maybe(id),
  user_id: maybe(id),
  source_name: text,
  processed_at: time,
  created_at: time,
  receipt: maybe(z.object({ gift_card_id: maybe(id) })).catch(undefined),
  payment_details: maybe(z.object({ credit_card_company: text })).catch(undefined),
});
const refund = z.object({
  id,
  admin_graphql_api_id: text,
  created_at: time,
  processed_at: time,
  user_id: maybe(id),
  /** The return that it belongs to, whatever is said of it. */
  return: maybe(z.unknown()),
  refund_line_items: maybe(
    z.array(
      z.object({
        line_item_id: id,
        quantity: z.int().min(0).max(1_000_000),
        location_id: maybe(id),
        subtotal: maybe(amount),
        subtotal_set: moneySet,
        total_tax: maybe(amount),
        total_tax_set: moneySet,
      }),
    ),
  ),
  refund_shipping_lines: maybe(z.array(z.object({ subtotal_amount_set: moneySet }))),
  order_adjustments: maybe(
    z.array(
      z.object({
        kind: text,
        amount: maybe(amount),
        amount_set: moneySet,
        tax_amount: maybe(amount),
        tax_amount_set: moneySet,
      }),
    ),
  ),
  transactions: maybe(z.array(transaction)),
});
const order = z.object({
  id,
  admin_graphql_api_id: text,
  /** The number on the receipt, such as `#1001`. */
  name: text,
  test: maybe(z.boolean()),
  source_name: text,
  location_id: maybe(id),
  user_id: maybe(id),
  device_id: maybe(id),
  created_at: time,
  processed_at: time,
  updated_at: time,
  cancelled_at: time,
  financial_status: maybe(z.string().max(40)),
  currency: z.string().max(3),
  presentment_currency: maybe(z.string().max(3)),
  taxes_included: z.boolean(),
  total_price: amount,
  total_price_set: moneySet,
  total_discounts: maybe(amount),
  total_discounts_set: moneySet,
  total_tip_received: maybe(amount),
  total_cash_rounding_payment_adjustment_set: moneySet,
  discount_applications: maybe(z.array(z.object({ type: text, title: text, code: text }))),
  line_items: z.array(lineItem).max(2000),
  shipping_lines: maybe(z.array(shippingLine)),
  refunds: maybe(z.array(refund).max(500)),
});
const compiledOrder = z.compile(z.object({ order }), { strict: true });
const compiledTransactions = z.compile(z.object({ transactions: z.array(transaction).max(1000) }), {
  strict: true,
});

export type ShopifyOrder = z.infer<typeof order>;
export type ShopifyLine = z.infer<typeof lineItem>;
export type ShopifyShippingLine = z.infer<typeof shippingLine>;
export type ShopifyRefund = z.infer<typeof refund>;
export type ShopifyTransaction = z.infer<typeof transaction>;
export type ShopifyTaxLine = z.infer<typeof taxLine>;
export type ShopifyMoneySet = z.infer<typeof moneySet>;

const rules = {
  productFields: new Set(['sku']),
  idFields: new Set([
    'id',
    'orderid',
    'lineitemid',
    'locationid',
    'userid',
    'deviceid',
    'parentid',
    'giftcardid',
    'variantid',
    'admingraphqlapiid',
  ]),
  /** Orders and products have names as well. */
  harmlessNames: new Set(['name', 'sourcename']),
};

export function scrubbedShopify(
  value: unknown,
  { pseudonymise }: Pick<ReadContext, 'pseudonymise'>,
): unknown {
  return scrub(value, { ...rules, pseudonymise }).value;
}

/** Reads the answer of `GET /orders/{id}.json`: scrubbed and validated. @throws PermanentError `schema` */
export function readShopifyOrder(answer: unknown, context: ReadContext): ShopifyOrder {
  const parsed = compiledOrder.safeParse(scrubbedShopify(answer, context));
  if (parsed.success) return parsed.data.order;
  throw formFault(parsed.error, 'order');
}

/** Reads the answer of `GET /orders/{id}/transactions.json`. @throws PermanentError `schema` */
export function readShopifyTransactions(answer: unknown, context: ReadContext): ShopifyTransaction[] {
  const parsed = compiledTransactions.safeParse(scrubbedShopify(answer, context));
  if (parsed.success) return parsed.data.transactions;
  throw formFault(parsed.error, 'list of transactions');
}

function formFault(error: z.ZodError, what: string): PermanentError {
  const where = (error.issues[0]?.path ?? []).map((part) => `/${String(part)}`).join('');
  return new PermanentError('schema', `The ${what} is not in the form of Shopify's REST Admin API`, {
    where,
  });
}

const GID = /^gid:\/\/shopify\/\w+\/(\d{1,40})$/;

/**
 * An id as text. Ids beyond 2^53 lose digits in JSON; there the id of the GraphQL API, which is a text, is exact.
 * @throws PermanentError `schema` where no exact id is known.
 */
export function exactId(value: ShopifyId, graphqlId?: string): string {
  if (typeof value === 'string') return value;
  if (Number.isSafeInteger(value)) return String(value);
  const exact = GID.exec(graphqlId ?? '')?.[1];
  if (exact !== undefined) return exact;
  throw new PermanentError('schema', 'An id is larger than JSON numbers are exact, and has no text form', {
    where: '/id',
  });
}
