import { pageAt, startFakeVendor, type FakeVendor, type FakeVendorOptions } from './fake-vendor.ts';

export interface SquareWorld {
  readonly orders: Array<
    Readonly<Record<string, unknown>> & { id: string; location_id: string; updated_at: string }
  >;
  readonly payments: Array<
    Readonly<Record<string, unknown>> & { id: string; location_id: string; created_at: string }
  >;
  readonly refunds: Array<
    Readonly<Record<string, unknown>> & { id: string; location_id: string; created_at: string }
  >;
}

/** What Square's search takes at most; a test may ask for smaller pages to see more of them. */
export const startFakeSquare = (
  world: SquareWorld,
  options: Omit<FakeVendorOptions, 'answer'> & { readonly maxPage?: number } = {},
): Promise<FakeVendor> =>
  startFakeVendor({
    ...options,
    answer: ({ method, url, body }) => answer(world, method, url, body, options.maxPage),
  });

interface Search {
  location_ids: string[];
  limit?: number;
  cursor?: string;
  query: {
    filter: {
      state_filter?: { states: string[] };
      date_time_filter: Partial<Record<'updated_at' | 'closed_at', { start_at: string; end_at: string }>>;
    };
  };
}

function answer(world: SquareWorld, method: string, url: URL, body: unknown, maxPage = 1_000): unknown {
  const [, , list = '', id] = url.pathname.split('/').map(decodeURIComponent);
  if (method === 'POST' && url.pathname === '/v2/orders/search')
    return search(world, body as Search, maxPage);
  if (method !== 'GET') return undefined;
  if (list === 'orders') return wrapped('order', world.orders, id);
  if (id !== undefined)
    return wrapped(list.slice(0, -1), list === 'payments' ? world.payments : world.refunds, id);
  const [from, to] = [url.searchParams.get('begin_time') ?? '', url.searchParams.get('end_time') ?? ''];
  const found = (list === 'payments' ? world.payments : world.refunds)
    .filter((one) => one.location_id === url.searchParams.get('location_id'))
    .filter((one) => isBetween(one.created_at, from, to))
    .sort(by('created_at'));
  const limit = Math.min(Number(url.searchParams.get('limit') ?? 100), 100, maxPage);
  const { items, next } = pageAt(found, url.searchParams.get('cursor'), limit);
  return { [list]: items, ...(next === undefined ? {} : { cursor: next }) };
}

const wrapped = (name: string, list: ReadonlyArray<{ id: string }>, id: string | undefined): unknown => {
  const found = list.find((one) => one.id === id);
  return found && { [name]: found };
};

function search(
  world: SquareWorld,
  { location_ids: places, limit, cursor, query }: Search,
  maxPage: number,
): unknown {
  const [field, range] = Object.entries(query.filter.date_time_filter)[0] ?? [];
  if (field === undefined || range === undefined) return undefined;
  const states = query.filter.state_filter?.states;
  const found = world.orders
    .filter((order) => places.includes(order.location_id))
    .filter((order) => states === undefined || states.includes(String(order['state'])))
    .filter((order) => isBetween(textOf(order[field]), range.start_at, range.end_at))
    .sort(by(field));
  const { items, next } = pageAt(found, cursor, Math.min(limit ?? 500, maxPage));
  return { orders: items, ...(next === undefined ? {} : { cursor: next }) };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const isBetween = (time: string, from: string, to: string): boolean =>
  Date.parse(time) >= Date.parse(from) && Date.parse(time) < Date.parse(to);
const by =
  (field: string) =>
  (left: Readonly<Record<string, unknown>>, right: Readonly<Record<string, unknown>>): number =>
    Date.parse(String(left[field])) - Date.parse(String(right[field]));
