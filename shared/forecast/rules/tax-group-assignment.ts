import { failed, type PostingRule } from '../rule.ts';
import { countingLines } from '../line-money.ts';

/** Sales tax group and item sales tax group have a valid intersection. */
export const taxGroupAssignment: PostingRule = {
  id: 'tax-group-assignment',
  level: 'line',
  name: 'Tax group assignment',
  notChecked: ({ taxCodes, products }) => ((taxCodes ?? products) ? undefined : 'taxCodes are not set'),
  check: (receipt, { taxCodes, product }) =>
    countingLines(receipt).flatMap(({ taxes = [], productId = '', lineNumber }) => {
      const allowed = product.get(productId)?.taxCodes ?? taxCodes;
      const wrong = allowed && taxes.find(({ code }) => !allowed.includes(code));
      return wrong
        ? [
            failed(
              'Tax group assignment',
              `${wrong.code} is no valid intersection of the sales tax group and the item sales tax group`,
              lineNumber,
            ),
          ]
        : [];
    }),
};
