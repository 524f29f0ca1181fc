import { pageAt, startFakeVendor, type FakeVendor, type FakeVendorOptions } from './fake-vendor.ts';

export interface ToastWorld {
  /** By restaurant, which Toast takes from a header; here each has a path of its own in `asked`. */
  readonly orders: Array<Readonly<Record<string, unknown>> & { guid: string; modifiedDate: string }>;
}

/** Toast's orders API: one order, and orders by the time of their last change. */
export const startFakeToast = (
  world: ToastWorld,
  options: Omit<FakeVendorOptions, 'answer'> = {},
): Promise<FakeVendor> =>
  startFakeVendor({
    ...options,
    answer: ({ method, url }) => (method === 'GET' ? answer(world, url) : undefined),
  });

const MAX_PAGE = 100;

function answer({ orders }: ToastWorld, url: URL): unknown {
  const [, area, version, list, id] = url.pathname.split('/').map(decodeURIComponent);
  if (area !== 'orders' || version !== 'v2') return undefined;
  if (list === 'orders') return orders.find(({ guid }) => guid === id);
  if (list !== 'ordersBulk') return undefined;
  const [from, to] = [url.searchParams.get('startDate') ?? '', url.searchParams.get('endDate') ?? ''];
  const found = orders.filter(({ modifiedDate }) => {
    const atMs = Date.parse(modifiedDate.replace('+0000', 'Z'));
    return atMs >= Date.parse(from) && atMs < Date.parse(to);
  });
  const size = Math.min(Number(url.searchParams.get('pageSize') ?? MAX_PAGE), MAX_PAGE);
  const page = Number(url.searchParams.get('page') ?? 1);
  return pageAt(found, String((page - 1) * size), size).items;
}

/** When Toast sends a message again: after five and ten minutes, and then never. */
export const TOAST_LADDER_MS = [5 * 60_000, 10 * 60_000];
