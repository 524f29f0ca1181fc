import { cashierRate } from '../../cashier-rate.ts';

export const scanGapRate = cashierRate({
  kind: 'scan-gap-rate',
  label: 'Long gaps between scans',
  letter: 'g',
  per: 'timed',
  what: 'long gaps between scans',
  of: 'lines',
  countOf: (_event, activity) => activity?.slow ?? 0,
  advice: 'Look at whether goods passed the scanner unscanned while nothing was entered.',
});
