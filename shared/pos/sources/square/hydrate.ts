import { PermanentError, TransientError } from '../../../errors.ts';
import { HOUR_MS, MINUTE_MS } from '../../../time.ts';
import { readingOf, type MappedRecord } from '../reading.ts';
import {
  VENDOR_NOT_FOUND,
  type HydrateContext,
  type HydrateRequest,
  type Hydration,
  type VendorApi,
} from '../source.ts';
import { mapSquareOrder, readSquareOrder } from './order.ts';
import type { SquareOrder } from './order-schema.ts';
import { ORDER_PATIENCE_MS, orderOfPayment, paymentsTakenBack } from './order-of-payment.ts';
import { OriginalIds } from '../original-ids.ts';
import { mapPaymentWithoutOrder, readSquarePayment } from './payment.ts';
import { isWithoutMoney, readSquareRefund, refundWithoutOrder } from './refund.ts';
import { tenderTypesOfRefunds } from './refunds.ts';

/** The version of the API that the schemas are written for; Square keeps answering in it. */
const API_VERSION = '2025-10-16';

/** Asks Square for the order that a notice named, or for a payment that names no order. */
export const squareHydration: Hydration = {
  apiUrl: 'https://connect.squareup.com',
  tokenSecret: 'square-access-token',
  headers: (token) => ({
    authorization: `Bearer ${token}`,
    accept: 'application/json',
    'square-version': API_VERSION,
  }),
  // The ladder on which Square repeats its own webhooks: eleven tries within 24 hours.
  notFoundDelaysMs: [
    MINUTE_MS / 4,
    MINUTE_MS,
    2 * MINUTE_MS,
    4 * MINUTE_MS,
    8 * MINUTE_MS,
    15 * MINUTE_MS,
    HOUR_MS / 2,
    HOUR_MS,
    2 * HOUR_MS,
    4 * HOUR_MS,
    8 * HOUR_MS,
    8 * HOUR_MS,
  ],
  async hydrate(request, vendor, given) {
    const ids = new OriginalIds(given.pseudonymise);
    const context = { ...given, pseudonymise: ids.pseudonymise };
    const map = Object.hasOwn(READERS, request.object) ? READERS[request.object as SquareObject] : fromOrder;
    const records = await map(request, ids.apiOf(vendor), context, ids);
    return readingOf(records, context.catalog);
  },
};

type Reader = (
  request: HydrateRequest,
  api: VendorApi,
  context: HydrateContext,
  ids: OriginalIds,
) => Promise<MappedRecord[]>;
type SquareObject = 'order' | 'payment' | 'refund';
const READERS: Readonly<Record<SquareObject, Reader>> = {
  order: fromOrder,
  payment: fromPayment,
  refund: fromRefund,
};

async function fromOrder(
  request: HydrateRequest,
  api: VendorApi,
  context: HydrateContext,
): Promise<MappedRecord[]> {
  const order = readSquareOrder(await api.get(`/v2/orders/${encodeURIComponent(request.id)}`), context);
  checkReadable(order, context.nowMs);
  const mapped = mapSquareOrder(order, context, await tenderTypesOfRefunds(order, api, context));
  if (mapped.outcome === 'event' && mapped.event.version < request.version) {
    throw new TransientError(
      VENDOR_NOT_FOUND,
      'Square answers with an older version than it announced: the newer one is not readable yet',
    );
  }
  // First, so a store's books never hold the money twice in between: one store's events keep their order.
  const takenBack = await paymentsTakenBack(order, api, context);
  return [...takenBack.map((event): MappedRecord => ({ outcome: 'event', event })), mapped];
}

/**
 * Square's own copies catch up with each other: a completed order may lack its amounts or its tenders for a while. What
 * is missing is no zero.
 * @throws TransientError while it may still come, PermanentError `schema` where amounts do not come at all.
 */
function checkReadable(order: SquareOrder, nowMs: number): void {
  if (order.state !== 'COMPLETED') return;
  const lines = [
    ...(order.line_items ?? []),
    ...(order.returns ?? []).flatMap((one) => one.return_line_items ?? []),
  ];
  const lacksAmounts = lines.some((line) => line.total_money === undefined);
  const lacksTenders = (order.total_money?.amount ?? 0) > 0 && (order.tenders ?? []).length === 0;
  if (!lacksAmounts && !lacksTenders) return;
  const atMs = Date.parse(order.updated_at ?? order.closed_at ?? '');
  if (nowMs - atMs < ORDER_PATIENCE_MS) {
    throw new TransientError(VENDOR_NOT_FOUND, 'The order does not have its amounts or tenders yet');
  }
  // Without tenders the event does not balance, and finance sees that; without amounts it would be silently wrong.
  if (lacksAmounts) {
    throw new PermanentError('schema', 'A line of the order has no total_money', {
      where: '/order/line_items',
    });
  }
}

const PAYMENT_PENDING = new Set(['APPROVED', 'PENDING']);

async function fromPayment(
  request: HydrateRequest,
  api: VendorApi,
  context: HydrateContext,
  ids: OriginalIds,
): Promise<MappedRecord[]> {
  const answer = await api.get(`/v2/payments/${encodeURIComponent(request.id)}`);
  const payment = readSquarePayment(answer, context);
  if (payment.order_id) return [askForOrder(ids.originalOf(payment.order_id), request)];
  const status = payment.status ?? '';
  // A later notification brings one that is not final yet.
  if (PAYMENT_PENDING.has(status)) return [{ outcome: 'ignored', reason: 'payment-not-final' }];
  if (status !== 'COMPLETED') return [{ outcome: 'ignored', reason: 'payment-without-money' }];
  const atMs = Date.parse(payment.updated_at ?? payment.created_at ?? '');
  if (Number.isNaN(atMs)) {
    throw new PermanentError('schema', 'The payment has no time', { where: '/payment/created_at' });
  }
  if (context.nowMs - atMs < ORDER_PATIENCE_MS) {
    throw new TransientError(VENDOR_NOT_FOUND, 'The payment has no order yet');
  }
  const orderId = await orderOfPayment(request.id, payment, api);
  if (orderId !== undefined) return [askForOrder(orderId, request)];
  return [{ outcome: 'event', event: mapPaymentWithoutOrder(payment, context) }];
}

/** Only a replay asks for one: Square's notice of a refund without an order is a dead letter. */
async function fromRefund(
  request: HydrateRequest,
  api: VendorApi,
  context: HydrateContext,
  ids: OriginalIds,
): Promise<MappedRecord[]> {
  const refund = readSquareRefund(await api.get(`/v2/refunds/${encodeURIComponent(request.id)}`), context);
  if (refund.order_id) return [askForOrder(ids.originalOf(refund.order_id), request)];
  if (isWithoutMoney(refund)) return [{ outcome: 'ignored', reason: 'refund-without-money' }];
  throw refundWithoutOrder(refund);
}

const askForOrder = (id: string, request: HydrateRequest): MappedRecord => ({
  outcome: 'hydrate',
  request: { ...request, object: 'order', id, version: 0 },
});
