import { PermanentError } from '../../../errors.ts';
import { parseAmount } from '../../../money.ts';
import type { MappedRecord } from '../reading.ts';
import { bookingOf, currencyOf, isAtKnownTill, type AdyenContext } from './booking.ts';
import { ORDER_PART, type AdyenItem } from './notification-schema.ts';

/**
 * Which notification is money. Adyen does not say in a notification whether a payment is captured without being asked for:
 * that is a setting of the merchant account, and each of the two ways has an address of its own.
 * https://docs.adyen.com/point-of-sale/capturing-payments
 */
export type CaptureMode = 'automatic' | 'manual';

/** What never moves a till's money, whatever became of it. */
export const WITHOUT_MONEY: ReadonlyMap<string, string> = new Map([
  ['REPORT_AVAILABLE', 'report'],
  ['RECURRING_CONTRACT', 'card-stored'],
  ['AUTHENTICATION', 'authentication'],
  ['ORDER_OPENED', 'order-opened'],
  ['OFFER_CLOSED', 'offer-closed'],
  ['MANUAL_REVIEW_ACCEPT', 'risk-review'],
  ['MANUAL_REVIEW_REJECT', 'risk-review'],
  ['NOTIFICATION_OF_CHARGEBACK', 'dispute-notice'],
  ['NOTIFICATION_OF_FRAUD', 'dispute-notice'],
  ['REQUEST_FOR_INFORMATION', 'dispute-notice'],
  ['INFORMATION_SUPPLIED', 'dispute-notice'],
  ['ISSUER_COMMENTS', 'dispute-notice'],
  ['ISSUER_RESPONSE_TIMEFRAME_EXPIRED', 'dispute-notice'],
  ['DISPUTE_DEFENSE_PERIOD_ENDED', 'dispute-notice'],
]);

const ignored = (reason: string): MappedRecord => ({ outcome: 'ignored', reason });

/** @throws PermanentError for money of which it is not certain where it belongs, with both readings. */
export function mapAdyenItem(item: AdyenItem, capture: CaptureMode, context: AdyenContext): MappedRecord {
  const map = Object.hasOwn(BY_CODE, item.eventCode) ? BY_CODE[item.eventCode] : undefined;
  if (map) return map(item, capture, context);
  throw new PermanentError(
    'unsupported-event-type',
    `Notifications of type ${item.eventCode} are not used: if it moved money, enter it by hand`,
    { where: '/eventCode' },
  );
}

type Mapping = (item: AdyenItem, capture: CaptureMode, context: AdyenContext) => MappedRecord;

const BY_CODE: Readonly<Record<string, Mapping>> = {
  AUTHORISATION: authorisation,
  AUTHORISATION_ADJUSTMENT: adjustment,
  CAPTURE: captured,
  CAPTURE_FAILED: reversal({ direction: -1, fee: 'CAPTURE_FAILED' }),
  CANCELLATION: cancelled,
  TECHNICAL_CANCEL: cancelled,
  CANCEL_OR_REFUND: cancelledOrRefunded,
  REFUND: refunded,
  REFUND_WITH_DATA: refunded,
  REFUND_FAILED: reversal({ direction: 1 }),
  REFUNDED_REVERSED: reversal({ direction: 1 }),
  CHARGEBACK: reversal({ direction: -1, fee: 'CHARGEBACK' }),
  SECOND_CHARGEBACK: reversal({ direction: -1, fee: 'CHARGEBACK' }),
  CHARGEBACK_REVERSED: reversal({ direction: 1, fee: 'CHARGEBACK' }),
  ORDER_CLOSED: orderClosed,
  EXPIRE: expired,
  POSTPONED_REFUND: postponed,
  VOID_PENDING_REFUND: voided,
};

