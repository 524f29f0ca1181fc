import { PermanentError } from '../../../errors.ts';
import { addMinor, divideRounded, parseDecimal, type Currency } from '../../../money.ts';
import type { Quality } from '../../enrich.ts';
import { minorOfDecimal } from '../vendor-amounts.ts';
import type { DynamicsHeader, DynamicsPaymentLine, DynamicsSalesLine } from './rows.ts';

/** Amounts of the store's currency. @throws PermanentError `schema` */
export type Minor = (text: string, where: string) => number;
export const minorIn =
  (currency: Currency, quality: Quality): Minor =>
  (text, where) =>
    minorOfDecimal(text, currency, where, quality);

const QUANTITY_DIGITS = 6;

/** @throws PermanentError `schema` */
export function milliOf(text: string, where: string, quality: Quality): number {
  const fine = parseDecimal(text, QUANTITY_DIGITS);
  if (fine === undefined) throw new PermanentError('schema', 'is no decimal quantity', { where });
  const step = 10 ** (QUANTITY_DIGITS - 3);
  if (fine % step !== 0) quality.flag('amount-rounded', where);
  return Number(divideRounded(BigInt(fine), BigInt(step)));
}

const OFF = new Set(['Voided', 'Cancelled']);
export const isOff = ({ TransactionStatus: status }: Pick<DynamicsSalesLine, 'TransactionStatus'>): boolean =>
  OFF.has(status ?? '');
export const isVoidedPayment = (payment: DynamicsPaymentLine): boolean =>
  isOff(payment) || payment.VoidStatus === 'Voided';

/** What was received less what was paid out: its sign is beyond doubt. */
export function receivedMinor(payments: readonly DynamicsPaymentLine[], minor: Minor): number {
  return addMinor(
    ...payments
      .filter((one) => !isVoidedPayment(one))
      .map(({ AmountTendered }) => minor(AmountTendered, '/RetailTransactionPaymentLinesV2/AmountTendered')),
  );
}

/**
 * Whether amounts and quantities of sales are positive in these rows. The tables of Commerce write what is sold below zero,
 * some entities turn that round: which of the two it is, the money tells.
 */
export function signOf(
  linesMinor: number,
  paidMinor: number,
  { SaleIsReturnSale: isReturn }: DynamicsHeader,
  quality: Quality,
): 1 | -1 {
  if (linesMinor !== 0 && paidMinor !== 0) return Math.sign(linesMinor) === Math.sign(paidMinor) ? 1 : -1;
  if (linesMinor === 0) {
    // An even exchange reads both ways; the tables' own way is taken.
    if (paidMinor === 0) quality.flag('totals-disagree', '/RetailTransactionSalesLinesV2/Quantity');
    return -1;
  }
  quality.flag('totals-disagree', '/RetailTransactionPaymentLinesV2/AmountTendered');
  return linesMinor < 0 === isReturn ? 1 : -1;
}
