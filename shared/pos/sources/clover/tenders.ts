import { cutText } from '../../../ids.ts';
import { addMinor } from '../../../money.ts';
import { ownValue } from '../../../own-value.ts';
import type { Quality } from '../../enrich.ts';
import { MAX_CODE_LENGTH, type Tender, type TransactionEvent } from '../../event.ts';
import { textField } from '../transaction-draft.ts';
import type { CloverPayment, CloverRefund, CloverTender } from './order-schema.ts';

/** Label keys of Clover's own tenders (`TenderConstants` of its Android SDK); merchants may add others. */
const TENDER_OF: Readonly<Record<string, Tender['type']>> = {
  'com.clover.tender.cash': 'cash',
  'com.clover.tender.credit_card': 'card',
  'com.clover.tender.debit_card': 'card',
  'com.clover.tender.external_pin_debit': 'card',
  'com.clover.tender.check': 'check',
  'com.clover.tender.external_gift_card': 'giftCard',
  'com.clover.tender.gift_card': 'giftCard',
  'com.clover.paypal': 'mobile',
  'com.clover.venmo': 'mobile',
};

export function tenderTypeOf(tender: CloverTender, quality: Quality): Pick<Tender, 'type' | 'label'> {
  const type = ownValue(TENDER_OF, tender?.labelKey ?? '');
  if (type === undefined) quality.flag('unknown-tender', '/payments/tender/labelKey');
  return { type: type ?? 'other', ...textField('label', tender?.label ?? tender?.labelKey) };
}

/** Results of payments that moved money. One that is to be voided has not been yet; one that could not be was not. */
const MONEY = new Set(['SUCCESS', 'AUTH_COMPLETED', 'VOIDING', 'VOID_FAILED']);
const WITHOUT_MONEY = new Set(['FAIL', 'VOIDED', 'AUTH', 'INITIATED', 'PENDING', 'OFFLINE_RETRYING']);

export const isMoney = ({ result }: Pick<CloverPayment, 'result'>): boolean => MONEY.has(result);
/** `DISCOUNT`, and whatever Clover adds one day: nothing says whether it is money. */
export const isUnknownResult = ({ result }: Pick<CloverPayment, 'result'>): boolean =>
  !MONEY.has(result) && !WITHOUT_MONEY.has(result);

/** What a payment settles: with its tip. */
const paidMinor = ({ amount, tipAmount }: CloverPayment): number => addMinor(amount, tipAmount ?? 0);

/**
 * @param cashbackIncluded whether `amount` already holds the cash that a card payment gave back, which Clover does not say:
 * what was owed tells.
 */
export function tendersOf(payment: CloverPayment, cashbackIncluded: boolean, quality: Quality): Tender[] {
  const named = tenderTypeOf(payment.tender, quality);
  const settledMinor = paidMinor(payment);
  const cashbackMinor = payment.cashbackAmount ?? 0;
  if (cashbackMinor > 0) {
    const chargedMinor = cashbackIncluded ? settledMinor : addMinor(settledMinor, cashbackMinor);
    return [
      { ...named, amountMinor: chargedMinor },
      { type: 'cash', label: 'cash back', amountMinor: -cashbackMinor },
    ];
  }
  const handedMinor = payment.cashTendered ?? 0;
  if (named.type !== 'cash' || handedMinor <= settledMinor) return [{ ...named, amountMinor: settledMinor }];
  return [{ ...named, amountMinor: handedMinor, changeMinor: handedMinor - settledMinor }];
}

/** Money that was paid back: to the tender of the payment, unless the till chose another. */
export function refundTender(
  { amount, payment, overrideMerchantTender }: CloverRefund,
  payments: readonly CloverPayment[],
  quality: Quality,
): Tender {
  const original = payments.find(({ id }) => id === payment?.id);
  const tender = overrideMerchantTender ?? original?.tender;
  if (tender === undefined) quality.flag('refund-tender-unknown', '/refunds/payment');
  return { ...tenderTypeOf(tender, quality), amountMinor: 0 - amount };
}

/** Taxes by rate, over all payments of a transaction. */
export function taxesOf(payments: readonly CloverPayment[]): TransactionEvent['taxes'] {
  const byCode = new Map<string, { rate: number | undefined; taxableMinor: number; amountMinor: number }>();
  for (const { id, name, rate, taxableAmount, taxAmount, isVat } of payments.flatMap((one) => one.taxRates)) {
    const code = cutText((name ?? '').toWellFormed(), MAX_CODE_LENGTH) || (id ?? 'TAX');
    const former = byCode.get(code) ?? { rate, taxableMinor: 0, amountMinor: 0 };
    const amountMinor = taxAmount ?? 0;
    byCode.set(code, {
      rate: former.rate === rate ? rate : undefined,
      taxableMinor: addMinor(former.taxableMinor, taxableAmount ?? 0, isVat === true ? -amountMinor : 0),
      amountMinor: addMinor(former.amountMinor, amountMinor),
    });
  }
  return [...byCode].map(([code, { rate, taxableMinor, amountMinor }]) => ({
    code,
    // 100 % is 10,000,000; a rate that is finer than a hundredth of a percent is left out.
    ...(rate === undefined || rate % 1000 !== 0 ? {} : { rateBasisPoints: rate / 1000 }),
    taxableMinor,
    amountMinor,
  }));
}
