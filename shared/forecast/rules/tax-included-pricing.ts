import { checked, failed, type PostingRule } from '../rule.ts';
import { countingLines, taxOfLine } from '../line-money.ts';
import type { TransactionLine } from '../../pos/event.ts';

/** Whether prices include tax is the same in the header and in the tax of the lines. */
export const taxIncludedPricing: PostingRule = {
  id: 'tax-included-pricing',
  level: 'header',
  name: 'Tax included pricing',
  notChecked: checked,
  check: (receipt) => {
    const contradicting = countingLines(receipt).find((line) =>
      isTaxedInTheOtherWay(line, receipt.taxIncluded),
    );
    if (!contradicting) return [];
    const flag = receipt.taxIncluded ? 'Yes' : 'No';
    return [
      failed(
        'Tax included pricing',
        `tax included in price is ${flag}, but the tax of a line is calculated in the other way`,
        contradicting.lineNumber,
      ),
    ];
  },
};

/** The base of each tax is the amount without tax; with the wrong flag it would be the other amount. */
function isTaxedInTheOtherWay(line: TransactionLine, taxIncluded: boolean): boolean {
  const { taxes = [], extendedAmountMinor } = line;
  const taxMinor = taxOfLine(line);
  if (taxMinor === 0) return false;
  const own = taxIncluded ? extendedAmountMinor - taxMinor : extendedAmountMinor;
  const other = taxIncluded ? extendedAmountMinor : extendedAmountMinor - taxMinor;
  return taxes.every(({ taxableMinor }) => taxableMinor === other && taxableMinor !== own);
}
