import { type PostingRule } from '../rule.ts';

/** Calculated and exempted tax of charges add up to what was calculated before. */
export const taxExemptCalculation: PostingRule = {
  id: 'tax-exempt-calculation',
  level: 'header',
  name: 'Tax exempt calculation',
  notChecked: () => 'tills send no exempted tax of charges',
  check: () => [],
};
