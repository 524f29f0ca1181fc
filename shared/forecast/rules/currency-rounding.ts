import { failed, type PostingRule } from '../rule.ts';

/** Amounts are rounded as the rule of the currency says. */
export const currencyRounding: PostingRule = {
  id: 'currency-rounding',
  level: 'header',
  name: 'Currency rounding',
  notChecked: ({ currencies }) => (currencies ? undefined : 'currencies are not set'),
  check: ({ currency, totals, tenders }, setup) => {
    const unit = setup.currency.get(currency)?.roundingMinor ?? 1;
    const amounts = [
      totals.grossMinor,
      ...tenders.map(({ amountMinor, changeMinor = 0 }) => amountMinor - changeMinor),
    ];
    const off = amounts.find((amountMinor) => amountMinor % unit !== 0);
    return off === undefined
      ? []
      : [failed('Currency rounding', `${off} minor units of ${currency} are not rounded to ${unit}`)];
  },
};
