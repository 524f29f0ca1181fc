import { cashierRate } from '../../cashier-rate.ts';

export const couponRate = cashierRate({
  kind: 'coupon-rate',
  label: 'Many coupons',
  letter: 'u',
  per: 'transactions',
  what: 'coupons',
  of: 'transactions',
  countOf: (_event, activity) => activity?.coupons ?? 0,
  advice: 'Look at whether the customers handed them in.',
});