function authorisation(item: AdyenItem, capture: CaptureMode, context: AdyenContext): MappedRecord {
  const { shopperInteraction, terminalId, networkProcessingMode, offline } = item.additionalData ?? {};
  const isInPerson = shopperInteraction === 'POS' || terminalId !== undefined;
  if (!isInPerson) {
    const atTill = isAtKnownTill(item, context);
    if (shopperInteraction !== undefined) return online(atTill);
    if (!atTill) {
      throw new PermanentError(
        'channel-unknown',
        'Money in doubt: nothing says whether it was paid at a till or online. Have Adyen send shopperInteraction and ' +
          'terminalId, or add the merchant account or store to stores.json if it takes payments at tills only; then replay',
        { where: '/additionalData/shopperInteraction' },
      );
    }
  }
  if (!item.success) {
    if (offline !== 'true') return ignored('payment-refused');
    throw new PermanentError(
      'offline-payment-declined',
      `Payment ${item.pspReference} was taken offline and declined later: the goods are gone, and no money came`,
      { where: '/success' },
    );
  }
  if (item.amount?.value === 0) return ignored('card-checked');
  // What the network captures by itself is never captured again.
  if (capture === 'manual' && networkProcessingMode !== 'sale') return ignored('not-captured-yet');
  return bookingOf(item, context, { direction: 1 });
}

/** Refunds and captures do not say where the payment was made, so an account that does both cannot be told apart later. */
function online(atTill: boolean): MappedRecord {
  if (!atTill) return ignored('not-in-person');
  throw new PermanentError(
    'online-payment-of-a-till',
    'An online payment has a store or a merchant account that stores.json gives to tills. It does not count, but its refunds would: ' +
      'give payments at tills a merchant account or stores of their own',
    { where: '/additionalData/shopperInteraction' },
  );
}

function captured(item: AdyenItem, capture: CaptureMode, context: AdyenContext): MappedRecord {
  if (capture === 'manual') {
    if (item.success) return bookingOf(item, context, { direction: 1 });
    throw new PermanentError(
      'capture-refused',
      `The capture of payment ${item.originalReference ?? ''} was refused: until another succeeds the goods are gone and no money came`,
      { where: '/success' },
    );
  }
  if (!item.success) return ignored('capture-refused');
  throw new PermanentError(
    'capture-of-counted-payment',
    `Money in doubt: payment ${item.originalReference ?? ''} counted when it was authorised, and now a capture came. If the amounts ` +
      'are equal, discard this; if not, enter the difference, such as a tip. Merchant accounts that capture by request belong to the address ' +
      'of adyen-manual-capture',
    { where: '/eventCode' },
  );
}

function adjustment(item: AdyenItem, capture: CaptureMode): MappedRecord {
  if (!item.success || capture === 'manual') return ignored('authorisation-adjusted');
  throw new PermanentError(
    'adjusted-amount',
    `Money in doubt: payment ${item.originalReference ?? ''} counted with the amount that was authorised first, and another was authorised since: ` +
      'enter the difference by hand',
    { where: '/amount' },
  );
}

function refunded(item: AdyenItem, _capture: CaptureMode, context: AdyenContext): MappedRecord {
  return item.success ? bookingOf(item, context, { direction: -1 }) : ignored('refund-refused');
}

function cancelled(item: AdyenItem, capture: CaptureMode, context: AdyenContext): MappedRecord {
  if (!item.success) return ignored('cancellation-refused');
  if (capture === 'manual') return ignored('cancelled-before-capture');
  if ((item.amount?.value ?? 0) !== 0) return bookingOf(item, context, { direction: -1, isNamed: true });
  throw new PermanentError(
    'amount-unknown',
    `Money in doubt: payment ${item.originalReference ?? ''} counted and is cancelled, and the notification has no amount: take it back by hand`,
    { where: '/amount' },
  );
}

