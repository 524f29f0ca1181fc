import { cashierRate } from '../../cashier-rate.ts';

export const keyedCardRate = cashierRate({
  kind: 'keyed-card-rate',
  label: 'Many card numbers typed by hand',
  letter: 'y',
  per: 'cardsRead',
  what: 'card numbers typed by hand',
  of: 'card payments',
  countOf: (_event, activity) => activity?.cardsKeyed ?? 0,
  advice: 'Look at whether the cards were there, and at the reader.',
});
