import { cashierRate } from '../../cashier-rate.ts';

export const discountRate = cashierRate({
  kind: 'discount-rate',
  label: 'Many discounts by hand',
  letter: 'd',
  per: 'lines',
  what: 'lines discounted by hand',
  of: 'lines',
  countOf: (_event, activity) => activity?.discounted ?? 0,
  advice: 'Look at the reasons, and whether the same customers come again.',
});
