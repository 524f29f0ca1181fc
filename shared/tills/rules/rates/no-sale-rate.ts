import { cashierRate } from '../../cashier-rate.ts';

export const noSaleRate = cashierRate({
  kind: 'no-sale-rate',
  label: 'Many drawer openings without a sale',
  letter: 'o',
  per: 'transactions',
  what: 'openings without a sale',
  of: 'transactions',
  countOf: (event) => (event.kind === 'drawer' && event.action === 'noSale' ? 1 : 0),
  advice: 'Look at what the camera saw at these times.',
});
