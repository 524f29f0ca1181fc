import { cashierRate } from '../../cashier-rate.ts';

export const priceOverrideRate = cashierRate({
  kind: 'price-override-rate',
  label: 'Many prices changed by hand',
  letter: 'p',
  per: 'lines',
  what: 'prices changed by hand',
  of: 'lines',
  countOf: (_event, activity) => activity?.overridden ?? 0,
  advice: 'Look at the reasons, and at labels that may be wrong.',
});
