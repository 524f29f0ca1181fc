import { type PostingRule } from '../rule.ts';
import { countingLines } from '../line-money.ts';

/** Tills do not capture batch numbers. */
export const batchNumber: PostingRule = {
  id: 'batch-number',
  level: 'posting',
  name: 'Batch number',
  notChecked: ({ products }) => (products ? undefined : 'products are not set'),
  check: (receipt, { product }) =>
    countingLines(receipt)
      .filter(({ productId = '' }) => product.get(productId)?.batchNumbers === true)
      .map(({ productId = '', lineNumber }) => ({
        message: `Batch number  isn't created for item number ${productId}.`,
        lineNumber,
      })),
};
