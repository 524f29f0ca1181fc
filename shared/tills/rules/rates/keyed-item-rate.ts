import { cashierRate } from '../../cashier-rate.ts';

export const keyedItemRate = cashierRate({
  kind: 'keyed-item-rate',
  label: 'Many codes typed by hand',
  letter: 'k',
  per: 'entered',
  what: 'codes typed by hand',
  of: 'lines',
  countOf: (_event, activity) => activity?.keyed ?? 0,
  advice: 'Look at whether the codes fit the goods, and at the scanner.',
});
