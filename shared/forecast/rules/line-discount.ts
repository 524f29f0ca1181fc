import { checked, failed, type PostingRule } from '../rule.ts';
import { countingLines } from '../line-money.ts';
import { addMinor, extendMinor } from '../../money.ts';
import type { TransactionLine } from '../../pos/event.ts';

/** The discount of a line is the sum of its discounts. */
export const lineDiscount: PostingRule = {
  id: 'line-discount',
  level: 'line',
  name: 'Line discount',
  notChecked: checked,
  check: (receipt) =>
    countingLines(receipt)
      .filter(isDiscountedWrongly)
      .map(({ lineNumber }) =>
        failed('Line discount', 'the discounts do not make up what the line is cheaper by', lineNumber),
      ),
};

/** Tills differ in whether the actual price holds the discount already, and in where they round. */
function isDiscountedWrongly(line: TransactionLine): boolean {
  const {
    discounts = [],
    quantityMilli,
    regularUnitPriceMinor,
    actualUnitPriceMinor,
    extendedAmountMinor,
  } = line;
  if (discounts.length === 0) return false;
  const discountMinor = addMinor(...discounts.map(({ amountMinor }) => amountMinor));
  const readings = [regularUnitPriceMinor, actualUnitPriceMinor].map(
    (price) => extendMinor(price, quantityMilli) - discountMinor,
  );
  return readings.every(
    (reading) => Math.abs(reading - extendedAmountMinor) > 1 + Math.floor(Math.abs(quantityMilli) / 2000),
  );
}
