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
export type SquarePayment = z.infer<typeof paymentSchema>;

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
 * that the money is in the books, with a quality issue that tells finance. Once its order turns up, `takenBackPayment`
 * supersedes it.
 * @throws PermanentError `schema`
 */
export function mapPaymentWithoutOrder(payment: SquarePayment, context: ReadContext): PosEvent {
  const quality = new Quality();
  quality.flag('payment-without-order');
  // No product has its code.
  quality.flag('unknown-product');
  const { store, ...common } = transactionOf(payment, context, quality);
  const tipMinor = payment.tip_money?.amount ?? 0;
  const amountMinor = payment.amount_money?.amount ?? (payment.total_money?.amount ?? 0) - tipMinor;
  const type = tenderTypeOf(payment.source_type ?? '', quality);
  const handed = payment.cash_details?.buyer_supplied_money;
  const version = Date.parse(payment.updated_at ?? payment.created_at ?? '');
  return checkedEvent({
    ...common,
    eventId: `square:${payment.id}:${version}`,
    version,
    status: 'completed',
    currency: payment.amount_money?.currency ?? payment.total_money?.currency ?? store?.currency,
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

/** Above the millisecond of any change of a payment, and small enough for `versionRank`. */
const TAKEN_BACK_VERSION = 10 ** 15;

/**
 * The last version of the transaction that a payment without an order may have become: nothing, as its order counts in
 * its stead. It is right before, after and without that transaction, so no notice can come at the wrong time.
 * @throws PermanentError `schema`
 */
export function takenBackPayment(
  payment: Pick<SquarePayment, 'id' | 'location_id' | 'created_at' | 'updated_at' | 'amount_money'>,
  context: ReadContext,
): PosEvent {
  const quality = new Quality();
  const { store, ...common } = transactionOf(payment, context, quality);
  return checkedEvent({
    ...common,
    eventId: `square:${payment.id}:has-order`,
    version: TAKEN_BACK_VERSION,
    status: 'cancelled',
    currency: payment.amount_money?.currency ?? store?.currency,
    lines: [],
    tenders: [],
    totals: { netMinor: 0, taxMinor: 0, grossMinor: 0 },
    ...quality.field,
  });
}

/** What all versions of a payment's transaction share: they must meet in one store and on one business date. */
function transactionOf(
  payment: Pick<SquarePayment, 'id' | 'location_id' | 'created_at' | 'updated_at'>,
  context: ReadContext,
  quality: Quality,
) {
  const { store, storeId } = storeOf(context.catalog, 'square', payment.location_id ?? '', quality);
  const occurredAt = instantOf(payment.created_at ?? payment.updated_at ?? '', store, quality);
  if (occurredAt === undefined) {
    throw new PermanentError('schema', 'The payment has no time', { where: '/payment/created_at' });
  }
  return {
    store,
    schemaVersion: SCHEMA_VERSION,
    source: 'square',
    storeId,
    tillId: 'square',
    occurredAt,
    businessDate: businessDateFor(undefined, occurredAt, store, quality),
    receivedAt: context.receivedAt,
    offline: false,
    training: false,
    traceparent: context.traceparent,
    kind: 'transaction',
    transactionId: payment.id,
    taxIncluded: true,
  };
}
