import { cashierRate } from '../../cashier-rate.ts';

export const refundRate = cashierRate({
  kind: 'refund-rate',
  label: 'Many refunds',
  letter: 'r',
  per: 'transactions',
  what: 'refunds',
  of: 'transactions',
  countOf: (_event, activity) => (activity !== undefined && activity.returned > 0 ? 1 : 0),
  advice: 'Look at whether the goods came back. A returns desk belongs into a role of its own.',
});
