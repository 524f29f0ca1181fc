import { z } from 'zod';
import { PermanentError, TransientError } from '../../../errors.ts';
import { HOUR_MS, MINUTE_MS } from '../../../time.ts';
import { listAnswer } from '../list-answer.ts';
import { OriginalIds } from '../original-ids.ts';
import { maybe } from '../payload.ts';
import { readingOf } from '../reading.ts';
import { VENDOR_NOT_FOUND, type Hydration, type VendorApi } from '../source.ts';
import { readSale } from './read-sale.ts';

/**
 * Asks Lightspeed X for a sale. Its API names products and taxes by id alone, while webhooks write them out: what the
 * event needs of them is asked for as well, so that both ways give the same event.
 * https://x-series-api.lightspeedhq.com/reference
 */
export const lightspeedHydration: Hydration = {
  // Each account has an address of its own: the sender's, or the setting `LightspeedX__apiUrl`.
  apiUrl: '',
  apiUrlOf: (sender) => (sender === undefined ? undefined : `https://${sender}.retail.lightspeed.app`),
  tokenSecret: 'lightspeed-x-access-token',
  exchange: {
    url: (_secret, apiUrl) => `${apiUrl}/api/1.0/token`,
    /** `<client id> <client secret> <first refresh token>`; one word alone is a personal token. */
    form(secret, refreshToken) {
      const [clientId = '', clientSecret = '', first] = secret.trim().split(/\s+/);
      return first === undefined
        ? undefined
        : {
            grant_type: 'refresh_token',
            client_id: clientId,
            client_secret: clientSecret,
            refresh_token: refreshToken ?? first,
          };
    },
    // Each refresh token works once.
    isShared: true,
  },
  headers: (token) => ({ authorization: `Bearer ${token}`, accept: 'application/json' }),
  notFoundDelaysMs: [MINUTE_MS, 10 * MINUTE_MS, HOUR_MS, 12 * HOUR_MS],
  async hydrate({ id }, api, given) {
    const answer = await api.get(`/api/2.0/sales/${encodeURIComponent(id)}`);
    const { data } = listAnswer(saleSchema, answer, "Lightspeed's sale");
    const ids = new OriginalIds(given.pseudonymise);
    const context = { ...given, pseudonymise: ids.pseudonymise };
    return readingOf(readSale(await withNames(data, api), context), context.catalog);
  },
};

const name = maybe(z.string());
const itemId = maybe(z.string().max(64));
const saleSchema = z.object({
  data: z.looseObject({
    line_items: maybe(z.array(z.looseObject({ product_id: itemId, tax_id: itemId })).max(2_000)),
  }),
});
const productSchema = z.object({ data: z.object({ sku: name, name, handle: name }) });
const taxesSchema = z.object({
  data: z.array(
    z.object({ id: z.string(), name, rates: maybe(z.array(z.object({ rate: maybe(z.number()) }))) }),
  ),
});

/** More would take longer than the limit of calls in five minutes allows. */
const MAX_PRODUCTS = 200;

async function withNames(
  sale: z.infer<typeof saleSchema>['data'],
  api: VendorApi,
): Promise<Readonly<Record<string, unknown>>> {
  const { line_items: lines = [] } = sale;
  const products = new Map<string, z.infer<typeof productSchema>['data']>();
  const wanted = new Set(lines.flatMap(({ product_id: id }) => id ?? []));
  if (wanted.size > MAX_PRODUCTS) {
    throw new PermanentError(
      'too-many-lines',
      `The sale has more than ${MAX_PRODUCTS} products; each would be asked for by itself. Enter it by hand`,
      { where: '/line_items' },
    );
  }
  for (const id of wanted) products.set(id, await productOf(id, api));
  const taxes = lines.some(({ tax_id: id }) => id !== undefined)
    ? listAnswer(taxesSchema, await api.get('/api/2.0/taxes?page_size=1000'), "Lightspeed's taxes").data
    : [];
  return {
    ...sale,
    line_items: lines.map((line) => {
      const tax = taxes.find(({ id }) => id === line.tax_id);
      const [rate, ...more] = tax?.rates ?? [];
      return {
        ...products.get(line.product_id ?? ''),
        ...(tax?.name === undefined ? {} : { tax_name: tax.name }),
        // Of several rates the sale does not say how they add up.
        ...(rate?.rate === undefined || more.length > 0 ? {} : { tax_rate: rate.rate }),
        ...line,
      };
    }),
  };
}

/** A product that was deleted since is known by its id alone. */
async function productOf(id: string, api: VendorApi): Promise<z.infer<typeof productSchema>['data']> {
  try {
    const answer = await api.get(`/api/2.0/products/${encodeURIComponent(id)}`);
    return listAnswer(productSchema, answer, "Lightspeed's product").data;
  } catch (thrown) {
    if (thrown instanceof TransientError && thrown.code === VENDOR_NOT_FOUND)
      return { sku: undefined, name: undefined, handle: undefined };
    throw thrown;
  }
}
