import { answerOfClover, MERCHANT, type CloverFixture, type Json } from '../clover-server.ts';
import { startFakeVendor, type FakeVendor, type FakeVendorOptions } from './fake-vendor.ts';

export interface CloverWorld {
  readonly orders: Map<string, CloverFixture>;
  readonly cash: Json[];
}

/** Clover's REST API with its lists: filters that are joined by `and`, numbered pages, and what is expanded alone. */
export const startFakeClover = (
  world: CloverWorld,
  options: Omit<FakeVendorOptions, 'answer'> = {},
): Promise<FakeVendor> =>
  startFakeVendor({
    ...options,
    answer: ({ url }) => {
      const base = `/v3/merchants/${MERCHANT}/`;
      if (!url.pathname.startsWith(base)) return undefined;
      const path = url.pathname.slice(base.length).split('/').map(decodeURIComponent);
      const list = path.length === 1 ? listOf(world, path[0] ?? '') : undefined;
      if (list !== undefined) return pageOf(list, url.searchParams);
      const expand = (url.searchParams.get('expand') ?? '').split(',').filter(Boolean);
      return answerOfClover(url.searchParams, path, expand, world.orders, world.cash)?.body;
    },
  });

const elements = (list: readonly unknown[] = []): Json => ({ elements: list });

function listOf({ orders, cash }: CloverWorld, name: string): Json[] | undefined {
  const all = [...orders.values()];
  switch (name) {
    case 'orders':
      return all.map(({ order, payments, voids, credits }) => ({
        ...order,
        payments: elements(payments),
        voids: elements(voids),
        credits: elements(credits),
      }));
    case 'payments':
      return all.flatMap(({ payments = [] }) => payments);
    case 'refunds':
      return all.flatMap(({ refunds = [] }) => refunds);
    case 'cash_events':
      return cash;
    default:
      return undefined;
  }
}

function pageOf(list: readonly Json[], query: URLSearchParams): Json {
  const bounds = query.getAll('filter').map((filter) => /^(\w+)(>=|<=|<)(\d+)$/.exec(filter) ?? []);
  const fits = (one: Json): boolean =>
    bounds.every(([, field = '', sign, value]) => {
      const given = Number(one[field]);
      if (sign === '>=') return given >= Number(value);
      return sign === '<' ? given < Number(value) : given <= Number(value);
    });
  const [offset, limit] = [
    Number(query.get('offset') ?? 0),
    Math.min(Number(query.get('limit') ?? 100), 1_000),
  ];
  return elements(list.filter(fits).slice(offset, offset + limit));
}
