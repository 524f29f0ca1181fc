import { cashierRate } from '../../cashier-rate.ts';

export const lineVoidRate = cashierRate({
  kind: 'line-void-rate',
  label: 'Many voided lines',
  letter: 'a',
  per: 'lines',
  what: 'voided lines',
  of: 'lines',
  countOf: (_event, activity) => activity?.voidedLines ?? 0,
  advice: 'Look at whether the goods were put back or left the store.',
});
