import { checked, failed, type PostingRule } from '../rule.ts';
import { countingLines } from '../line-money.ts';

/** The bar codes of all items exist. */
export const barcode: PostingRule = {
  id: 'barcode',
  level: 'line',
  name: 'Barcode',
  notChecked: checked,
  check: (receipt) =>
    countingLines(receipt)
      .filter(({ productId, type }) => productId === undefined && (type === 'sale' || type === 'return'))
      .map(({ productCode, lineNumber }) => failed('Barcode', `${productCode} does not exist`, lineNumber)),
};
