import { ownValue } from '../../../own-value.ts';
import { PermanentError } from '../../../errors.ts';
import { addMinor } from '../../../money.ts';
import { checkedEvent } from '../../canonical.ts';
import { Quality, businessDateFor, instantOf, storeOf } from '../../enrich.ts';
import { SCHEMA_VERSION } from '../../event.ts';
import { scrub } from '../../../privacy/scrub.ts';
import type { MappedRecord } from '../reading.ts';
import type { ReadContext } from '../source.ts';
import { linesOf } from './order-lines.ts';
import { compiledOrderAnswer, type SquareMoney, type SquareOrder } from './order-schema.ts';
import { refundState, tendersOf, type TenderTypes } from './tenders.ts';

const productFields = new Set(['catalogobjectid']);
const idFields = new Set([
  'id',
  'uid',
  'customerid',
  'sourceorderid',
  'locationid',
  'tenderid',
  'paymentid',
  'transactionid',
]);
/** Products, taxes and discounts have names as well. */
const harmlessNames = new Set(['name', 'variationname']);

/**
 * Reads the answer of `GET /v2/orders/{id}`: scrubbed and validated.
 * @throws PermanentError `schema`
 */
export function readSquareOrder(answer: unknown, { pseudonymise }: ReadContext): SquareOrder {
  const { value } = scrub(answer, { productFields, idFields, harmlessNames, pseudonymise });
  const parsed = compiledOrderAnswer.safeParse(value);
  if (parsed.success) return parsed.data.order;
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
 * Square sends an order again and again as it changes: its version, or the millisecond of its last change where the
 * order was made without the API, tells which one supersedes. An order that is neither completed nor cancelled is no
 * transaction yet; a later notification brings it.
 * @param paidWith tender types of other orders, by tender id: a refund names the tender that it pays back.
 * @throws PermanentError `schema`
 */
export function mapSquareOrder(
  order: SquareOrder,
  context: ReadContext,
  paidWith: TenderTypes = new Map(),
): MappedRecord {
  const final = ownValue(STATUS_OF, order.state ?? '');
  if (!final) return { outcome: 'ignored', reason: 'order-not-final' };
  const refunded = refundState(order);
  if (refunded === 'pending') return { outcome: 'ignored', reason: 'refund-pending' };
  // A refund that failed is no money; a version that booked it counts no more.
  const status = refunded === 'failed' ? 'cancelled' : final;
  const quality = new Quality();
  const { store, storeId } = storeOf(context.catalog, 'square', order.location_id, quality);
  const updatedAt = order.updated_at ?? order.closed_at ?? order.created_at ?? '';
  const occurredAt = instantOf(order.closed_at ?? updatedAt, store, quality);
  const updatedMs = Date.parse(updatedAt);
  if (occurredAt === undefined || Number.isNaN(updatedMs)) {
    throw new PermanentError('schema', 'The order has no time', { where: '/order/closed_at' });
  }
  const currency = currencyOf(order, store?.currency);
  checkCurrencies(order, currency);
  const version = order.version ?? updatedMs;
  const { lines, taxIncluded, taxMinor } = linesOf(order, context, quality);
  const linesMinor = addMinor(...lines.map((line) => line.extendedAmountMinor));
  const grossMinor = taxIncluded ? linesMinor : addMinor(linesMinor, taxMinor);
  const tipMinor = addMinor(amountOf(order.total_tip_money), -amountOf(order.return_amounts?.tip_money));
  const roundingMinor = roundingOf(order);
  const source = order.returns?.find((returned) => returned.source_order_id)?.source_order_id;
  const tenders = tendersOf(order, paidWith, quality);
  if (refunded === 'partly-failed') quality.flag('totals-unbalanced', '/order/refunds');
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
    currency,
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

/**
 * Amounts of two currencies cannot be added, and Square has none such in an order.
 * @throws PermanentError `schema`
 */
function checkCurrencies(part: unknown, currency: string | undefined, where = '/order'): void {
  if (typeof part !== 'object' || part === null) return;
  if ('amount' in part && 'currency' in part && part.currency !== currency) {
    const message = `is in another currency than the order, which is in ${currency ?? 'none'}`;
    throw new PermanentError('schema', message, { where });
  }
  for (const [name, inner] of Object.entries(part)) checkCurrencies(inner, currency, `${where}/${name}`);
}

function roundingOf(order: SquareOrder): number {
  const returned = (order.returns ?? []).map((entry) => -amountOf(entry.rounding_adjustment?.amount_money));
  return addMinor(amountOf(order.rounding_adjustment?.amount_money), ...returned);
}