function cancelledOrRefunded(item: AdyenItem, capture: CaptureMode, context: AdyenContext): MappedRecord {
  const action = item.additionalData?.['modification.action'];
  if (!item.success) return ignored('cancellation-refused');
  if (action === 'refund') return refunded(item, capture, context);
  if (action === 'cancel') return cancelled(item, capture, context);
  throw new PermanentError(
    'modification-unknown',
    'Money in doubt: nothing says whether it was cancelled or refunded; a refund takes back money, a cancellation before the capture does not',
    { where: '/additionalData/modification.action' },
  );
}

/** What takes back what counted before. Its success is that it happened, also where its name is a failure. */
function reversal(booking: { readonly direction: 1 | -1; readonly fee?: string }): Mapping {
  return (item, _capture, context) => {
    if (item.success) return bookingOf(item, context, { ...booking, isNamed: true });
    throw new PermanentError(
      'success-unclear',
      `Money in doubt: ${item.eventCode} without success. Either it did not happen and nothing changes, or the money moved back: see the payment at Adyen`,
      { where: '/success' },
    );
  };
}

/** Each part of a split payment has its own notifications; only an order that did not come about says what of it was reversed. */
function orderClosed(item: AdyenItem, capture: CaptureMode, context: AdyenContext): MappedRecord {
  if (item.success) return ignored('order-closed');
  const parts = orderParts(item);
  if (parts.length === 0) return ignored('order-closed');
  if (capture === 'automatic') return bookingOf(item, context, { direction: -1, isNamed: true, parts });
  throw new PermanentError(
    'order-reversed',
    'Money in doubt: the parts of an order were reversed. Parts that were captured count and have to be taken back by hand, others do not count',
    { where: '/eventCode' },
  );
}

/** @throws PermanentError `schema` for an amount that is none. */
function orderParts(item: AdyenItem) {
  const data = item.additionalData ?? {};
  const numbers = new Set(Object.keys(data).flatMap((name) => ORDER_PART.exec(name)?.[1] ?? []));
  const currency = currencyOf(item);
  return [...numbers].flatMap((number) => {
    if (data[`order-${number}-success`] !== 'true') return [];
    const where = `/additionalData/order-${number}-paymentAmount`;
    const [code, amount = ''] = (data[`order-${number}-paymentAmount`] ?? '').trim().split(/\s+/);
    const amountMinor = code === currency ? parseAmount(amount, currency) : undefined;
    if (amountMinor === undefined)
      throw new PermanentError('schema', `is no amount in ${currency}`, { where });
    return [{ paymentMethod: data[`order-${number}-paymentMethod`], amountMinor }];
  });
}

function expired(item: AdyenItem, capture: CaptureMode): MappedRecord {
  if (capture === 'manual') return ignored('authorisation-expired');
  throw new PermanentError(
    'expired-though-counted',
    `Money in doubt: payment ${item.originalReference ?? item.pspReference} counted when it was authorised, and expired without a capture. ` +
      'Take it back by hand; merchant accounts that capture by request belong to the address of adyen-manual-capture',
    { where: '/eventCode' },
  );
}

/** The refund waits for the capture. Adyen does not document whether a REFUND follows, so it must neither count nor be forgotten. */
function postponed(item: AdyenItem): MappedRecord {
  if (!item.success) return ignored('refund-refused');
  throw new PermanentError(
    'refund-postponed',
    `Money in doubt: a refund of payment ${item.originalReference ?? ''} waits for its capture and does not count yet. If a REFUND comes, ` +
      'that one counts: discard this. If none comes, see the payment at Adyen and enter it by hand',
    { where: '/eventCode' },
  );
}

function voided(item: AdyenItem): MappedRecord {
  if (!item.success) return ignored('cancellation-refused');
  throw new PermanentError(
    'refund-voided',
    `Money in doubt: a refund without a payment (${item.originalReference ?? item.merchantReference ?? ''}) was called off before it was paid out. If its ` +
      'REFUND_WITH_DATA counts, take it back by hand; if not, nothing changes',
    { where: '/eventCode' },
  );
}
