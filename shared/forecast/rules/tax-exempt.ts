import { type PostingRule } from '../rule.ts';

/** Price and exempted tax add up to the original price. */
export const taxExempt: PostingRule = {
  id: 'tax-exempt',
  level: 'line',
  name: 'Tax exempt',
  notChecked: () => 'tills send no exempted tax',
  check: () => [],
};
