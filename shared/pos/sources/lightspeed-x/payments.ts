import { cutText, type BusinessDate } from '../../../ids.ts';
import { addMinor } from '../../../money.ts';
import { ownValue } from '../../../own-value.ts';
import type { Instant } from '../../../time.ts';
import { businessDateFor, type Quality } from '../../enrich.ts';
import { MAX_TEXT_LENGTH, type Tender } from '../../event.ts';
import { fineOf, isWholeMinor, minorOfFine } from '../fine-amounts.ts';
import { instantAt, type SaleContext } from './place.ts';
import type { LightspeedSale } from './sale-schema.ts';

/** Payment types have no reliable id, only the name that the retailer gave them. */
const TENDER_OF: Readonly<Record<string, Tender['type']>> = {
  cash: 'cash',
  card: 'card',
  'credit card': 'card',
  'debit card': 'card',
  eftpos: 'card',
  visa: 'card',
  mastercard: 'card',
  amex: 'card',
  'american express': 'card',
  'lightspeed payments': 'card',
  'gift card': 'giftCard',
  loyalty: 'loyalty',
  'store credit': 'storeCredit',
  'on account': 'account',
  'internal on account': 'account',
  cheque: 'check',
  check: 'check',
};
const ROUNDING = new Set(['rounding', 'cash rounding']);

export interface SalePayment {
  readonly key: string;
  readonly type: Tender['type'];
  readonly label: string;
  /** Negative for what went back to the customer. */
  readonly amountMinor: number;
  readonly at: Instant | undefined;
  readonly businessDate: BusinessDate | undefined;
}

export function tenderTypeOf(name: string | undefined, where: string, quality: Quality): Tender['type'] {
  const found = ownValue(TENDER_OF, (name ?? '').trim().toLowerCase());
  if (found === undefined) quality.flag('unknown-tender', where);
  return found ?? 'other';
}

/** What was paid, and apart from it how cash was rounded, which Lightspeed writes as a payment too. */
export function paymentsOf(sale: LightspeedSale, { store, quality }: SaleContext) {
  const payments: SalePayment[] = [];
  let roundingMinor = 0;
  for (const [index, payment] of (sale.register_sale_payments ?? []).entries()) {
    const where = `/payload/register_sale_payments/${index}`;
    const fine = fineOf(payment.amount, `${where}/amount`);
    if (!isWholeMinor(fine, store.currency)) quality.flag('amount-rounded', `${where}/amount`);
    const amountMinor = minorOfFine(fine, store.currency);
    const name = (payment.name ?? '').trim();
    if (ROUNDING.has(name.toLowerCase())) {
      // It makes up for what cash moved less than was due.
      roundingMinor = addMinor(roundingMinor, -amountMinor);
      continue;
    }
    const at = instantAt(payment.payment_date, store, quality);
    payments.push({
      key: payment.id ?? String(index + 1),
      type: tenderTypeOf(name, `${where}/name`, quality),
      label: cutText(name.toWellFormed(), MAX_TEXT_LENGTH) || 'unknown',
      amountMinor,
      at,
      businessDate: at === undefined ? undefined : businessDateFor(undefined, at, store, quality),
    });
  }
  return { payments, roundingMinor };
}

/** Change is a negative payment in cash beside a positive one. */
export function tendersOf(payments: readonly SalePayment[]): Tender[] {
  const cash = payments.filter(({ type }) => type === 'cash');
  const handedMinor = addMinor(...cash.map(({ amountMinor }) => Math.max(amountMinor, 0)));
  const backMinor = -addMinor(...cash.map(({ amountMinor }) => Math.min(amountMinor, 0)));
  const hasChange = backMinor > 0 && handedMinor >= backMinor;
  const others = payments
    .filter(({ type }) => type !== 'cash' || !hasChange)
    .map(({ type, label, amountMinor }): Tender => ({ type, label, amountMinor }));
  if (!hasChange) return others;
  return [
    { type: 'cash', label: cash[0]?.label ?? 'Cash', amountMinor: handedMinor, changeMinor: backMinor },
    ...others,
  ];
}

export const paidMinor = (payments: readonly SalePayment[]): number =>
  addMinor(...payments.map(({ amountMinor }) => amountMinor));
