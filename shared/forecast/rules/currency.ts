import { type PostingRule } from '../rule.ts';

/** The currency exists and has an exchange rate. */
export const currencyRule: PostingRule = {
  id: 'currency',
  level: 'posting',
  name: 'Currency',
  notChecked: ({ currencies }) => (currencies ? undefined : 'currencies are not set'),
  check: ({ currency }, setup) =>
    setup.currencies && !setup.currency.has(currency)
      ? [{ message: `There is no exchange rate for currency ${currency}.` }]
      : [],
};
