import { PermanentError } from '../../../errors.ts';
import { currencySchema, type Currency } from '../../../money.ts';
import { toInstant } from '../../../time.ts';
import { businessDateFor, storeOf, type Quality } from '../../enrich.ts';
import type { ReadContext } from '../source.ts';
import type { CloverLine, CloverOrder, CloverPayment } from './order-schema.ts';

/** An order with all that was asked for. */
export interface FoundOrder {
  readonly merchant: string;
  readonly order: CloverOrder;
  readonly items: readonly CloverLine[];
  readonly payments: readonly CloverPayment[];
}

export interface OrderHead extends FoundOrder {
  readonly currency: Currency;
  readonly version: number;
}

/** @throws PermanentError `schema` */
export function headOf(found: FoundOrder): OrderHead {
  const { order, payments } = found;
  const currency = currencySchema.safeParse(order.currency);
  if (!currency.success) {
    throw new PermanentError('schema', 'The currency is not in ISO 4217', { where: '/order/currency' });
  }
  const times = [
    order.modifiedTime,
    ...payments.flatMap((one) => [
      one.modifiedTime,
      one.createdTime,
      ...one.refunds.map(({ createdTime }) => createdTime),
    ]),
    ...[...order.refunds, ...order.credits].map(({ createdTime }) => createdTime),
  ];
  const version = Math.max(...times.map((time) => time ?? 0));
  if (version <= 0) {
    throw new PermanentError('schema', 'The order has no time', { where: '/order/modifiedTime' });
  }
  return { ...found, currency: currency.data, version };
}

type Timed = Pick<CloverPayment, 'clientCreatedTime' | 'createdTime'>;
/** When it happened at the till: later than that it reaches Clover, where the till was offline. */
export const timeOf = ({ clientCreatedTime, createdTime }: Timed): number =>
  clientCreatedTime ?? createdTime ?? 0;

/** @throws PermanentError `schema` */
export function placeOf(head: OrderHead, atMs: number, { catalog }: ReadContext, quality: Quality) {
  if (atMs <= 0) throw new PermanentError('schema', 'has no time', { where: '/createdTime' });
  const { store, storeId } = storeOf(catalog, 'clover', head.merchant, quality);
  const occurredAt = toInstant(atMs);
  return { storeId, occurredAt, businessDate: businessDateFor(undefined, occurredAt, store, quality) };
}

export const commonOf = ({ order, currency, version }: OrderHead) => ({
  source: 'clover' as const,
  version,
  currency,
  taxIncluded: order.isVat === true,
  receiptNumber: order.title,
});
