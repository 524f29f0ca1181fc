import { type PostingRule } from '../rule.ts';

/** Calculated and exempted amounts of charge lines add up. */
export const chargeLines: PostingRule = {
  id: 'charge-lines',
  level: 'line',
  name: 'Charge lines',
  notChecked: () => 'tills send no exempted tax of charges',
  check: () => [],
};
