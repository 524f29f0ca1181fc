import { cashierRate } from '../../cashier-rate.ts';

export const suspendedRate = cashierRate({
  kind: 'suspended-rate',
  label: 'Many suspended transactions',
  letter: 's',
  per: 'transactions',
  what: 'suspended transactions',
  of: 'transactions',
  countOf: (event) => (event.kind === 'transaction' && event.status === 'suspended' ? 1 : 0),
  advice: 'Look at whether they were resumed and paid.',
});
