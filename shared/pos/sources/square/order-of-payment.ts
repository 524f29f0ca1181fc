import { z } from 'zod';
import { PermanentError, TransientError } from '../../../errors.ts';
import { MINUTE_MS, toInstant } from '../../../time.ts';
import type { PosEvent } from '../../event.ts';
import { VENDOR_NOT_FOUND, type HydrateContext, type VendorApi } from '../source.ts';
import type { SquareOrder } from './order-schema.ts';
import { readSquarePayment, takenBackPayment, type SquarePayment } from './payment.ts';

/**
 * A payment counts once: with its order, or by itself where there is none. Two rules meet in the middle, so neither
 * order of notices can count it twice and no everyday order costs more than it did:
 *
 * - An order whose payment is old enough to have been taken for one without an order takes it back (`paymentsTakenBack`).
 * - A payment without an order is looked for among the orders that were complete before that age (`orderOfPayment`).
 */

/** So long a completed payment may be without its order before we believe that there is none. */
export const ORDER_PATIENCE_MS = 15 * MINUTE_MS;
/** The rules overlap by as much as clocks and Square's own copies may be behind each other. */
const OVERLAP_MS = 10 * MINUTE_MS;
/** More payments than this are taken back by what the order says of them. */
const MAX_LOOKUPS = 20;

/** The payments of a completed order, as the versions that take them back. @throws TransientError */
export async function paymentsTakenBack(
  order: SquareOrder,
  api: VendorApi,
  context: HydrateContext,
): Promise<PosEvent[]> {
  if (order.state !== 'COMPLETED') return [];
  const events = new Map<string, PosEvent>();
  let lookups = 0;
  for (const tender of order.tenders ?? []) {
    const id = tender.payment_id ?? tender.id;
    if (id === undefined || id === null || events.has(id)) continue;
    // Without a time it may be old.
    const ageMs = context.nowMs - Date.parse(tender.created_at ?? '');
    if (ageMs < ORDER_PATIENCE_MS - OVERLAP_MS) continue;
    lookups += 1;
    const payment = lookups > MAX_LOOKUPS ? undefined : await paymentOf(id, api, context);
    const created_at = tender.created_at ?? order.closed_at ?? order.updated_at;
    const { amount_money } = tender;
    const ofOrder = { id, location_id: order.location_id, created_at, amount_money };
    events.set(id, takenBackPayment(payment ?? ofOrder, context));
  }
  return [...events.values()];
}

/** @returns undefined where Square does not know it or does not let us read it: the order itself must not wait for that. */
async function paymentOf(
  id: string,
  api: VendorApi,
  context: HydrateContext,
): Promise<SquarePayment | undefined> {
  try {
    const payment = readSquarePayment(await api.get(`/v2/payments/${encodeURIComponent(id)}`), context);
    return payment.id === id && payment.location_id !== undefined ? payment : undefined;
  } catch (thrown) {
    if (thrown instanceof PermanentError) return undefined;
    if (thrown instanceof TransientError && UNREADABLE.has(thrown.code)) return undefined;
    throw thrown;
  }
}

const UNREADABLE = new Set([VENDOR_NOT_FOUND, 'vendor-unauthorized']);

const foundSchema = z.object({
  orders: z
    .array(
      z.object({
        id: z.string().min(1),
        tenders: z.array(z.object({ id: z.string().nullish(), payment_id: z.string().nullish() })).nullish(),
      }),
    )
    .nullish(),
  cursor: z.string().nullish(),
});

const PAGE = 500;
const MAX_PAGES = 10;

/**
 * The order that a payment paid though the payment does not name it. Only orders that were complete while the payment
 * was young are asked for: later ones take the payment back.
 * @param id of the payment, as Square has it.
 * @returns its id at Square.
 * @throws TransientError; PermanentError `too-many-orders` rather than to count money that may be counted already.
 */
export async function orderOfPayment(
  id: string,
  payment: SquarePayment,
  api: VendorApi,
): Promise<string | undefined> {
  const createdMs = Date.parse(payment.created_at ?? payment.updated_at ?? '');
  if (api.post === undefined || payment.location_id === undefined || Number.isNaN(createdMs))
    return undefined;
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await api.post('/v2/orders/search', {
      location_ids: [payment.location_id],
      limit: PAGE,
      query: {
        filter: {
          state_filter: { states: ['COMPLETED'] },
          date_time_filter: {
            closed_at: {
              start_at: toInstant(createdMs - OVERLAP_MS),
              end_at: toInstant(createdMs + ORDER_PATIENCE_MS + OVERLAP_MS),
            },
          },
        },
        sort: { sort_field: 'CLOSED_AT', sort_order: 'ASC' },
      },
      ...(cursor === undefined ? {} : { cursor }),
    });
    const found = foundSchema.safeParse(answer);
    if (!found.success) {
      throw new PermanentError('schema', "The search is not answered in the form of Square's Orders API");
    }
    const order = (found.data.orders ?? []).find(({ tenders }) =>
      tenders?.some((tender) => tender.payment_id === id || tender.id === id),
    );
    if (order) return order.id;
    cursor = found.data.cursor ?? undefined;
    if (cursor === undefined || cursor === '') return undefined;
  }
  throw new PermanentError(
    'too-many-orders',
    `The location has more than ${PAGE * MAX_PAGES} orders around the payment, so whether one of them is paid with it is not known`,
  );
}
