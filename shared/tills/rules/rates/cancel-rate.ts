import { cashierRate } from '../../cashier-rate.ts';

export const cancelRate = cashierRate({
  kind: 'cancel-rate',
  label: 'Many cancelled transactions',
  letter: 'x',
  per: 'transactions',
  what: 'cancelled transactions',
  of: 'transactions',
  countOf: (event) => (event.kind === 'transaction' && event.status === 'cancelled' ? 1 : 0),
  advice: 'Look at what was cancelled, and whether the goods were sold again right after.',
});
