import { checked, failed, type PostingRule } from '../rule.ts';
import { lineMoney, offBy } from '../line-money.ts';

/** The gross amount of the header is that of the lines, including tax. */
export const grossAmount: PostingRule = {
  id: 'gross-amount',
  level: 'header',
  name: 'Gross amount',
  notChecked: checked,
  check: (receipt) => {
    const { grossMinor } = lineMoney(receipt);
    return receipt.totals.grossMinor === grossMinor
      ? []
      : [
          failed(
            'Gross amount',
            `the header has ${offBy(receipt.totals.grossMinor, grossMinor)} than the lines`,
          ),
        ];
  },
};
