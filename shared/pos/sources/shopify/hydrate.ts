import { z } from 'zod';
import { PermanentError, TransientError } from '../../../errors.ts';
import { MINUTE_MS, HOUR_MS } from '../../../time.ts';
import { readingOf } from '../reading.ts';
import { VENDOR_NOT_FOUND, type HydrateContext, type Hydration, type VendorApi } from '../source.ts';
import { bookingStoreOf, isBookedAsPresented } from './amounts.ts';
import { mapShopifyOrder } from './order.ts';
import {
  exactId,
  readShopifyOrder,
  readShopifyTransactions,
  scrubbedShopify,
  type ShopifyOrder,
} from './order-schema.ts';

/** The version of the Admin API that the schemas are written for. */
export const API_PATH = '/admin/api/2025-10';

/** Asks Shopify for the order that a webhook named, its transactions and, where something came back, its exchanges. */
export const shopifyHydration: Hydration = {
  apiUrl: '',
  apiUrlOf: (sender) => (sender === undefined ? undefined : `https://${sender}.myshopify.com`),
  tokenSecret: 'shopify-access-token',
  headers: (token) => ({ 'x-shopify-access-token': token, accept: 'application/json' }),
  // The ladder of Shopify's own webhooks: eight tries within four hours.
  notFoundDelaysMs: [
    MINUTE_MS / 6,
    MINUTE_MS / 2,
    MINUTE_MS,
    5 * MINUTE_MS,
    15 * MINUTE_MS,
    HOUR_MS / 2,
    HOUR_MS,
    2 * HOUR_MS,
  ],
  async hydrate(request, api, context) {
    const path = `${API_PATH}/orders/${encodeURIComponent(request.id)}`;
    const answer = await api.get(`${path}.json`);
    const order = readShopifyOrder(answer, context);
    if (Date.parse(order.updated_at ?? '') < request.version) {
      throw new TransientError(
        VENDOR_NOT_FOUND,
        'Shopify answers with an older order than it announced: the newer one is not readable yet',
      );
    }
    const transactions = readShopifyTransactions(
      await api.get(`${path}/transactions.json${currencyQuery(order, context)}`),
      context,
    );
    const exchangedLines = await exchangesOf(order, api, context);
    const customerRef = customerRefOf(answer, context);
    return readingOf(
      mapShopifyOrder({ order, transactions, exchangedLines, customerRef }, context),
      context.catalog,
    );
  },
};

/** Transactions come in the currency that the customer paid with, unless they are asked for in the shop's. */
function currencyQuery(order: ShopifyOrder, { catalog }: HydrateContext): string {
  const isForeign = order.presentment_currency !== undefined && order.presentment_currency !== order.currency;
  return isForeign && !isBookedAsPresented(order, bookingStoreOf(order, catalog))
    ? '?in_shop_currency=true'
    : '';
}

/** The customer's id, read before the scrubber takes the customer away. */
function customerRefOf(answer: unknown, { pseudonymise }: HydrateContext): string | undefined {
  const parsed = customerSchema.safeParse(answer);
  return parsed.success ? pseudonymise('customer', String(parsed.data.order.customer.id)) : undefined;
}
const customerSchema = z.object({ order: z.object({ customer: z.object({ id: z.number() }) }) });

const MAX_RETURNS = 50;
const MAX_EXCHANGED = 100;
const RETURNS_QUERY = `query ($id: ID!) { order(id: $id) { returns(first: ${MAX_RETURNS}) { pageInfo { hasNextPage } nodes {
  refunds(first: ${MAX_RETURNS}) { pageInfo { hasNextPage } nodes { id } }
  exchangeLineItems(first: ${MAX_EXCHANGED}) { pageInfo { hasNextPage } nodes { lineItems { id } } } } } } }`;

const pageInfo = z.object({ hasNextPage: z.boolean() });
const returnsSchema = z.object({
  data: z.object({
    order: z.object({
      returns: z.object({
        pageInfo,
        nodes: z.array(
          z.object({
            refunds: z.object({ pageInfo, nodes: z.array(z.object({ id: z.string().max(200) })) }),
            exchangeLineItems: z.object({
              pageInfo,
              nodes: z.array(
                z.object({ lineItems: z.array(z.object({ id: z.string().max(200) })).nullish() }),
              ),
            }),
          }),
        ),
      }),
    }),
  }),
});

/**
 * Which of the order's lines an exchange handed out, by refund. Only the GraphQL API knows; without it they would be booked
 * twice, as part of the sale and of the exchange.
 */
async function exchangesOf(
  order: ShopifyOrder,
  api: VendorApi,
  context: HydrateContext,
): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  if (!(order.refunds ?? []).some((refund) => refund.return !== undefined)) return found;
  const id = `gid://shopify/Order/${exactId(order.id, order.admin_graphql_api_id)}`;
  if (api.post === undefined) {
    throw new PermanentError('no-hydration', 'Exchanges can only be asked for by POST');
  }
  const answer = await api.post(`${API_PATH}/graphql.json`, { query: RETURNS_QUERY, variables: { id } });
  const parsed = returnsSchema.safeParse(scrubbedShopify(answer, context));
  if (!parsed.success) {
    // Shopify answers throttling and errors with 200.
    throw JSON.stringify(answer).includes('THROTTLED')
      ? new TransientError('vendor-throttled', 'Shopify throttles its GraphQL API')
      : new PermanentError('schema', "Shopify's answer about returns is not in its documented form");
  }
  const { returns } = parsed.data.data.order;
  for (const { refunds, exchangeLineItems } of returns.nodes) {
    const lines = exchangeLineItems.nodes.flatMap(({ lineItems }) =>
      (lineItems ?? []).map((one) => numberOf(one.id)),
    );
    const [first] = refunds.nodes.map((refund) => numberOf(refund.id));
    if (first !== undefined && lines.length > 0) found.set(first, new Set(lines));
  }
  const isCut = [returns, ...returns.nodes.flatMap((one) => [one.refunds, one.exchangeLineItems])].some(
    (page) => page.pageInfo.hasNextPage,
  );
  if (!isCut) return found;
  throw new PermanentError('too-many-returns', 'The order has more returns than are read: enter it by hand', {
    where: '/order/returns',
  });
}

const numberOf = (gid: string): string => gid.slice(gid.lastIndexOf('/') + 1);
