import type { CommerceRows } from '../dynamics-commerce-rows.ts';
import { startFakeVendor, type FakeVendor, type FakeVendorOptions } from './fake-vendor.ts';

export type CommerceWorld = CommerceRows;
type Json = Readonly<Record<string, unknown>>;

const COLLECTIONS: Readonly<Record<string, keyof CommerceRows>> = {
  RetailTransactions: 'headers',
  RetailTransactionSalesLinesV2: 'lines',
  RetailTransactionPaymentLinesV2: 'payments',
  RetailTransactionTaxLines: 'taxes',
};

/** OData of an environment: filters of texts and times that are joined by `and`, and pages that link the next one. */
export const startFakeCommerce = (
  world: CommerceWorld,
  options: Omit<FakeVendorOptions, 'answer'> & { readonly maxPage?: number } = {},
): Promise<FakeVendor> =>
  startFakeVendor({
    ...options,
    answer: ({ url }) => {
      const list = COLLECTIONS[url.pathname.replace('/data/', '')];
      return list && page(world[list], url, list === 'headers' ? options.maxPage : undefined);
    },
  });

const CONDITION = /^(\w+) (eq|ge|lt) (?:'((?:[^']|'')*)'|(\S+))$/;

function page(rows: readonly Json[], url: URL, maxPage = 10_000): Json | undefined {
  const query = url.searchParams;
  const conditions = (query.get('$filter') ?? '').split(' and ').map((part) => CONDITION.exec(part));
  if (query.get('cross-company') !== 'true' || conditions.some((one) => one === null)) return undefined;
  const fits = (row: Json): boolean =>
    conditions.every((condition) => {
      const [, field = '', sign, text, time = ''] = condition ?? [];
      const given = String(row[field]);
      if (sign === 'eq') return given === text?.replaceAll("''", "'");
      return sign === 'ge' ? given >= time : given < time;
    });
  const found = rows.filter(fits);
  const from = Number(query.get('$skiptoken') ?? 0);
  const next = new URL(url);
  next.searchParams.set('$skiptoken', String(from + maxPage));
  const select = (query.get('$select') ?? '').split(',');
  return {
    value: found
      .slice(from, from + maxPage)
      .map((row) => Object.fromEntries(select.map((field) => [field, row[field]]))),
    ...(from + maxPage < found.length
      ? { '@odata.nextLink': `https://contoso.example${next.pathname}${next.search}` }
      : {}),
  };
}
