import { checked, failed, type PostingRule } from '../rule.ts';
import { lineMoney, offBy } from '../line-money.ts';

/** The gross amount of the header is the net amount of the lines plus all taxes. */
export const netPlusTax: PostingRule = {
  id: 'net-plus-tax',
  level: 'header',
  name: 'Net + tax',
  notChecked: checked,
  check: (receipt) => {
    const { netMinor, taxMinor } = lineMoney(receipt);
    const ofLines = netMinor + taxMinor;
    return receipt.totals.grossMinor === ofLines &&
      receipt.totals.netMinor + receipt.totals.taxMinor === receipt.totals.grossMinor
      ? []
      : [
          failed(
            'Net + tax',
            `net and tax are ${offBy(receipt.totals.netMinor + receipt.totals.taxMinor, receipt.totals.grossMinor)} than the gross amount of the header, or that of the lines differs`,
          ),
        ];
  },
};
