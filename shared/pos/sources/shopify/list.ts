import { z } from 'zod';
import { PermanentError, TransientError } from '../../../errors.ts';
import { DAY_MS, SECOND_MS, toInstant } from '../../../time.ts';
import { listAnswer } from '../list-answer.ts';
import type { HydrateContext, ListClient, ListedObject } from '../source.ts';
import { API_PATH, shopifyHydration } from './hydrate.ts';
import { scrubbedShopify } from './order-schema.ts';

/** Few fields cost few points: a page takes about a quarter of the smallest bucket. */
const ORDERS_PER_PAGE = 100;
const QUERY = `query ($query: String!, $after: String) {
  orders(first: ${ORDERS_PER_PAGE}, after: $after, query: $query, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes { id updatedAt test sourceName refunds(first: 1) { id } } } }`;

const ordersSchema = z.object({
  data: z.object({
    orders: z.object({
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().max(2_000).nullish() }),
      nodes: z.array(
        z.object({
          id: z.string().regex(/^gid:\/\/shopify\/Order\/\d{1,40}$/),
          updatedAt: z.string().max(40),
          test: z.boolean().nullish(),
          sourceName: z.string().nullish(),
          refunds: z.array(z.unknown()).nullish(),
        }),
      ),
    }),
  }),
});

/**
 * Shopify: a shop's orders by the time of their last change. Without the scope `read_all_orders` it tells of the last 60
 * days alone. https://shopify.dev/docs/api/admin-graphql/latest/queries/orders
 */
export const shopifyList: ListClient = {
  access: shopifyHydration,
  per: 'sender',
  pauseMs: 2 * SECOND_MS,
  reachMs: 60 * DAY_MS,
  async page({ fromMs, toMs, cursor }, api, context) {
    if (api.post === undefined) throw new PermanentError('no-list', 'Orders can only be listed by POST');
    const query = `updated_at:>='${toInstant(fromMs)}' AND updated_at:<'${toInstant(toMs)}'`;
    const answer = await api.post(`${API_PATH}/graphql.json`, {
      query: QUERY,
      variables: { query, ...(cursor === undefined ? {} : { after: cursor }) },
    });
    // Shopify answers throttling with 200.
    if (isThrottled(answer))
      throw new TransientError('vendor-throttled', 'Shopify throttles its GraphQL API');
    const { nodes, pageInfo } = listAnswer(ordersSchema, answer, "Shopify's list of orders").data.orders;
    if (pageInfo.hasNextPage && !pageInfo.endCursor)
      throw new PermanentError('schema', 'Shopify says that there is more, and not where');
    return {
      objects: nodes
        .filter(({ test, sourceName, refunds }) => test !== true && !isOnlineOnly(sourceName, refunds))
        .map((node) => listed(node, context)),
      ...(pageInfo.hasNextPage && pageInfo.endCursor ? { next: pageInfo.endCursor } : {}),
    };
  },
};

/** As `readNotification` leaves them out. */
const isOnlineOnly = (
  sourceName: string | null | undefined,
  refunds: readonly unknown[] | null | undefined,
): boolean => sourceName === 'web' && (refunds ?? []).length === 0;

function listed(node: { id: string; updatedAt: string }, context: HydrateContext): ListedObject {
  const version = Date.parse(node.updatedAt);
  if (Number.isNaN(version)) {
    throw new PermanentError('schema', 'An order in the list has no time', { where: '/updatedAt' });
  }
  const id = node.id.slice(node.id.lastIndexOf('/') + 1);
  // As events have it, where its digits may be a card number.
  const { id: transactionId } = scrubbedShopify({ id }, context) as { id: string };
  return { object: 'order', id, version, transactions: [{ transactionId, version }] };
}

const throttledSchema = z.object({
  errors: z.array(z.object({ extensions: z.object({ code: z.string() }).optional() })).min(1),
});

function isThrottled(answer: unknown): boolean {
  const parsed = throttledSchema.safeParse(answer);
  return parsed.success && parsed.data.errors.some(({ extensions }) => extensions?.code === 'THROTTLED');
}
