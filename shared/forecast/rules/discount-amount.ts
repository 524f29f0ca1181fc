import { type PostingRule } from '../rule.ts';

/** The discount of the header is the sum of those of the lines. */
export const discountAmount: PostingRule = {
  id: 'discount-amount',
  level: 'header',
  name: 'Discount amount',
  notChecked: () =>
    'the header that Dynamics gets has the sum of the lines: tills send no discount of the whole',
  check: () => [],
};
