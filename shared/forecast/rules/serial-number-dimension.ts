import { type PostingRule } from '../rule.ts';

/** No serial number is given where its dimension is inactive. */
export const serialNumberDimension: PostingRule = {
  id: 'serial-number-dimension',
  level: 'line',
  name: 'Serial number dimension',
  notChecked: () => 'tills send no serial numbers',
  check: () => [],
};
