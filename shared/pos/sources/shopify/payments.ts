import { cutText } from '../../../ids.ts';
import { addMinor } from '../../../money.ts';
import { PermanentError } from '../../../errors.ts';
import { ownValue } from '../../../own-value.ts';
import type { Quality } from '../../enrich.ts';
import { MAX_TEXT_LENGTH, type Tender } from '../../event.ts';
import type { ReadContext } from '../source.ts';
import type { Amounts } from './amounts.ts';
import { exactId, type ShopifyTransaction } from './order-schema.ts';

/** Money that came in, or went back to the customer. */
export interface Payment {
  readonly id: string;
  readonly type: Tender['type'];
  readonly label: string;
  /** What it settles, zero or more: before cash rounding, less the change. */
  readonly amountMinor: number;
  /** What cash moved beyond `amountMinor`. */
  readonly roundingMinor: number;
  readonly changeMinor: number;
  readonly at: string;
  readonly transaction: ShopifyTransaction;
}

/** Origins of transactions and orders that are tills; the last two are those of the older apps. */
const TILLS = new Set(['pos', 'iphone', 'android']);
export const isTill = (sourceName: string | undefined): boolean => TILLS.has(sourceName ?? '');

const TENDER_OF: Readonly<Record<string, Tender['type']>> = {
  cash: 'cash',
  shopify_payments: 'card',
  external_card: 'card',
  external_credit: 'card',
  external_debit: 'card',
  gift_card: 'giftCard',
  shopify_store_credit: 'voucher',
  'exchange-credit': 'voucher',
  paypal: 'mobile',
  shop_pay_installments: 'account',
};

/** Kinds that move money; authorizations, voids and suggested refunds do not. */
const PAID = new Set(['sale', 'capture']);

export const isSuccess = ({ status, test }: ShopifyTransaction): boolean =>
  status === 'success' && test !== true;

export const isPayment = (one: ShopifyTransaction): boolean => PAID.has(one.kind) && isSuccess(one);

/** A transaction that is not used by what it settles: `change` is money that went back out of the drawer. */
export const isChange = (one: ShopifyTransaction): boolean => one.kind === 'change' && isSuccess(one);

/**
 * @throws PermanentError `tender-currency` for money in a currency that the order is not booked in: nothing says what it is
 * worth in ours.
 */
export function paymentOf(transaction: ShopifyTransaction, amounts: Amounts): Payment {
  const { amount, currency, amount_rounding: rounding } = transaction;
  const id = exactId(transaction.id);
  if (currency !== undefined && currency !== amounts.currency) {
    throw new PermanentError(
      'tender-currency',
      `Transaction ${id} moved ${currency}, and the order is booked in ${amounts.currency}: give the store the currency in which its till takes money`,
      { where: '/transactions/currency' },
    );
  }
  if (amount === undefined) {
    throw new PermanentError('schema', 'A transaction that moved money has no amount', {
      where: '/transactions/amount',
    });
  }
  const gateway = (transaction.gateway ?? '').trim();
  const hasCard = transaction.payment_details?.credit_card_company !== undefined;
  const type =
    ownValue(TENDER_OF, gateway.toLowerCase().replaceAll(' ', '_')) ?? (hasCard ? 'card' : undefined);
  return {
    id,
    type: type ?? 'other',
    label: cutText(gateway.toWellFormed() || 'unknown', MAX_TEXT_LENGTH),
    amountMinor: amounts.parse(amount, '/transactions/amount'),
    roundingMinor: rounding === undefined ? 0 : amounts.parse(rounding, '/transactions/amount_rounding'),
    changeMinor: 0,
    at: transaction.processed_at ?? transaction.created_at ?? '',
    transaction,
  };
}

/**
 * Cash that was handed over and the change for it are two transactions. Whether a `sale` in cash already is without its
 * change follows from what was owed.
 */
export function withChange(
  payments: readonly Payment[],
  changes: readonly Payment[],
  owedMinor: number,
  quality: Quality,
): Payment[] {
  if (changes.length === 0) return [...payments];
  const paidMinor = addMinor(...payments.map(({ amountMinor }) => amountMinor));
  if (paidMinor === owedMinor) return [...payments];
  const cashIndex = payments.findIndex(({ type }) => type === 'cash');
  if (cashIndex < 0) {
    quality.flag('totals-disagree', '/transactions/kind');
    return [...payments];
  }
  return payments.map((payment, index) => {
    const own = changes.filter(({ transaction: { parent_id: parent } }) =>
      payments.some(({ id }) => id === String(parent)) ? String(parent) === payment.id : index === cashIndex,
    );
    const changeMinor = addMinor(...own.map(({ amountMinor }) => amountMinor));
    return { ...payment, amountMinor: payment.amountMinor - changeMinor, changeMinor };
  });
}

/** @param direction 1 for money that came in, -1 for money that went back. */
export function tenderOf(
  { type, label, amountMinor, roundingMinor, changeMinor, transaction }: Payment,
  direction: 1 | -1,
  { pseudonymise }: ReadContext,
  quality: Quality,
): Tender {
  if (type === 'other') quality.flag('unknown-tender', '/transactions/gateway');
  const giftCard = transaction.receipt?.gift_card_id;
  return {
    type,
    label,
    amountMinor: direction * addMinor(amountMinor, roundingMinor, changeMinor),
    ...(changeMinor === 0 ? {} : { changeMinor }),
    ...(type === 'giftCard' && giftCard !== undefined
      ? { giftCardRef: pseudonymise('gift-card', String(giftCard)) }
      : {}),
  };
}

/** What is to be paid: a sale, or the items that an exchange hands out less those that it takes back. */
export interface Claim {
  readonly owedMinor: number;
  readonly payments: Payment[];
}

/**
 * Gives each payment, in the order of time, to the first claim that is not yet covered; what is left over goes to the
 * last, whose event then says that too much was paid.
 */
export function allocate(payments: readonly Payment[], claims: readonly Claim[]): void {
  const byTime = [...payments].sort(
    (left, right) => Date.parse(left.at) - Date.parse(right.at) || (left.id < right.id ? -1 : 1),
  );
  for (const payment of byTime) {
    const open = claims.find((claim) => paidOf(claim) < claim.owedMinor) ?? claims.at(-1);
    open?.payments.push(payment);
  }
}

export const paidOf = ({ payments }: Claim): number =>
  addMinor(...payments.map(({ amountMinor }) => amountMinor));
