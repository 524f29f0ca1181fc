import { PermanentError } from '../../../errors.ts';
import { SECOND_MS, toInstant } from '../../../time.ts';
import { checkedEvent } from '../../canonical.ts';
import { Quality, businessDateFor, storeOf } from '../../enrich.ts';
import { SCHEMA_VERSION, type TransactionEvent } from '../../event.ts';
import type { MappedRecord } from '../reading.ts';
import type { ReadContext } from '../source.ts';
import { stripeCurrency, stripeMinor } from './money.ts';
import type { StripePayment, StripeRefund } from './payment-schema.ts';

/**
 * The events of a payment: what was received, once it is captured, and each refund on its own day. Stripe knows no goods, so
 * each is one unnamed item, and says so.
 * @throws PermanentError `schema`; `offline-payment-declined` where the goods are gone and the money never came.
 */
export function mapStripePayment(
  payment: StripePayment,
  refunds: readonly StripeRefund[],
  context: ReadContext,
): MappedRecord[] {
  if (!payment.livemode) return [{ outcome: 'ignored', reason: 'test-payment' }];
  const charge = payment.latest_charge;
  const details = charge?.payment_method_details;
  const inPerson = details?.card_present ?? details?.interac_present;
  if (charge === undefined || inPerson === undefined)
    return [{ outcome: 'ignored', reason: 'not-in-person' }];
  const storedAtS = inPerson.offline?.stored_at;
  const receivedMinor = payment.amount_received ?? 0;
  if (receivedMinor === 0) {
    if (storedAtS === undefined || charge.status !== 'failed') {
      return [{ outcome: 'ignored', reason: 'payment-without-money' }];
    }
    throw new PermanentError(
      'offline-payment-declined',
      `Payment ${payment.id} was taken offline and declined later: the goods are gone, and no money came`,
      { where: '/latest_charge/status' },
    );
  }
  const place = {
    location: payment.metadata?.store ?? inPerson.location,
    till: payment.metadata?.till ?? inPerson.reader,
  };
  const quality = new Quality();
  const tipMinor = tipOf(payment, quality);
  const sale = eventOf(payment, context, {
    ...place,
    suffix: '',
    atS: storedAtS ?? charge.created,
    offline: storedAtS !== undefined,
    amount: receivedMinor - tipMinor,
    tip: tipMinor,
    direction: 1,
    status: 'completed',
    version: 1,
    receipt: payment.metadata?.receipt,
    operator: payment.metadata?.operator,
    quality,
  });
  return [sale, ...refunds.map((refund) => refundRecord(refund, payment, place, context))];
}

/** States of a refund that may still become another. */
const OPEN = new Set(['pending', 'requires_action', undefined]);
const FAILED = new Set(['failed', 'canceled']);

function refundRecord(
  refund: StripeRefund,
  payment: StripePayment,
  place: { location: string | undefined; till: string | undefined },
  context: ReadContext,
): MappedRecord {
  if (OPEN.has(refund.status)) return { outcome: 'ignored', reason: 'refund-pending' };
  const failed = FAILED.has(refund.status ?? '');
  if (!failed && refund.status !== 'succeeded') {
    throw new PermanentError('schema', 'A refund is in a state that is not known', {
      where: '/refunds/status',
    });
  }
  return eventOf(payment, context, {
    location: refund.metadata?.store ?? place.location,
    till: refund.metadata?.till ?? place.till,
    suffix: `-${refund.id}`,
    atS: refund.created,
    offline: false,
    amount: refund.amount,
    tip: 0,
    direction: -1,
    // One that fails after it succeeded takes its booking back.
    status: failed ? 'cancelled' : 'completed',
    version: failed ? 2 : 1,
    receipt: refund.metadata?.receipt,
    operator: refund.metadata?.operator,
    quality: new Quality(),
  });
}

/** The tip is a part of the amount. One that is larger than what was captured is none that we can tell. */
function tipOf(
  { amount_details: details, amount_received: received }: StripePayment,
  quality: Quality,
): number {
  const tip = details?.tip?.amount ?? 0;
  if (tip <= (received ?? 0)) return tip;
  quality.flag('totals-disagree', '/amount_details/tip/amount');
  return 0;
}

interface Parts {
  readonly location: string | undefined;
  readonly till: string | undefined;
  readonly suffix: string;
  readonly atS: number;
  readonly offline: boolean;
  /** In Stripe's smallest unit, without the tip. */
  readonly amount: number;
  readonly tip: number;
  readonly direction: 1 | -1;
  readonly status: TransactionEvent['status'];
  readonly version: number;
  readonly receipt: string | undefined;
  readonly operator: string | undefined;
  readonly quality: Quality;
}

function eventOf(payment: StripePayment, context: ReadContext, parts: Parts): MappedRecord {
  const { quality, direction, status, version } = parts;
  if (parts.location === undefined) {
    throw new PermanentError('schema', 'Nothing says in which store it was paid: set metadata.store', {
      where: '/metadata/store',
    });
  }
  quality.flag('payment-without-order');
  // Under a code that no product has, so finance is notified as it is of any unknown product.
  quality.flag('unknown-product');
  const { store, storeId } = storeOf(context.catalog, 'stripe', parts.location, quality);
  const occurredAt = toInstant(parts.atS * SECOND_MS);
  const currency = stripeCurrency(payment.currency);
  const amountMinor = direction * stripeMinor(parts.amount, currency, '/amount', quality);
  const tipMinor = stripeMinor(parts.tip, currency, '/amount_details/tip/amount', quality);
  const transactionId = `${payment.id}${parts.suffix}`;
  const event = checkedEvent({
    schemaVersion: SCHEMA_VERSION,
    eventId: `stripe:${transactionId}:${version}`,
    source: 'stripe',
    storeId,
    tillId: parts.till ?? 'stripe',
    ...(parts.operator === undefined ? {} : { operatorId: context.pseudonymise('operator', parts.operator) }),
    occurredAt,
    businessDate: businessDateFor(undefined, occurredAt, store, quality),
    receivedAt: context.receivedAt,
    offline: parts.offline,
    training: false,
    traceparent: context.traceparent,
    version,
    kind: 'transaction',
    transactionId,
    ...(parts.receipt ? { receiptNumber: parts.receipt } : {}),
    status,
    currency,
    taxIncluded: true,
    lines: [
      {
        lineNumber: 1,
        type: direction === 1 ? 'sale' : 'return',
        productCode: 'PAYMENT_WITHOUT_ORDER',
        quantityMilli: direction * 1000,
        unit: 'each',
        regularUnitPriceMinor: Math.abs(amountMinor),
        actualUnitPriceMinor: Math.abs(amountMinor),
        extendedAmountMinor: amountMinor,
      },
    ],
    tenders:
      status === 'cancelled' ? [] : [{ type: 'card', label: 'stripe', amountMinor: amountMinor + tipMinor }],
    totals: {
      netMinor: amountMinor,
      taxMinor: 0,
      grossMinor: amountMinor,
      ...(tipMinor === 0 ? {} : { tipMinor }),
    },
    ...(direction === 1 ? {} : { returnOf: { transactionId: payment.id } }),
    ...quality.field,
  });
  return { outcome: 'event', event, quality };
}
