import { checked, failed, type PostingRule } from '../rule.ts';
import { countingLines } from '../line-money.ts';

/** No gift card is returned. */
export const giftCardReturns: PostingRule = {
  id: 'gift-card-returns',
  level: 'line',
  name: 'Gift card returns',
  notChecked: checked,
  check: (receipt) =>
    countingLines(receipt)
      .filter(
        ({ type, quantityMilli, extendedAmountMinor }) =>
          type === 'giftCard' && (quantityMilli < 0 || extendedAmountMinor < 0),
      )
      .map(({ lineNumber }) => failed('Gift card returns', 'a gift card is returned', lineNumber)),
};
