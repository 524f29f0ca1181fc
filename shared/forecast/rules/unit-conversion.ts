import { failed, type PostingRule } from '../rule.ts';
import { countingLines } from '../line-money.ts';

/** The unit of each line converts to the inventory unit. */
export const unitConversion: PostingRule = {
  id: 'unit-conversion',
  level: 'line',
  name: 'Unit of measure conversions',
  notChecked: ({ products }) => (products ? undefined : 'products are not set'),
  check: (receipt, { product }) =>
    countingLines(receipt)
      .filter(({ productId = '', unit }) => product.get(productId)?.units?.includes(unit) === false)
      .map(({ productId = '', unit, lineNumber }) =>
        failed(
          'Unit of measure conversions',
          `${unit} of ${productId} has no conversion to the inventory unit`,
          lineNumber,
        ),
      ),
};
