import type { TransactionEvent } from '../pos/event.ts';
import { isInForce } from '../pos/transaction-versions.ts';
import { allowedCashDifferenceMinor, type TillLimits } from './limits.ts';
import { cashDifferenceMinor, type Shift } from './shift.ts';

/** The rules that look at one till and one shift. Each is right by itself; none needs another till to compare with. */
export function hasTooManyNoSales(shift: Shift, limits: TillLimits): boolean {
  return shift.noSaleOpenings > limits.noSaleOpeningsPerShift;
}

export function hasTooManyRefundsWithoutReceipt(shift: Shift, limits: TillLimits): boolean {
  return shift.refundsWithoutReceipt > limits.refundsWithoutReceiptPerShift;
}

/**
 * What a transaction paid for goods taken back with nothing to show where they were bought, in minor units, zero or
 * more. Returned lines count in full, also where an exchange pays for something else with them.
 */
export function refundWithoutReceiptMinor(event: TransactionEvent): number {
  const known = event.returnOf;
  if (!isInForce(event) || known?.transactionId !== undefined || known?.receiptNumber !== undefined) return 0;
  let refundedMinor = 0;
  for (const line of event.lines) {
    if (line.type === 'return' && line.voided !== true) refundedMinor -= line.extendedAmountMinor;
  }
  return Math.max(0, refundedMinor);
}

/**
 * What to say about the shift's cash, if anything: a difference beyond the limit, a later one that is at least twice
 * as large or on the other side, or that late events have settled it (`differenceMinor` within the limit). Late sales
 * that nibble at a known difference raise nothing.
 */
export function cashFinding(
  shift: Shift,
  limits: TillLimits,
): { readonly differenceMinor: number; readonly settled: boolean } | undefined {
  const differenceMinor = cashDifferenceMinor(shift);
  if (differenceMinor === undefined) return undefined;
  const saidMinor = shift.cashVerdict?.differenceMinor ?? 0;
  if (Math.abs(differenceMinor) <= allowedCashDifferenceMinor(limits, shift.currency)) {
    return saidMinor === 0 ? undefined : { differenceMinor, settled: true };
  }
  const isWorse = Math.abs(differenceMinor) >= 2 * Math.abs(saidMinor);
  const isOtherSide = Math.sign(differenceMinor) !== Math.sign(saidMinor);
  return isWorse || isOtherSide ? { differenceMinor, settled: false } : undefined;
}
