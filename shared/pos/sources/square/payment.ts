import { z } from 'zod';
import { storedText } from '../../../ids.ts';
import { PermanentError } from '../../../errors.ts';
import { scrub } from '../../../privacy/scrub.ts';
import { checkedEvent } from '../../canonical.ts';
import { Quality, businessDateFor, instantOf, storeOf } from '../../enrich.ts';
import { SCHEMA_VERSION, type PosEvent } from '../../event.ts';
import type { ReadContext } from '../source.ts';
import { tenderTypeOf } from './tenders.ts';

const money = z.object({ amount: z.int(), currency: z.string() });
/** What we read of a Payment. https://developer.squareup.com/reference/square/objects/Payment */
const paymentSchema = z.object({
  id: storedText(192).min(1),
  status: z.string().optional(),
  order_id: storedText(192).min(1).nullish(),
  location_id: storedText(100).min(1).optional(),
  source_type: z.string().max(100).optional(),
  created_at: z.string().max(40).optional(),
  updated_at: z.string().max(40).optional(),
  amount_money: money.optional(),
  tip_money: money.optional(),
  total_money: money.optional(),
  cash_details: z
    .object({ buyer_supplied_money: money.optional(), change_back_money: money.optional() })
    .nullish(),
});
const compiledPaymentAnswer = z.compile(z.object({ payment: paymentSchema }), { strict: true });
type SquarePayment = z.infer<typeof paymentSchema>;

const productFields = new Set<string>();
const idFields = new Set(['id', 'orderid', 'locationid', 'customerid']);
const harmlessNames = new Set<string>();

/** Reads the answer of `GET /v2/payments/{id}`: scrubbed and validated. @throws PermanentError `schema` */
export function readSquarePayment(answer: unknown, { pseudonymise }: ReadContext): SquarePayment {
  const { value } = scrub(answer, { productFields, idFields, harmlessNames, pseudonymise });
  const parsed = compiledPaymentAnswer.safeParse(value);
  if (parsed.success) return parsed.data.payment;
  const path = parsed.error.issues[0]?.path ?? [];
  throw new PermanentError('schema', "The payment is not in the form of Square's Payments API", {
    where: path.map((part) => `/${String(part)}`).join(''),
  });
}

/**
 * A payment that has no order: money came in, and what was sold is not known. It becomes a sale of one unnamed item, so
 * that the money is in the books, with a quality issue that tells finance.
 * @throws PermanentError `schema`
 */
export function mapPaymentWithoutOrder(payment: SquarePayment, context: ReadContext): PosEvent {
  const quality = new Quality();
  quality.flag('payment-without-order');
  // Under a code that no product has, so that finance is told of it as of any product that is not known.
  quality.flag('unknown-product');
  const { store, storeId } = storeOf(context.catalog, 'square', payment.location_id ?? '', quality);
  const occurredAt = instantOf(payment.created_at ?? payment.updated_at ?? '', store, quality);
  const version = Date.parse(payment.updated_at ?? payment.created_at ?? '');
  if (occurredAt === undefined || Number.isNaN(version)) {
    throw new PermanentError('schema', 'The payment has no time', { where: '/payment/created_at' });
  }
  const tipMinor = payment.tip_money?.amount ?? 0;
  const amountMinor = payment.amount_money?.amount ?? (payment.total_money?.amount ?? 0) - tipMinor;
  const type = tenderTypeOf(payment.source_type ?? '', quality);
  const handed = payment.cash_details?.buyer_supplied_money;
  return checkedEvent({
    schemaVersion: SCHEMA_VERSION,
    eventId: `square:${payment.id}:${version}`,
    source: 'square',
    storeId,
    tillId: 'square',
    occurredAt,
    businessDate: businessDateFor(undefined, occurredAt, store, quality),
    receivedAt: context.receivedAt,
    offline: false,
    training: false,
    traceparent: context.traceparent,
    version,
    kind: 'transaction',
    transactionId: payment.id,
    status: 'completed',
    currency: payment.amount_money?.currency ?? payment.total_money?.currency ?? store?.currency,
    taxIncluded: true,
    lines: [
      {
        lineNumber: 1,
        type: 'sale',
        productCode: 'PAYMENT_WITHOUT_ORDER',
        quantityMilli: 1000,
        unit: 'each',
        regularUnitPriceMinor: amountMinor,
        actualUnitPriceMinor: amountMinor,
        extendedAmountMinor: amountMinor,
      },
    ],
    tenders: [
      {
        type,
        label: payment.source_type ?? 'unknown',
        amountMinor: handed?.amount ?? amountMinor + tipMinor,
        ...(handed ? { changeMinor: payment.cash_details?.change_back_money?.amount ?? 0 } : {}),
      },
    ],
    totals: {
      netMinor: amountMinor,
      taxMinor: 0,
      grossMinor: amountMinor,
      ...(tipMinor === 0 ? {} : { tipMinor }),
    },
    quality: quality.issues,
  });
}
