import { PermanentError } from '../../../errors.ts';
import { addMinor } from '../../../money.ts';
import type { MappedRecord } from '../reading.ts';
import type { ReadContext } from '../source.ts';
import type { OrderHead } from './draft-event.ts';
import { refundEvents, saleEvents } from './events.ts';
import { exactId } from './order-schema.ts';
import { allocate, isChange, isPayment, isTill, paymentOf, withChange } from './payments.ts';
import { moneyOf } from './refunds.ts';
import { lineContext, owedBy, saleOf, withOrderRounding, type FoundOrder, type FoundRefund } from './sale.ts';

/**
 * The events of an order: its sale; each refund or exchange, on its own day and in its own store; and each payment that
 * came on a later day than what it pays. All have the version of the order, so a changed order supersedes them.
 * @throws PermanentError `schema`, `tender-currency`
 */
export function mapShopifyOrder(found: FoundOrder, context: ReadContext): MappedRecord[] {
  const { order, transactions } = found;
  if (order.test === true) return [{ outcome: 'ignored', reason: 'test-order' }];
  const head = headOf(found);
  const current = new Map(transactions.map((one) => [String(one.id), one]));
  const isTillOrder =
    isTill(order.source_name) || transactions.some((one) => isPayment(one) && isTill(one.source_name));
  const refunds = (order.refunds ?? []).map((refund): FoundRefund => {
    const id = exactId(refund.id, refund.admin_graphql_api_id);
    const exchanged = found.exchangedLines.get(id) ?? new Set<string>();
    const money = moneyOf(refund, current);
    const owedMinor = isTillOrder ? owedBy(refund, exchanged, order, context) : 0;
    return { ...money, refund, id, exchanged, claim: { owedMinor, payments: [] } };
  });
  if (isTillOrder) return tillOrder(found, refunds, head, context);
  const atTill = refunds.filter(({ paid }) => paid.some((one) => isTill(one.source_name)));
  if (atTill.length === 0) return [{ outcome: 'ignored', reason: 'not-a-till-order' }];
  return atTill.flatMap((refund) => refundEvents(refund, found, head, context));
}

function tillOrder(
  found: FoundOrder,
  refunds: readonly FoundRefund[],
  head: OrderHead,
  context: ReadContext,
): MappedRecord[] {
  const { order, transactions } = found;
  // Items that an edit took away without money are no return: they lower the sale.
  const lowering = refunds.filter(
    ({ state, exchanged, claim }) => state === 'no-money' && exchanged.size === 0 && claim.owedMinor !== 0,
  );
  const own = refunds.filter((one) => !lowering.includes(one));
  const exchangedLines = new Set(own.flatMap(({ exchanged }) => [...exchanged]));
  const line = lineContext(order, context);
  const sale = saleOf(found, exchangedLines, lowering, line);
  const claims = [sale.claim, ...own.filter(({ exchanged }) => exchanged.size > 0).map(({ claim }) => claim)];
  const { amounts, quality } = line;
  const payments = withChange(
    transactions.filter(isPayment).map((one) => paymentOf(one, amounts)),
    transactions.filter(isChange).map((one) => paymentOf(one, amounts)),
    addMinor(...claims.map(({ owedMinor }) => owedMinor)),
    quality,
  );
  allocate(withOrderRounding(payments, line), claims);
  const isOpen = sale.claim.owedMinor > 0 && payments.length === 0;
  const records = own.flatMap((refund) => refundEvents(refund, found, head, context));
  if (order.cancelled_at !== undefined && payments.length === 0) {
    // Whatever counted of it before counts no more.
    return [...saleEvents({ ...sale, cancelled: true }, found, head, context, line), ...records];
  }
  if (isOpen) return [{ outcome: 'ignored', reason: 'order-not-paid' }, ...records];
  return [...saleEvents(sale, found, head, context, line), ...records];
}

function headOf({ order, transactions, customerRef }: FoundOrder): OrderHead {
  const updatedMs = Date.parse(order.updated_at ?? order.processed_at ?? order.created_at ?? '');
  if (Number.isNaN(updatedMs)) {
    throw new PermanentError('schema', 'The order has no time', { where: '/order/updated_at' });
  }
  // Shopify's times are whole seconds. What only grows as an order goes on tells two states of one second apart.
  const refunds = order.refunds ?? [];
  const settled = [...transactions, ...refunds.flatMap((one) => one.transactions ?? [])].filter(
    ({ status }) => status !== 'pending' && status !== undefined,
  );
  const progress = order.line_items.length + transactions.length + refunds.length + settled.length;
  return {
    id: exactId(order.id, order.admin_graphql_api_id),
    version: updatedMs + Math.min(progress, 999),
    order,
    customerRef,
  };
}
