import { addMinor } from '../../../money.ts';
import { ownValue } from '../../../own-value.ts';
import type { BusinessDate } from '../../../ids.ts';
import type { Instant } from '../../../time.ts';
import type { Tender } from '../../event.ts';
import { dateOf, instantAt, minor, type CheckContext } from './check.ts';
import type { ToastPayment } from './order-schema.ts';

const TENDER_OF: Readonly<Record<string, Tender['type']>> = {
  CASH: 'cash',
  CREDIT: 'card',
  GIFTCARD: 'giftCard',
  TOAST_SV: 'giftCard',
  HOUSE_ACCOUNT: 'account',
  REWARDCARD: 'loyalty',
  LEVELUP: 'mobile',
};

/** What never became money, or is no money any more. */
const WITHOUT_MONEY = new Set([
  'DENIED',
  'VOIDED',
  'VOIDED_AT_RISK',
  'PROCESSING_VOID',
  'CANCELLED',
  'ERROR',
  'ERROR_NETWORK',
]);
/** What may still become money: until it does, the guest owes it. */
const NOT_YET = new Set(['OPEN', 'PROCESSING', 'AUTHORIZED', 'AUTHORIZED_AT_RISK']);

export interface CheckPayment {
  readonly guid: string;
  readonly payment: ToastPayment;
  readonly tender: Tender;
  /** Without the tip. */
  readonly amountMinor: number;
  readonly tipMinor: number;
  /** When it was paid, where Toast says so. */
  readonly at: Instant | undefined;
  readonly businessDate: BusinessDate | undefined;
}

export const isMoney = ({ paymentStatus, voidInfo }: ToastPayment): boolean =>
  !WITHOUT_MONEY.has(paymentStatus ?? '') && voidInfo?.voidDate === undefined;

export function paymentsOf(scope: CheckContext): CheckPayment[] {
  return (scope.check.payments ?? []).filter(isMoney).map((payment, index) => {
    const where = `/checks/payments/${index}`;
    const amountMinor = minor(payment.amount, `${where}/amount`, scope);
    const tipMinor = minor(payment.tipAmount, `${where}/tipAmount`, scope);
    const at = instantAt(payment.paidDate, scope);
    const businessDate =
      at === undefined ? undefined : dateOf(payment.paidBusinessDate, at, `${where}/paidBusinessDate`, scope);
    const tender = tenderOf(payment, amountMinor, tipMinor, where, scope);
    return { guid: payment.guid, payment, tender, amountMinor, tipMinor, at, businessDate };
  });
}

function tenderOf(
  payment: ToastPayment,
  amountMinor: number,
  tipMinor: number,
  where: string,
  scope: CheckContext,
): Tender {
  const label = payment.type ?? 'UNDETERMINED';
  if (NOT_YET.has(payment.paymentStatus ?? '')) {
    return { type: 'account', label: 'not captured yet', amountMinor: addMinor(amountMinor, tipMinor) };
  }
  const type = tenderTypeOf(payment, where, scope);
  const handedMinor =
    payment.amountTendered === undefined
      ? 0
      : minor(payment.amountTendered, `${where}/amountTendered`, scope);
  const changeMinor = type === 'cash' ? Math.max(handedMinor - amountMinor, 0) : 0;
  return {
    type,
    label,
    amountMinor: addMinor(amountMinor, tipMinor, changeMinor),
    ...(changeMinor === 0 ? {} : { changeMinor }),
  };
}

export function tenderTypeOf({ type = '' }: ToastPayment, where: string, { quality }: CheckContext) {
  const found = ownValue(TENDER_OF, type);
  if (found === undefined) quality.flag('unknown-tender', `${where}/type`);
  return found ?? 'other';
}

export const paidMinor = (payments: readonly CheckPayment[]): number =>
  addMinor(...payments.map(({ amountMinor, tipMinor }) => addMinor(amountMinor, tipMinor)));
