import { checked, failed, type PostingRule } from '../rule.ts';
import { lineMoney, offBy } from '../line-money.ts';

/** The tax of the lines is the sum of the tax transactions. */
export const lineTax: PostingRule = {
  id: 'line-tax',
  level: 'line',
  name: 'Line tax',
  notChecked: checked,
  check: (receipt) => {
    const { taxMinor } = lineMoney(receipt);
    return taxMinor === receipt.totals.taxMinor
      ? []
      : [
          failed(
            'Line tax',
            `the taxes of the lines are ${offBy(taxMinor, receipt.totals.taxMinor)} than the tax of the transaction`,
          ),
        ];
  },
};
