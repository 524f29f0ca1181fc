import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { DAY_MS, MINUTE_MS, SECOND_MS, toInstant } from '../../../time.ts';
import { listAnswer } from '../list-answer.ts';
import { Reading } from '../reading.ts';
import type { HydrateContext, Hydration, ListClient, ListedObject, ReadResult } from '../source.ts';
import { readToastOrder, scrubbedToast } from './order-schema.ts';
import { eventsOfOrder } from './order.ts';

/** Every call names the restaurant that it is about. */
const RESTAURANT_HEADER = 'toast-restaurant-external-id';

/** Asks Toast for an order: for the messages that hold none, and for what is replayed. */
export const toastHydration: Hydration = {
  apiUrl: 'https://ws-api.toasttab.com',
  tokenSecret: 'toast-access-token',
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

function readOrder(answer: unknown, restaurant: string, context: HydrateContext): ReadResult {
  const reading = new Reading(context.catalog);
  for (const map of eventsOfOrder(readToastOrder(scrubbedToast(answer, context)), restaurant, context)) {
    reading.record(map, () => ({ payload: '', replayable: false }));
  }
  return reading.result;
}

const PAGE_SIZE = 100;
const ordersSchema = z.array(z.looseObject({ guid: z.string().max(64) })).max(PAGE_SIZE);

/**
 * Toast: a restaurant's orders by the time of their last change.
 * https://doc.toasttab.com/doc/devguide/apiGettingOrderInformation.html
 */
export const toastList: ListClient = {
  access: toastHydration,
  per: 'location',
  // Twenty calls a second and restaurant are allowed, and 10,000 in a quarter of an hour.
  pauseMs: SECOND_MS / 2,
  reachMs: 30 * DAY_MS,
  async page({ location = '', fromMs, toMs, cursor }, api, context) {
    const page = Number(cursor ?? 1);
    const query = new URLSearchParams({
      startDate: toInstant(fromMs),
      endDate: toInstant(toMs),
      pageSize: String(PAGE_SIZE),
      page: String(page),
    });
    const answer = await api.get(`/orders/v2/ordersBulk?${query.toString()}`, {
      [RESTAURANT_HEADER]: location,
    });
    const orders = listAnswer(ordersSchema, answer, "Toast's list of orders");
    return {
      objects: orders.flatMap((order) => listed(order, location, context)),
      ...(orders.length < PAGE_SIZE ? {} : { next: String(page + 1) }),
    };
  },
};

function listed(order: { guid: string }, location: string, context: HydrateContext): ListedObject[] {
  const id = `${location}/${order.guid}`;
  let read: ReadResult;
  try {
    read = readOrder(order, location, context);
  } catch (thrown) {
    // It is asked for by itself, and its own fault is told there.
    if (thrown instanceof PermanentError) return [{ object: 'order', id, version: 0, transactions: [] }];
    throw thrown;
  }
  const transactions = read.events.flatMap((event) =>
    event.kind === 'transaction' ? [{ transactionId: event.transactionId, version: event.version }] : [],
  );
  const version = Math.max(0, ...transactions.map((one) => one.version));
  // What cannot be read becomes a dead letter when it is asked for.
  if (read.rejected.length > 0) return [{ object: 'order', id, version, transactions: [] }];
  // Nothing of it counts, so nothing of it can be missing.
  return transactions.length === 0 ? [] : [{ object: 'order', id, version, transactions, read }];
}
