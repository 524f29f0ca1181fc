import { failed, type PostingRule } from '../rule.ts';
import { countingLines } from '../line-money.ts';

/** Serial number controlled items have a serial number. */
export const serialNumberControlled: PostingRule = {
  id: 'serial-number-controlled',
  level: 'line',
  name: 'Serial number controlled',
  notChecked: ({ products }) => (products ? undefined : 'products are not set'),
  check: (receipt, { product }) =>
    countingLines(receipt)
      .filter(({ productId = '' }) => product.get(productId)?.serialNumbers === true)
      .map(({ productId = '', lineNumber }) =>
        failed('Serial number controlled', `${productId} has no serial number`, lineNumber),
      ),
};
