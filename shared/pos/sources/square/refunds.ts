import { PermanentError, TransientError } from '../../../errors.ts';
import { VENDOR_NOT_FOUND, type ReadContext, type VendorApi } from '../source.ts';
import { readSquareOrder } from './order.ts';
import type { SquareOrder } from './order-schema.ts';
import { readSquarePayment } from './payment.ts';
import { ownTenderTypes, refundsOf, type TenderTypes } from './tenders.ts';

/** Square gives back at most what one order took; more lookups than this would be an attack on our rate limit. */
const MAX_LOOKUPS = 20;

/**
 * Asks Square how the refunded orders were paid: for the order first, which the token may read anyway, then for the
 * payment. What Square does not know stays out of the result.
 * @throws TransientError
 */
export async function tenderTypesOfRefunds(
  order: SquareOrder,
  api: VendorApi,
  context: ReadContext,
): Promise<TenderTypes> {
  const found = new Map(ownTenderTypes(order));
  const sources = (order.returns ?? []).flatMap(({ source_order_id: id }) => (id ? [id] : []));
  let lookups = 0;
  const ask = async (path: string, read: (answer: unknown) => void): Promise<void> => {
    if (lookups >= MAX_LOOKUPS) return;
    lookups += 1;
    const answer = await answerOf(api, path);
    if (answer !== undefined) read(answer);
  };
  const askedOrders = new Set([order.id]);
  for (const refund of refundsOf(order)) {
    const tenderId = refund.tender_id;
    if (!tenderId || found.has(tenderId)) continue;
    for (const orderId of [refund.transaction_id, ...sources]) {
      if (!orderId || askedOrders.has(orderId) || found.has(tenderId)) continue;
      askedOrders.add(orderId);
      await ask(`/v2/orders/${encodeURIComponent(orderId)}`, (answer) => {
        for (const [id, type] of ownTenderTypes(readSquareOrder(answer, context))) found.set(id, type);
      });
    }
    if (found.has(tenderId)) continue;
    await ask(`/v2/payments/${encodeURIComponent(tenderId)}`, (answer) => {
      const { source_type: type } = readSquarePayment(answer, context);
      if (type !== undefined) found.set(tenderId, type);
    });
  }
  return found;
}

/** @returns undefined where Square does not know it, or does not let us read it: the refund itself must not wait for that. */
async function answerOf(api: VendorApi, path: string): Promise<unknown> {
  try {
    return await api.get(path);
  } catch (thrown) {
    if (thrown instanceof PermanentError) return undefined;
    if (thrown instanceof TransientError && UNKNOWN.has(thrown.code)) return undefined;
    throw thrown;
  }
}

const UNKNOWN = new Set([VENDOR_NOT_FOUND, 'vendor-unauthorized']);
