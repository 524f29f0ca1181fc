import { checked, failed, type PostingRule } from '../rule.ts';
import { countingLines } from '../line-money.ts';

/** There is a line that is not voided. */
export const transactionNotEmpty: PostingRule = {
  id: 'transaction-not-empty',
  level: 'header',
  name: 'Transaction not empty',
  notChecked: checked,
  check: (receipt) =>
    countingLines(receipt).length > 0 ? [] : [failed('Transaction not empty', 'no line counts')],
};
