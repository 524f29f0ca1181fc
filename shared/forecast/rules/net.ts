import { checked, failed, type PostingRule } from '../rule.ts';
import { lineMoney, offBy } from '../line-money.ts';

/** The net amount of the header is that of the lines, excluding tax. */
export const net: PostingRule = {
  id: 'net',
  level: 'header',
  name: 'Net',
  notChecked: checked,
  check: (receipt) => {
    const { netMinor } = lineMoney(receipt);
    return receipt.totals.netMinor === netMinor
      ? []
      : [failed('Net', `the header has ${offBy(receipt.totals.netMinor, netMinor)} than the lines`)];
  },
};
