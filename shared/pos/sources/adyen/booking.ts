import { PermanentError } from '../../../errors.ts';
import { cutText } from '../../../ids.ts';
import { addMinor } from '../../../money.ts';
import { checkedEvent } from '../../canonical.ts';
import { Quality, businessDateFor, instantOf, storeOf } from '../../enrich.ts';
import { MAX_TEXT_LENGTH, SCHEMA_VERSION, type PosSource, type Tender } from '../../event.ts';
import type { MappedRecord } from '../reading.ts';
import type { ReadContext } from '../source.ts';
import { vendorCurrency } from '../vendor-amounts.ts';
import { adyenMinor, tenderTypeOf } from './money.ts';
import type { AdyenItem } from './notification-schema.ts';

export interface AdyenContext extends ReadContext {
  readonly source: PosSource;
}

/** What moved money, and which way. */
interface Booking {
  /** 1 for money that came in, -1 for money that went back. */
  readonly direction: 1 | -1;
  /**
   * A code of its own for money that moves without goods, so that the posting profile can give it an account
   * (`byProduct`). Left out for payments and refunds.
   */
  readonly fee?: string;
  /** Whether the notification's code is part of the transaction's id: one reference may have several of them. */
  readonly isNamed?: boolean;
  /** What was paid, where it is not the amount of the notification: in minor units of its currency. */
  readonly parts?: readonly { readonly paymentMethod: string | undefined; readonly amountMinor: number }[];
}

/**
 * A movement of money as an event of its own day. Nothing supersedes anything: a version of another business date would
 * count beside the first, and Adyen takes money back days later.
 * @throws PermanentError `schema`, `unknown-location`
 */
export function bookingOf(item: AdyenItem, context: AdyenContext, booking: Booking): MappedRecord {
  const { direction, fee, isNamed = false } = booking;
  const quality = new Quality();
  const currency = currencyOf(item);
  const paid = booking.parts ?? [
    {
      paymentMethod: item.paymentMethod,
      amountMinor: adyenMinor(item.amount?.value ?? 0, currency, '/amount/value', quality),
    },
  ];
  const paidMinor = addMinor(...paid.map((part) => part.amountMinor));
  const tipMinor = fee === undefined ? tipOf(item, paidMinor, quality) : 0;
  const amountMinor = direction * (paidMinor - tipMinor);
  if (fee === undefined) {
    quality.flag('payment-without-order');
    // Under a code that no product has, so that finance is told of it as of any product that is not known.
    quality.flag('unknown-product');
  }
  const { store, storeId } = storeOf(context.catalog, context.source, locationOf(item, context), quality);
  const occurredAt = instantOf(item.eventDate, store, quality);
  if (occurredAt === undefined) {
    throw new PermanentError('schema', 'is no time', { where: '/eventDate' });
  }
  const { originalReference: original, pspReference, eventCode, additionalData = {} } = item;
  const id = [original, pspReference, isNamed ? eventCode : undefined].filter((part) => part !== undefined);
  const event = checkedEvent({
    schemaVersion: SCHEMA_VERSION,
    eventId: `${context.source}:${pspReference}:${eventCode}`,
    source: context.source,
    storeId,
    tillId: additionalData['terminalId'] ?? context.source,
    occurredAt,
    businessDate: businessDateFor(undefined, occurredAt, store, quality),
    receivedAt: context.receivedAt,
    offline: additionalData['offline'] === 'true',
    training: false,
    traceparent: context.traceparent,
    version: 1,
    kind: 'transaction',
    transactionId: id.join('-'),
    ...(item.merchantReference
      ? { receiptNumber: cutText(item.merchantReference.toWellFormed(), MAX_TEXT_LENGTH) }
      : {}),
    status: 'completed',
    currency,
    taxIncluded: true,
    lines: [
      {
        lineNumber: 1,
        type: fee !== undefined ? 'fee' : direction === 1 ? 'sale' : 'return',
        productCode: fee ?? 'PAYMENT_WITHOUT_ORDER',
        quantityMilli: direction * 1000,
        unit: 'each',
        regularUnitPriceMinor: Math.abs(amountMinor),
        actualUnitPriceMinor: Math.abs(amountMinor),
        extendedAmountMinor: amountMinor,
      },
    ],
    tenders: paid.map((part) => tenderOf(part, direction, quality)),
    totals: {
      netMinor: amountMinor,
      taxMinor: 0,
      grossMinor: amountMinor,
      ...(tipMinor === 0 ? {} : { tipMinor: direction * tipMinor }),
    },
    ...(original === undefined ? {} : { returnOf: { transactionId: original } }),
    ...quality.field,
  });
  return { outcome: 'event', event, quality };
}

function tenderOf(
  { paymentMethod, amountMinor }: { paymentMethod: string | undefined; amountMinor: number },
  direction: 1 | -1,
  quality: Quality,
): Tender {
  const label = cutText((paymentMethod ?? '').toWellFormed(), MAX_TEXT_LENGTH) || 'unknown';
  return { type: tenderTypeOf(paymentMethod, quality), label, amountMinor: direction * amountMinor };
}

export const currencyOf = ({ amount }: AdyenItem) => {
  if (amount !== undefined) return vendorCurrency(amount.currency, '/amount/currency');
  throw new PermanentError('schema', 'has no amount', { where: '/amount' });
};

/** The tip is a part of the amount. One that is larger, or no number, is none that we can tell. */
function tipOf(item: AdyenItem, paidMinor: number, quality: Quality): number {
  const sent = item.additionalData?.['extraCostsValueGratuity'];
  if (sent === undefined) return 0;
  const where = '/additionalData/extraCostsValueGratuity';
  const tipMinor = /^\d{1,15}$/.test(sent)
    ? adyenMinor(Number(sent), currencyOf(item), where, quality)
    : undefined;
  if (tipMinor !== undefined && tipMinor <= paidMinor) return tipMinor;
  quality.flag('totals-disagree', where);
  return 0;
}

/** Whether the master data knows where an item belongs: its store, or its merchant account where it names no store. */
export function isAtKnownTill(item: AdyenItem, { catalog, source }: AdyenContext): boolean {
  return (
    catalog.storeOfSource(source, item.additionalData?.['store'] ?? item.merchantAccountCode) !== undefined
  );
}

/** @throws PermanentError `unknown-location` for an item without a store, of an account that is no store of ours. */
function locationOf(item: AdyenItem, context: AdyenContext): string {
  const store = item.additionalData?.['store'];
  if (store !== undefined) return store;
  if (isAtKnownTill(item, context)) return item.merchantAccountCode;
  throw new PermanentError(
    'unknown-location',
    `Money in doubt: it names no store, and its merchant account is no location of ${context.source} in stores.json. ` +
      'Where the account is one store, add it and replay; where it also takes payments online, see whether this is one of them',
    { where: '/additionalData/store' },
  );
}
