import { failed, type PostingRule } from '../rule.ts';
import { countingLines } from '../line-money.ts';

/** Items and variants exist. */
export const itemVariant: PostingRule = {
  id: 'item-variant',
  level: 'line',
  name: 'Item variant',
  notChecked: ({ products }) => (products ? undefined : 'products are not set'),
  check: (receipt, { product }) =>
    countingLines(receipt)
      .filter(({ productId = '' }) => product.get(productId)?.blocked === true)
      .map(({ productId = '', lineNumber }) =>
        failed('Item variant', `${productId} or its variant does not exist`, lineNumber),
      ),
};
