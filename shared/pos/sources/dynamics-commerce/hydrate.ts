import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { scrub } from '../../../privacy/scrub.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../time.ts';
import { keyPart as part } from './key-part.ts';
import { readingOf } from '../reading.ts';
import type { Hydration } from '../source.ts';
import { rowRules } from './row-rules.ts';
import { askForRows, type TransactionKey } from './rows.ts';
import { mapDynamicsTransaction } from './transaction.ts';

const keySchema = z.tuple([part, part, part, part]);

/** Asks Dynamics for the rows of a transaction. */
export const dynamicsCommerceHydration: Hydration = {
  // The address of the environment: `DynamicsCommerce__apiUrl`.
  apiUrl: '',
  tokenSecret: 'dynamics-commerce-app',
  exchange: {
    url: (secret) =>
      `https://login.microsoftonline.com/${encodeURIComponent(partsOf(secret).tenantId)}/oauth2/v2.0/token`,
    form(secret) {
      const { clientId, clientSecret, environment } = partsOf(secret);
      return {
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
        scope: `${environment.replace(/\/+$/, '')}/.default`,
      };
    },
  },
  headers: (token) => ({
    authorization: `Bearer ${token}`,
    // Decimals as texts, so that none passes through a float.
    accept: 'application/json;odata.metadata=minimal;IEEE754Compatible=true',
  }),
  // Transactions reach headquarters in two steps, minutes apart; after an offline spell days.
  notFoundDelaysMs: [
    MINUTE_MS,
    5 * MINUTE_MS,
    15 * MINUTE_MS,
    HOUR_MS,
    3 * HOUR_MS,
    6 * HOUR_MS,
    12 * HOUR_MS,
    DAY_MS,
    DAY_MS,
  ],
  async hydrate({ id, version }, api, context) {
    const parsed = keySchema.safeParse(JSON.parse(id));
    if (!parsed.success)
      throw new PermanentError('schema', 'The notice names no transaction', { where: '/id' });
    const [dataAreaId, operatingUnit, terminal, number] = parsed.data;
    const key: TransactionKey = { dataAreaId, operatingUnit, terminal, number };
    const rows = await askForRows(key, async (path) => {
      const answer = await api.get(path);
      return scrub(answer, { ...rowRules, pseudonymise: context.pseudonymise }).value;
    });
    const ids = scrub([dataAreaId, operatingUnit, terminal, number], {
      ...rowRules,
      pseudonymise: context.pseudonymise,
    }).value as string[];
    const [, ownUnit = '', ownTerminal = '', ownNumber = ''] = ids;
    const own = { dataAreaId, operatingUnit: ownUnit, terminal: ownTerminal, number: ownNumber };
    return readingOf([mapDynamicsTransaction(own, rows, version, context)], context.catalog);
  },
};

/** `<tenant id> <client id> <client secret> <address of the environment>` */
function partsOf(secret: string) {
  const [tenantId = '', clientId = '', clientSecret = '', environment = ''] = secret.trim().split(/\s+/);
  return { tenantId, clientId, clientSecret, environment };
}
