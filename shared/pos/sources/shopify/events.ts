import { PermanentError } from '../../../errors.ts';
import { addMinor } from '../../../money.ts';
import { Quality, businessDateFor, instantOf, storeOf } from '../../enrich.ts';
import type { MappedRecord } from '../reading.ts';
import type { ReadContext } from '../source.ts';
import type { Amounts } from './amounts.ts';
import { draftEvent, type EventParts, type OrderHead } from './draft-event.ts';
import type { LineContext } from './lines.ts';
import { exactId, type ShopifyOrder } from './order-schema.ts';
import { paidOf, paymentOf, tenderOf, type Claim, type Payment } from './payments.ts';
import { placeOf } from './refunds.ts';
import { draftsOfRefund, lineContext, type FoundOrder, type FoundRefund, type Sale } from './sale.ts';

/** States of an order in which what is open is still to be paid. */
const UNPAID = new Set(['pending', 'authorized', 'partially_paid', 'expired']);

/** Payments of the day of what they pay are its tenders; for the others the customer had an account meanwhile. */
function splitByDay(claim: Claim, parts: Pick<EventParts, 'businessDate' | 'store'>) {
  const dated = claim.payments.map((payment) => {
    const scratch = new Quality();
    const at = instantOf(payment.at, parts.store, scratch);
    return { payment, date: at && businessDateFor(undefined, at, parts.store, scratch) };
  });
  const isSameDay = (date: string | undefined) => date === undefined || date <= parts.businessDate;
  return {
    now: dated.filter(({ date }) => isSameDay(date)).map(({ payment }) => payment),
    later: dated.filter(({ date }) => !isSameDay(date)).map(({ payment }) => payment),
  };
}

export function saleEvents(
  { drafts, tipMinor, claim, cancelled }: Sale,
  found: FoundOrder,
  head: OrderHead,
  context: ReadContext,
  { amounts, quality }: LineContext,
): MappedRecord[] {
  const { order } = found;
  const location = order.location_id ?? claim.payments[0]?.transaction.location_id;
  const { parts, at } = place(location, order.processed_at ?? order.created_at, context, quality);
  const { now, later } = splitByDay(claim, { ...parts, businessDate: at.businessDate });
  const laterMinor = paidOf({ owedMinor: 0, payments: later });
  const openMinor = claim.owedMinor - paidOf(claim);
  const onAccountMinor = addMinor(
    laterMinor,
    UNPAID.has(order.financial_status ?? '') && openMinor > 0 ? openMinor : 0,
  );
  const sale = draftEvent(head, context, {
    ...parts,
    ...at,
    suffix: '',
    device: order.device_id ?? now[0]?.transaction.device_id,
    user: order.user_id,
    status: cancelled === true ? 'cancelled' : 'completed',
    currency: amounts.currency,
    drafts,
    tipMinor,
    roundingMinor: addMinor(...now.map(({ roundingMinor }) => roundingMinor)),
    tenders: [
      ...now.map((payment) => tenderOf(payment, 1, context, quality)),
      ...(onAccountMinor === 0 || cancelled === true
        ? []
        : [{ type: 'account' as const, label: 'paid later', amountMinor: onAccountMinor }]),
    ],
    quality,
  });
  return [sale, ...later.map((payment) => laterPayment(payment, location, head, amounts, context))];
}

function laterPayment(
  payment: Payment,
  location: ShopifyOrder['location_id'],
  head: OrderHead,
  amounts: Amounts,
  context: ReadContext,
): MappedRecord {
  const quality = new Quality();
  const { transaction, amountMinor, roundingMinor } = payment;
  const { parts, at } = place(transaction.location_id ?? location, payment.at, context, quality);
  return draftEvent(head, context, {
    ...parts,
    ...at,
    suffix: `-P${payment.id}`,
    device: transaction.device_id,
    user: transaction.user_id,
    status: 'completed',
    currency: amounts.currency,
    drafts: [],
    tipMinor: 0,
    roundingMinor,
    tenders: [
      tenderOf(payment, 1, context, quality),
      { type: 'account', label: 'paid later', amountMinor: -amountMinor },
    ],
    quality,
  });
}

export function refundEvents(
  { refund, id, state, paid, exchanged, claim }: FoundRefund,
  { order }: FoundOrder,
  head: OrderHead,
  context: ReadContext,
): MappedRecord[] {
  if (state === 'pending') return [{ outcome: 'ignored', reason: 'refund-pending' }];
  const line = lineContext(order, context);
  const { amounts, quality } = line;
  const drafts = draftsOfRefund(refund, exchanged, line);
  const { location, disagrees } = placeOf(refund, paid);
  if (disagrees) quality.flag('store-ambiguous', '/order/refunds/refund_line_items/location_id');
  const where = location ?? order.location_id;
  const { parts, at } = place(where, refund.processed_at ?? refund.created_at, context, quality);
  const back = paid.map((one) => paymentOf(one, amounts));
  const { now, later } = splitByDay(claim, { ...parts, businessDate: at.businessDate });
  const laterMinor = paidOf({ owedMinor: 0, payments: later });
  const roundingMinor = addMinor(
    ...back.map((payment) => -payment.roundingMinor),
    ...now.map((payment) => payment.roundingMinor),
  );
  const failed = state === 'failed';
  const event = draftEvent(head, context, {
    ...parts,
    ...at,
    suffix: `-R${id}`,
    device: paid[0]?.device_id ?? now[0]?.transaction.device_id,
    user: refund.user_id,
    // A refund that failed after it succeeded takes its money back.
    status: failed ? 'cancelled' : 'completed',
    currency: amounts.currency,
    drafts,
    tipMinor: 0,
    roundingMinor: failed ? 0 : roundingMinor,
    tenders: failed
      ? []
      : [
          ...back.map((payment) => tenderOf(payment, -1, context, quality)),
          ...now.map((payment) => tenderOf(payment, 1, context, quality)),
          ...(laterMinor === 0
            ? []
            : [{ type: 'account' as const, label: 'paid later', amountMinor: laterMinor }]),
        ],
    returnOf: head.id,
    quality,
  });
  return [event, ...later.map((payment) => laterPayment(payment, where, head, amounts, context))];
}

/** @throws PermanentError `schema` for what has no place or no time. */
function place(
  location: ShopifyOrder['location_id'],
  time: string | undefined,
  { catalog }: ReadContext,
  quality: Quality,
) {
  if (location === undefined) {
    throw new PermanentError('schema', 'A till order names no location', { where: '/order/location_id' });
  }
  const { store, storeId } = storeOf(catalog, 'shopify', exactId(location), quality);
  const occurredAt = instantOf(time ?? '', store, quality);
  if (occurredAt === undefined) {
    throw new PermanentError('schema', 'The order has no time', { where: '/order/processed_at' });
  }
  const businessDate = businessDateFor(undefined, occurredAt, store, quality);
  return { parts: { store, storeId }, at: { occurredAt, businessDate } };
}
