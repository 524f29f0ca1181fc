import { startFakeVendor, type FakeVendor, type FakeVendorOptions } from './fake-vendor.ts';

type Json = Readonly<Record<string, unknown>>;
export interface ZettleWorld {
  /** In the form of the API. */
  readonly purchases: Json[];
}

/** Zettle's purchases: oldest first, by when they were made, behind the hash of the last one of the page before. */
export const startFakeZettle = (
  world: ZettleWorld,
  options: Omit<FakeVendorOptions, 'answer'> & { readonly maxPage?: number } = {},
): Promise<FakeVendor> =>
  startFakeVendor({
    ...options,
    answer: ({ url }) => {
      const id = /^\/purchase\/v2\/(.+)$/.exec(url.pathname)?.[1];
      if (id !== undefined) return world.purchases.find((one) => one['purchaseUUID1'] === id);
      return url.pathname === '/purchases/v2' ? page(world, url.searchParams, options.maxPage) : undefined;
    },
  });

/** `2021-01-13T12:30`, in UTC. */
const msOfMinute = (text: string | null): number => Date.parse(`${text ?? ''}:00.000Z`);
const createdMs = (one: Json): number => Date.parse(String(one['created']).replace('+0000', 'Z'));

function page({ purchases }: ZettleWorld, query: URLSearchParams, maxPage = 1_000): Json {
  const [from, to] = [msOfMinute(query.get('startDate')), msOfMinute(query.get('endDate'))];
  const after = query.get('lastPurchaseHash');
  const all = purchases
    .filter((one) => createdMs(one) >= from && createdMs(one) < to)
    .sort((left, right) => createdMs(left) - createdMs(right));
  const start =
    after === null ? 0 : all.findIndex((one) => `hash-${String(one['purchaseUUID1'])}` === after) + 1;
  const found = all.slice(start, start + Math.min(Number(query.get('limit') ?? 1_000), maxPage));
  const hashOf = (one: Json | undefined) => one && `hash-${String(one['purchaseUUID1'])}`;
  return {
    purchases: found,
    firstPurchaseHash: hashOf(found[0]),
    lastPurchaseHash: hashOf(found.at(-1)),
    linkUrls: [],
  };
}
