import { type PostingRule } from '../rule.ts';

/** No price is negative. */
export const negativePrice: PostingRule = {
  id: 'negative-price',
  level: 'line',
  name: 'Negative price',
  notChecked: () => 'no event holds a negative price: see sign-contradiction',
  check: () => [],
};
