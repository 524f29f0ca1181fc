import { checked, type PostingRule } from '../rule.ts';

/** A sale and a return of one amount, whose tax is left over. */
export const oversettlement: PostingRule = {
  id: 'oversettlement',
  level: 'posting',
  name: 'Oversettlement',
  notChecked: checked,
  check: ({ totals }) =>
    totals.netMinor === 0 && totals.grossMinor !== 0
      ? [{ message: 'Update for voucher has been cancelled to avoid oversettlement.' }]
      : [],
};
