import { cashierRate } from '../../cashier-rate.ts';

export const taxOverrideRate = cashierRate({
  kind: 'tax-override-rate',
  label: 'Many taxes changed by hand',
  letter: 'q',
  per: 'lines',
  what: 'taxes changed by hand',
  of: 'lines',
  countOf: (_event, activity) => activity?.taxOverridden ?? 0,
  advice: 'Ask for the certificates of exemption.',
});
