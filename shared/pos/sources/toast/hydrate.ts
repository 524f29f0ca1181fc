import { PermanentError } from '../../../errors.ts';
import { MINUTE_MS } from '../../../time.ts';
import { Reading } from '../reading.ts';
import type { HydrateContext, Hydration, ReadResult } from '../source.ts';
import { readToastOrder, scrubbedToast } from './order-schema.ts';
import { eventsOfOrder } from './order.ts';

/** Every call names the restaurant that it is about. */
export const RESTAURANT_HEADER = 'toast-restaurant-external-id';

/** Asks Toast for an order: for the messages that hold none, and for what is replayed. */
export const toastHydration: Hydration = {
  apiUrl: 'https://ws-api.toasttab.com',
  tokenSecret: 'toast-access-token',
  exchange: {
    url: (_secret, apiUrl) => `${apiUrl}/authentication/v1/authentication/login`,
    /** `<client id> <client secret>`; one word alone is a token. */
    form(secret) {
      const [clientId = '', clientSecret] = secret.trim().split(/\s+/);
      return clientSecret === undefined
        ? undefined
        : { clientId, clientSecret, userAccessType: 'TOAST_MACHINE_CLIENT' };
    },
    isJson: true,
    // Two logins an hour are allowed.
    isShared: true,
  },
  headers: (token) => ({ authorization: `Bearer ${token}`, accept: 'application/json' }),
  // Toast's own ladder is short: messages are repeated after five and ten minutes.
  notFoundDelaysMs: [MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS, 60 * MINUTE_MS],
  async hydrate({ id }, api, context) {
    const [restaurant = '', order = ''] = id.split('/');
    const answer = await api.get(`/orders/v2/orders/${encodeURIComponent(order)}`, {
      [RESTAURANT_HEADER]: restaurant,
    });
    const result = readOrder(answer, restaurant, context);
    const [fault] = result.rejected;
    if (fault) throw new PermanentError(fault.code, fault.message, { where: fault.where });
    return result;
  },
};

export function readOrder(answer: unknown, restaurant: string, context: HydrateContext): ReadResult {
  const reading = new Reading(context.catalog);
  for (const map of eventsOfOrder(readToastOrder(scrubbedToast(answer, context)), restaurant, context)) {
    reading.record(map, () => ({ payload: '', replayable: false }));
  }
  return reading.result;
}
