import { z } from 'zod';
import { SECOND_MS, DAY_MS, toInstant } from '../../../time.ts';
import { scrub } from '../../../privacy/scrub.ts';
import { listAnswer, listPhase } from '../list-answer.ts';
import { Reading } from '../reading.ts';
import type {
  HydrateContext,
  ListClient,
  ListedObject,
  ListPage,
  ListQuery,
  ReadResult,
  VendorApi,
} from '../source.ts';
import { squareHydration } from './hydrate.ts';
import { OriginalIds } from '../original-ids.ts';
import { isWithoutMoney, refundSchema, refundWithoutOrder, squareRefundRules } from './refund.ts';

const objectId = z.string().min(1).max(192);
const cursorField = z.string().max(1_900).nullish();
const ordersSchema = z.object({
  orders: z
    .array(
      z.object({ id: objectId, version: z.int().min(0).nullish(), updated_at: z.string().max(40).nullish() }),
    )
    .nullish(),
  cursor: cursorField,
});
const paymentsSchema = z.object({
  payments: z
    .array(z.object({ id: objectId, status: z.string().nullish(), order_id: z.string().nullish() }))
    .nullish(),
  cursor: cursorField,
});
const refundsSchema = z.object({ refunds: z.array(z.unknown()).nullish(), cursor: cursorField });

/** An order of 500 lines takes 1 MB, and an answer is read up to 16. */
const ORDERS_PER_PAGE = 50;
const OTHERS_PER_PAGE = 100;

/**
 * Square: its orders by the time of their last change, and the payments and refunds that name no order.
 * https://developer.squareup.com/reference/square/orders-api/search-orders
 */
export const squareList: ListClient = {
  access: squareHydration,
  per: 'location',
  // Square publishes no limit; it answers 429 at some ten calls a second.
  pauseMs: SECOND_MS / 4,
  reachMs: 365 * DAY_MS,
  page(query, api, context) {
    const phase = listPhase(query.cursor, ['orders', 'payments', 'refunds']);
    return { orders, payments, refunds }[phase.phase](query, api, context, phase);
  },
};

type Phase = Pick<ReturnType<typeof listPhase>, 'cursor' | 'next'>;

async function orders(
  { location, fromMs, toMs }: ListQuery,
  api: VendorApi,
  { pseudonymise }: HydrateContext,
  { cursor, next }: Phase,
): Promise<ListPage> {
  const answer = await searched(api, {
    location_ids: [location],
    limit: ORDERS_PER_PAGE,
    query: {
      filter: {
        state_filter: { states: ['COMPLETED', 'CANCELED'] },
        date_time_filter: { updated_at: { start_at: toInstant(fromMs), end_at: toInstant(toMs) } },
      },
      sort: { sort_field: 'UPDATED_AT', sort_order: 'ASC' },
    },
    ...(cursor === undefined ? {} : { cursor }),
  });
  const found = listAnswer(ordersSchema, answer, "Square's list of orders");
  const objects = (found.orders ?? []).map((order): ListedObject => {
    const updatedMs = Date.parse(order.updated_at ?? '');
    return {
      object: 'order',
      id: order.id,
      // As a notice would announce it; an order that was made without the API has none.
      version: order.version ?? 0,
      transactions: [
        {
          transactionId: scrubbedId(order.id, pseudonymise),
          version: order.version ?? (Number.isNaN(updatedMs) ? 1 : updatedMs),
        },
      ],
    };
  });
  return pageOf(objects, next(found.cursor ?? undefined));
}

async function searched(api: VendorApi, query: unknown): Promise<unknown> {
  // Only stand-ins of tests have none.
  if (api.post === undefined) return { orders: [] };
  return api.post('/v2/orders/search', query);
}

const pathOf = (list: string, { location = '', fromMs, toMs }: ListQuery, cursor: string | undefined) =>
  `/v2/${list}?${new URLSearchParams({
    location_id: location,
    begin_time: toInstant(fromMs),
    end_time: toInstant(toMs),
    sort_order: 'ASC',
    limit: String(OTHERS_PER_PAGE),
    ...(cursor === undefined ? {} : { cursor }),
  }).toString()}`;

async function payments(
  query: ListQuery,
  api: VendorApi,
  { pseudonymise }: HydrateContext,
  { cursor, next }: Phase,
): Promise<ListPage> {
  const answer = await api.get(pathOf('payments', query, cursor));
  const found = listAnswer(paymentsSchema, answer, "Square's list of payments");
  const objects = (found.payments ?? [])
    .filter(({ order_id: orderId, status }) => !orderId && status === 'COMPLETED')
    .map((payment): ListedObject => ({
      object: 'payment',
      id: payment.id,
      version: 0,
      // In any version: as a payment without an order, or taken back by its order.
      transactions: [{ transactionId: scrubbedId(payment.id, pseudonymise), version: 1 }],
    }));
  return pageOf(objects, next(found.cursor ?? undefined));
}

async function refunds(
  query: ListQuery,
  api: VendorApi,
  context: HydrateContext,
  { cursor, next }: Phase,
): Promise<ListPage> {
  const answer = await api.get(pathOf('refunds', query, cursor));
  const found = listAnswer(refundsSchema, answer, "Square's list of refunds");
  const objects = (found.refunds ?? []).flatMap((refund) => refundWithout(refund, context));
  return pageOf(objects, next(found.cursor ?? undefined));
}

/** A refund that names no order is what its notice would be: a dead letter that says how much money is in doubt. */
function refundWithout(sent: unknown, context: HydrateContext): ListedObject[] {
  const ids = new OriginalIds(context.pseudonymise);
  const { value } = scrub(sent, { ...squareRefundRules, pseudonymise: ids.pseudonymise });
  const refund = listAnswer(refundSchema.required({ id: true }), value, "Square's list of refunds");
  if (refund.order_id || isWithoutMoney(refund)) return [];
  const original = ids.originalOf(refund.id);
  const reading = new Reading(context.catalog);
  reading.record(
    () => {
      throw refundWithoutOrder(refund);
    },
    () => ({
      id: refund.id,
      payload: JSON.stringify(refund),
      replayable: false,
      ask: {
        source: 'square',
        object: 'refund',
        id: original,
        version: 0,
        ...(context.sender === undefined ? {} : { sender: context.sender }),
        receivedAt: context.receivedAt,
        traceparent: context.traceparent,
      },
    }),
  );
  const read: ReadResult = reading.result;
  return [{ object: 'refund', id: original, version: 0, transactions: [], read }];
}

/** The id as events have it: digits that may be a card number stand there as a pseudonym. */
function scrubbedId(id: string, pseudonymise: HydrateContext['pseudonymise']): string {
  const rules = { ...squareRefundRules, pseudonymise };
  return (scrub({ id }, rules).value as { id: string }).id;
}

const pageOf = (objects: readonly ListedObject[], next: string | undefined): ListPage =>
  next === undefined ? { objects } : { objects, next };
