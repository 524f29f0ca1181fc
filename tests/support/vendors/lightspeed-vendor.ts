import { startFakeVendor, type FakeVendor, type FakeVendorOptions } from './fake-vendor.ts';

type Json = Readonly<Record<string, unknown>>;
export interface LightspeedWorld {
  /** In the form of API 2.0. */
  readonly sales: Array<Json & { readonly id: string; readonly version: number }>;
  readonly products: Map<string, Json>;
  readonly taxes: readonly Json[];
}

/** Lightspeed's API 2.0: sales in the order of their versions, behind one of them. */
export const startFakeLightspeed = (
  world: LightspeedWorld,
  options: Omit<FakeVendorOptions, 'answer'> & { readonly maxPage?: number } = {},
): Promise<FakeVendor> =>
  startFakeVendor({
    ...options,
    answer: ({ url }) => {
      const [, api, version, list, id] = url.pathname.split('/').map(decodeURIComponent);
      if (api !== 'api' || version !== '2.0') return undefined;
      if (list === 'taxes') return { data: world.taxes };
      if (list === 'products') {
        const product = world.products.get(id ?? '');
        return product && { data: product };
      }
      if (list !== 'sales') return undefined;
      if (id === undefined) return page(world, url.searchParams, options.maxPage);
      const sale = world.sales.find((one) => one.id === id);
      return sale && { data: sale };
    },
  });

function page({ sales }: LightspeedWorld, query: URLSearchParams, maxPage = 10_000): Json {
  const after = Number(query.get('after') ?? 0);
  const size = Math.min(Number(query.get('page_size') ?? 100), maxPage);
  const data = sales
    .filter(({ version }) => version > after)
    .sort((left, right) => left.version - right.version)
    .slice(0, size);
  return { data, version: { min: data[0]?.version ?? 0, max: data.at(-1)?.version ?? 0 } };
}
