import { pageAt, startFakeVendor, type FakeVendor, type FakeVendorOptions } from './fake-vendor.ts';

export interface ShopifyWorld {
  /** As the REST API answers them. */
  readonly orders: Array<Readonly<Record<string, unknown>> & { id: number; updated_at: string }>;
  /** By the id of their order. */
  readonly transactions: ReadonlyMap<number, readonly unknown[]>;
}

export const startFakeShopify = (
  world: ShopifyWorld,
  options: Omit<FakeVendorOptions, 'answer'> & { readonly maxPage?: number } = {},
): Promise<FakeVendor> =>
  startFakeVendor({
    ...options,
    answer: ({ method, url, body }) =>
      method === 'POST' ? graphql(world, body as Graphql, options.maxPage) : rest(world, url.pathname),
  });

function rest({ orders, transactions }: ShopifyWorld, path: string): unknown {
  const [, id, list = ''] = /\/orders\/(\d+)(\/transactions)?\.json$/.exec(path) ?? [];
  const order = orders.find((one) => one.id === Number(id));
  if (!order) return undefined;
  return list === '' ? { order } : { transactions: transactions.get(order.id) ?? [] };
}

interface Graphql {
  query: string;
  variables: { query?: string; after?: string; id?: string };
}

/** The two queries that are asked: the list of orders, and an order's returns, of which there are none here. */
function graphql({ orders }: ShopifyWorld, { query, variables }: Graphql, maxPage = 250): unknown {
  if (!query.includes('orders(first:')) {
    return { data: { order: { returns: { pageInfo: { hasNextPage: false }, nodes: [] } } } };
  }
  const [, from = '', to = ''] =
    /^updated_at:>='([^']+)' AND updated_at:<'([^']+)'$/.exec(variables.query ?? '') ?? [];
  if (from === '') return { errors: [{ message: 'Invalid query' }] };
  const found = orders
    .filter(({ updated_at: at }) => Date.parse(at) >= Date.parse(from) && Date.parse(at) < Date.parse(to))
    .sort((left, right) => Date.parse(left.updated_at) - Date.parse(right.updated_at));
  const { items, next } = pageAt(found, variables.after, Math.min(maxPage, 250));
  const nodes = items.map((order) => ({
    id: `gid://shopify/Order/${order.id}`,
    updatedAt: new Date(order.updated_at).toISOString().replace('.000Z', 'Z'),
    test: order['test'] ?? false,
    sourceName: order['source_name'] ?? null,
    refunds: ((order['refunds'] as unknown[] | undefined) ?? []).slice(0, 1).map(() => ({ id: 'gid' })),
  }));
  return {
    data: { orders: { pageInfo: { hasNextPage: next !== undefined, endCursor: next ?? null }, nodes } },
  };
}

/** What Shopify answers, with status 200, to a caller whose bucket is empty. */
export const THROTTLED = {
  errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }],
  extensions: {
    cost: { requestedQueryCost: 102, throttleStatus: { currentlyAvailable: 3, restoreRate: 50 } },
  },
};
