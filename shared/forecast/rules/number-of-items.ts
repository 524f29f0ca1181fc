import { type PostingRule } from '../rule.ts';

/** The number of items of the header is the sum of the quantities of the lines. */
export const numberOfItems: PostingRule = {
  id: 'number-of-items',
  level: 'header',
  name: 'Number of items',
  notChecked: () => 'the header that Dynamics gets has the sum of the lines: tills send no number of items',
  check: () => [],
};
