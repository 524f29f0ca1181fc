import { z } from 'zod';
import { PermanentError } from '../../../errors.ts';
import { DAY_MS, SECOND_MS, toInstant } from '../../../time.ts';
import { listAnswer } from '../list-answer.ts';
import type { HydrateContext, ListClient, ListedObject, ReadResult } from '../source.ts';
import { afterSlice, sliceOf } from '../time-slices.ts';
import { RESTAURANT_HEADER, readOrder, toastHydration } from './hydrate.ts';

const PAGE_SIZE = 100;
const ordersSchema = z.array(z.looseObject({ guid: z.string().max(64) })).max(PAGE_SIZE);

/** Java's pattern of an offset takes no `Z`. */
const toastTime = (ms: number): string => toInstant(ms).replace('Z', '+0000');

/**
 * Toast: a restaurant's orders by the time of their last change.
 * https://doc.toasttab.com/openapi/orders/operation/ordersBulkGet
 */
export const toastList: ListClient = {
  access: toastHydration,
  per: 'location',
  // Twenty calls a second and restaurant are allowed, and 10,000 in a quarter of an hour.
  pauseMs: SECOND_MS / 2,
  reachMs: 30 * DAY_MS,
  async page(query, api, context) {
    const { location = '' } = query;
    const slice = sliceOf(query.cursor, query);
    const asked = new URLSearchParams({
      startDate: toastTime(slice.fromMs),
      endDate: toastTime(slice.toMs),
      pageSize: String(PAGE_SIZE),
      page: String(slice.page),
    });
    const answer = await api.get(`/orders/v2/ordersBulk?${asked.toString()}`, {
      [RESTAURANT_HEADER]: location,
    });
    const orders = listAnswer(ordersSchema, answer, "Toast's list of orders");
    const { isWhole, next } = afterSlice(slice, orders.length === PAGE_SIZE, query);
    return {
      objects: isWhole ? orders.flatMap((order) => listed(order, location, context)) : [],
      ...(next === undefined ? {} : { next }),
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
