import { MINUTE_MS, HOUR_MS, SECOND_MS } from '../../../time.ts';
import { OriginalIds } from '../original-ids.ts';
import { readingOf } from '../reading.ts';
import type { Hydration, VendorAccess } from '../source.ts';
import { mapZettlePurchase } from './purchase.ts';
import { operatorOf, parsePurchase, scrubbedZettle } from './purchase-schema.ts';

/** Zettle's API key is exchanged for a token of two hours. */
const TOKEN_URL = 'https://oauth.zettle.com/token';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

const zettleAccess: VendorAccess = {
  apiUrl: 'https://purchase.izettle.com',
  tokenSecret: 'zettle-api-key',
  accountOf: ({ id }) => id.slice(0, id.indexOf('/')).toLowerCase(),
  exchange: {
    url: TOKEN_URL,
    form(secret) {
      const [clientId = '', apiKey = ''] = secret.trim().split(/\s+/);
      return { grant_type: GRANT, client_id: clientId, assertion: apiKey };
    },
  },
  headers: (token) => ({ authorization: `Bearer ${token}`, accept: 'application/json' }),
};

/** Asks for a purchase whose webhook could not be read. */
export const zettleHydration: Hydration = {
  ...zettleAccess,
  notFoundDelaysMs: [10 * SECOND_MS, MINUTE_MS, 10 * MINUTE_MS, HOUR_MS, 12 * HOUR_MS],
  async hydrate({ id }, vendor, given) {
    const ids = new OriginalIds(given.pseudonymise);
    const context = { ...given, pseudonymise: ids.pseudonymise };
    const [organization = '', purchaseId = ''] = id.split('/');
    const answer = await vendor.get(`/purchase/v2/${encodeURIComponent(purchaseId)}`);
    const purchase = parsePurchase(scrubbedZettle(answer, context));
    const mapped = mapZettlePurchase(purchase, {
      ...context,
      organization: organization === '' ? undefined : organization,
      operator: operatorOf(answer),
    });
    return readingOf([mapped], context.catalog);
  },
};
