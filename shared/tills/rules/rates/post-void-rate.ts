import { cashierRate } from '../../cashier-rate.ts';

export const postVoidRate = cashierRate({
  kind: 'post-void-rate',
  label: 'Many voids after payment',
  letter: 'v',
  per: 'transactions',
  what: 'voids after payment',
  of: 'transactions',
  countOf: (event) => (event.kind === 'transaction' && event.status === 'voided' ? 1 : 0),
  advice: 'Look at the receipts and at who was at the till.',
});
