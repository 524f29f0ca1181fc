import { indexCatalog } from '../../shared/pos/master-data.ts';
import type { TransactionEvent } from '../../shared/pos/event.ts';
import { shopifyHydration } from '../../shared/pos/sources/shopify/hydrate.ts';
import type { HydrateRequest, ReadResult, VendorApi } from '../../shared/pos/sources/source.ts';
import { storeSchema } from '../../shared/pos/store.ts';
import { pseudonymiser } from '../../shared/privacy/pseudonym.ts';
import { CATALOG, NOW_MS } from './webhook-fixture.ts';

/** Orders in the shape of Shopify's REST Admin API, as small as a case allows, and a Shopify that knows them. */

const berlin = CATALOG.stores.values().next().value;
const SHOPIFY_CATALOG = indexCatalog(
  ['berlin-1', 'hamburg-1', 'reykjavik-1'].map((storeId, index) =>
    storeSchema.parse({
      ...berlin,
      storeId,
      ledgerDimension: `D${index}`,
      currency: storeId === 'reykjavik-1' ? 'ISK' : 'EUR',
      sourceLocations: { shopify: [String(7001 + index)] },
    }),
  ),
  [...CATALOG.products.values()],
);

export const both = (amount: string, currency = 'EUR') => ({
  shop_money: { amount, currency_code: currency },
  presentment_money: { amount, currency_code: currency },
});
type Json = Readonly<Record<string, unknown>>;

export const line = (id: number, price: string, more: Json = {}) => ({
  id,
  sku: '4006381333931',
  title: 'Milk',
  quantity: 1,
  price,
  price_set: both(price),
  gift_card: false,
  tax_lines: [],
  discount_allocations: [],
  ...more,
});
export const tax = (price: string, more: Json = {}) => ({
  title: 'MwSt',
  rate: 0.19,
  price,
  price_set: both(price),
  ...more,
});
export const paid = (id: number, amount: string, more: Json = {}) => ({
  id,
  kind: 'sale',
  status: 'success',
  gateway: 'cash',
  amount,
  currency: 'EUR',
  source_name: 'pos',
  location_id: 7001,
  processed_at: '2026-03-02T12:00:05+01:00',
  ...more,
});
export const refunded = (id: number, amount: string, more: Json = {}) =>
  paid(id, amount, { kind: 'refund', processed_at: '2026-03-03T12:00:00+01:00', ...more });
export const refundLine = (item: number, subtotal: string, totalTax: string, more: Json = {}) => ({
  line_item_id: item,
  quantity: 1,
  location_id: 7001,
  subtotal: Number(subtotal),
  subtotal_set: both(subtotal),
  total_tax: Number(totalTax),
  total_tax_set: both(totalTax),
  ...more,
});
export const refund = (id: number, more: Json = {}) => ({
  id,
  processed_at: '2026-03-03T12:00:00+01:00',
  created_at: '2026-03-03T12:00:00+01:00',
  refund_line_items: [],
  order_adjustments: [],
  transactions: [],
  return: null,
  ...more,
});
export const order = (total: string, lines: readonly Json[], more: Json = {}) => ({
  id: 1001,
  name: '#1001',
  source_name: 'pos',
  test: false,
  location_id: 7001,
  device_id: 31,
  user_id: 77,
  financial_status: 'paid',
  currency: 'EUR',
  presentment_currency: 'EUR',
  taxes_included: true,
  processed_at: '2026-03-02T12:00:00+01:00',
  created_at: '2026-03-02T12:00:00+01:00',
  updated_at: '2026-03-02T12:00:10+01:00',
  total_price: total,
  total_price_set: both(total),
  total_discounts: '0.00',
  total_tip_received: '0.00',
  line_items: lines,
  refunds: [],
  ...more,
});

/** What Shopify's GraphQL API says of a return: which refund it led to, and which lines it handed out. */
export const returnsAnswer = (refundId: number, lineIds: readonly number[]) => ({
  data: {
    order: {
      returns: {
        pageInfo: { hasNextPage: false },
        nodes: [
          {
            refunds: {
              pageInfo: { hasNextPage: false },
              nodes: [{ id: `gid://shopify/Refund/${refundId}` }],
            },
            exchangeLineItems: {
              pageInfo: { hasNextPage: false },
              nodes: lineIds.map((id) => ({ lineItems: [{ id: `gid://shopify/LineItem/${id}` }] })),
            },
          },
        ],
      },
    },
  },
});

export interface Asked {
  readonly result: ReadResult;
  readonly events: TransactionEvent[];
  readonly paths: string[];
}

export async function ask(
  found: Json,
  transactions: readonly unknown[],
  options: { readonly returns?: unknown; readonly request?: Partial<HydrateRequest> } = {},
): Promise<Asked> {
  const paths: string[] = [];
  const api: VendorApi = {
    get(path) {
      paths.push(path);
      return Promise.resolve(path.includes('/transactions') ? { transactions } : { order: found });
    },
    post(path) {
      paths.push(path);
      return Promise.resolve(options.returns);
    },
  };
  const about = {
    receivedAt: '2026-03-03T12:00:00.000Z',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  };
  const request = {
    source: 'shopify',
    object: 'order',
    id: '1001',
    version: 0,
    ...about,
    ...options.request,
  };
  const result = await shopifyHydration.hydrate(request, api, {
    ...about,
    catalog: SHOPIFY_CATALOG,
    pseudonymise: pseudonymiser({ customers: 'customers', operators: 'operators', ids: 'ids' }),
    nowMs: NOW_MS,
  });
  const events = result.events.filter((event) => event.kind === 'transaction');
  return { result, events, paths };
}
