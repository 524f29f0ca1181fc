import { PermanentError } from '../../../errors.ts';
import { addMinor } from '../../../money.ts';
import { checkedEvent } from '../../canonical.ts';
import { Quality, businessDateFor, instantOf, storeOf } from '../../enrich.ts';
import { SCHEMA_VERSION, type PosEvent, type Tender } from '../../event.ts';
import { scrub } from '../../../privacy/scrub.ts';
import type { ReadContext } from '../source.ts';
import { linesOf } from './order-lines.ts';
import { compiledOrderAnswer, type SquareMoney, type SquareOrder } from './order-schema.ts';

/** An order that is neither completed nor cancelled is no transaction yet; a later notification brings it. */
export type MappedOrder =
  | { readonly outcome: 'event'; readonly event: PosEvent }
  | { readonly outcome: 'ignored'; readonly reason: string };

const productFields = new Set(['catalogobjectid']);
const idFields = new Set(['id', 'uid', 'customerid', 'sourceorderid', 'locationid', 'tenderid']);
/** Products, taxes and discounts have names as well. */
const harmlessNames = new Set(['name', 'variationname']);

/**
 * Reads the answer of `GET /v2/orders/{id}`: scrubbed, validated and mapped.
 * @throws PermanentError `schema`
 */
export function readSquareOrder(answer: unknown, context: ReadContext): MappedOrder {
  const { value } = scrub(answer, {
    productFields,
    idFields,
    harmlessNames,
    pseudonymise: context.pseudonymise,
  });
  const parsed = compiledOrderAnswer.safeParse(value);
  if (parsed.success) return mapSquareOrder(parsed.data.order, context);
  const path = parsed.error.issues[0]?.path ?? [];
  throw new PermanentError('schema', "The order is not in the form of Square's Orders API", {
    where: path.map((part) => `/${String(part)}`).join(''),
  });
}

const STATUS_OF: Readonly<Record<string, 'completed' | 'cancelled'>> = {
  COMPLETED: 'completed',
  CANCELED: 'cancelled',
};

/**
 * Square sends an order again and again as it changes: its version, or the time of its last change where the order was
 * made without the API, tells which one supersedes.
 * @throws PermanentError `schema`
 */
function mapSquareOrder(order: SquareOrder, context: ReadContext): MappedOrder {
  const status = STATUS_OF[order.state ?? ''];
  if (!status) return { outcome: 'ignored', reason: 'order-not-final' };
  const quality = new Quality();
  const { store, storeId } = storeOf(context.catalog, 'square', order.location_id, quality);
  const updatedAt = order.updated_at ?? order.closed_at ?? order.created_at ?? '';
  const occurredAt = instantOf(order.closed_at ?? updatedAt, store, quality);
  const updatedMs = Date.parse(updatedAt);
  if (occurredAt === undefined || Number.isNaN(updatedMs)) {
    throw new PermanentError('schema', 'The order has no time', { where: '/order/closed_at' });
  }
  const version = order.version ?? Math.floor(updatedMs / 1000);
  const { lines, taxIncluded, taxMinor } = linesOf(order, context, quality);
  const linesMinor = addMinor(...lines.map((line) => line.extendedAmountMinor));
  const grossMinor = taxIncluded ? linesMinor : addMinor(linesMinor, taxMinor);
  const tipMinor = addMinor(amountOf(order.total_tip_money), -amountOf(order.return_amounts?.tip_money));
  const roundingMinor = roundingOf(order);
  const source = order.returns?.find((returned) => returned.source_order_id)?.source_order_id;
  const tenders = tendersOf(order, quality);
  const businessDate = businessDateFor(undefined, occurredAt, store, quality);
  const { issues } = quality;
  const event = checkedEvent({
    schemaVersion: SCHEMA_VERSION,
    eventId: `square:${order.id}:${version}`,
    source: 'square',
    storeId,
    tillId: 'square',
    occurredAt,
    businessDate,
    receivedAt: context.receivedAt,
    offline: false,
    training: false,
    traceparent: context.traceparent,
    version: Math.max(1, version),
    kind: 'transaction',
    transactionId: order.id,
    status,
    currency: currencyOf(order, store?.currency),
    taxIncluded,
    lines,
    tenders,
    totals: {
      netMinor: addMinor(grossMinor, -taxMinor),
      taxMinor,
      grossMinor,
      ...(tipMinor === 0 ? {} : { tipMinor }),
      ...(roundingMinor === 0 ? {} : { roundingMinor }),
    },
    ...(order.customer_id ? { customerRef: context.pseudonymise('customer', order.customer_id) } : {}),
    ...(source ? { returnOf: { transactionId: source } } : {}),
    ...(issues.length === 0 ? {} : { quality: issues }),
  });
  return { outcome: 'event', event };
}

const amountOf = (money: SquareMoney | undefined): number => money?.amount ?? 0;

function currencyOf(order: SquareOrder, ofStore: string | undefined): string | undefined {
  return order.total_money?.currency ?? order.tenders?.[0]?.amount_money?.currency ?? ofStore;
}

function roundingOf(order: SquareOrder): number {
  const returned = (order.returns ?? []).map((entry) => -amountOf(entry.rounding_adjustment?.amount_money));
  return addMinor(amountOf(order.rounding_adjustment?.amount_money), ...returned);
}

const TENDER_OF: Readonly<Record<string, Tender['type']>> = {
  CARD: 'card',
  THIRD_PARTY_CARD: 'card',
  CASH: 'cash',
  SQUARE_GIFT_CARD: 'giftCard',
  WALLET: 'mobile',
  SQUARE_ACCOUNT: 'mobile',
  BUY_NOW_PAY_LATER: 'account',
  BANK_ACCOUNT: 'account',
  OTHER: 'other',
};
const REFUND_HAPPENED = new Set(['APPROVED', 'COMPLETED', 'PENDING']);

function tendersOf(order: SquareOrder, quality: Quality): Tender[] {
  const typeOf = (name: string): Tender['type'] => {
    const type = TENDER_OF[name];
    if (!type) quality.flag('unknown-tender');
    return type ?? 'other';
  };
  const paid = (order.tenders ?? [])
    // NO_SALE stands for a total of nothing.
    .filter((tender) => tender.type !== 'NO_SALE')
    .map((tender) => {
      const label = tender.type;
      const handed = tender.cash_details?.buyer_tendered_money;
      if (!handed) return { type: typeOf(tender.type), label, amountMinor: amountOf(tender.amount_money) };
      const changeMinor = amountOf(tender.cash_details?.change_back_money);
      return { type: typeOf(tender.type), label, amountMinor: handed.amount, changeMinor };
    });
  // A sale that was refunded later names the refund too, but the refund belongs to the order that returns.
  if ((order.returns ?? []).length === 0) return paid;
  const types = new Map((order.tenders ?? []).map((tender) => [tender.id, tender.type]));
  const refunded = (order.refunds ?? [])
    .filter((refund) => REFUND_HAPPENED.has(refund.status ?? 'APPROVED'))
    .map((refund) => ({
      type: typeOf(types.get(refund.tender_id ?? '') ?? ''),
      label: 'refund',
      amountMinor: -amountOf(refund.amount_money),
    }));
  return [...paid, ...refunded];
}
