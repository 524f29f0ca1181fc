import { ownValue } from '../../../own-value.ts';
import type { Quality } from '../../enrich.ts';
import { MAX_TEXT_LENGTH, type Tender } from '../../event.ts';
import { cutText } from '../../../ids.ts';
import type { SquareMoney, SquareOrder } from './order-schema.ts';

/** Names of tender types by the id of the tender, which is also the id of its payment. */
export type TenderTypes = ReadonlyMap<string, string>;

type Refund = NonNullable<SquareOrder['refunds']>[number];

const TENDER_OF: Readonly<Record<string, Tender['type']>> = {
  CARD: 'card',
  THIRD_PARTY_CARD: 'card',
  CASH: 'cash',
  SQUARE_GIFT_CARD: 'giftCard',
  WALLET: 'mobile',
  SQUARE_ACCOUNT: 'mobile',
  BUY_NOW_PAY_LATER: 'account',
  BANK_ACCOUNT: 'account',
  OTHER: 'other',
  // A payment calls `OTHER` by this name.
  EXTERNAL: 'other',
};

/** Our tender type for a tender's `type` or a payment's `source_type`. */
export function tenderTypeOf(name: string, quality: Quality): Tender['type'] {
  const type = ownValue(TENDER_OF, name);
  if (!type) quality.flag('unknown-tender');
  return type ?? 'other';
}

/**
 * What was paid and what was paid back.
 * @param paidWith tender types of other orders: a refund names the tender that it pays back.
 */
export function tendersOf(order: SquareOrder, paidWith: TenderTypes, quality: Quality): Tender[] {
  const paid = (order.tenders ?? [])
    // NO_SALE stands for a total of nothing.
    .filter((tender) => tender.type !== 'NO_SALE')
    .map((tender) => {
      const label = cutText(tender.type.toWellFormed(), MAX_TEXT_LENGTH);
      const type = tenderTypeOf(tender.type, quality);
      const handed = tender.cash_details?.buyer_tendered_money;
      if (!handed) return { type, label, amountMinor: amountOf(tender.amount_money) };
      const changeMinor = amountOf(tender.cash_details?.change_back_money);
      return { type, label, amountMinor: handed.amount, changeMinor };
    });
  const own = ownTenderTypes(order);
  const refunded = refundsOf(order).map((refund) => {
    const id = refund.tender_id ?? '';
    const name = own.get(id) ?? paidWith.get(id);
    const amountMinor = -amountOf(refund.amount_money);
    if (name !== undefined) return { type: tenderTypeOf(name, quality), label: 'refund', amountMinor };
    // The first tells why, the second that its posting may rightly be to another account.
    quality.flag('refund-tender-unknown');
    quality.flag('unknown-tender');
    return { type: 'other' as const, label: 'refund', amountMinor };
  });
  return [...paid, ...refunded];
}

const REFUND_HAPPENED = new Set(['APPROVED', 'COMPLETED', 'PENDING']);
const REFUND_OFF = new Set(['FAILED', 'REJECTED']);

/**
 * Whether money was paid back for what an order takes back. Where it also sells, as in an exchange, a refund that is pending
 * counts with it: the sale cannot wait for the bank.
 */
export function refundState(order: SquareOrder): 'paid' | 'pending' | 'failed' | 'partly-failed' {
  const refunds = (order.returns ?? []).length === 0 ? [] : (order.refunds ?? []);
  const isReturnOnly = (order.line_items ?? []).length === 0;
  if (isReturnOnly && refunds.some(({ status }) => status === 'PENDING')) return 'pending';
  const failed = refunds.filter(({ status }) => REFUND_OFF.has(status ?? ''));
  if (failed.length === 0) return 'paid';
  return isReturnOnly && failed.length === refunds.length ? 'failed' : 'partly-failed';
}

/** Refunds that an order pays out. A sale that was refunded later names the refund too, but it belongs to the order that returns. */
export function refundsOf(order: SquareOrder): Refund[] {
  if ((order.returns ?? []).length === 0) return [];
  return (order.refunds ?? []).filter((refund) => REFUND_HAPPENED.has(refund.status ?? 'APPROVED'));
}

export function ownTenderTypes(order: SquareOrder): TenderTypes {
  return new Map((order.tenders ?? []).flatMap(({ id, type }) => (id === undefined ? [] : [[id, type]])));
}

const amountOf = (money: SquareMoney | undefined): number => money?.amount ?? 0;
