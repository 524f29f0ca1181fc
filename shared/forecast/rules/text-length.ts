import { checked, type PostingRule } from '../rule.ts';

/** Fields of headquarters are shorter than those of tills; lengths as in Commerce 10.0. */
export const textLength: PostingRule = {
  id: 'text-length',
  level: 'posting',
  name: 'Text length',
  notChecked: checked,
  check: ({ transactionId, receiptNumber = '', operatorId = '', lines }) => {
    const texts: readonly (readonly [string, string, number])[] = [
      ['TRANSACTIONID', transactionId, 44],
      ['RECEIPTID', receiptNumber, 18],
      ['STAFF', operatorId, 25],
      ...lines.map(({ productCode }) => ['BARCODE', productCode, 80] as const),
    ];
    return texts
      .filter(([, text, longest]) => text.length > longest)
      .map(([field, , longest]) => ({
        message: `String or binary data would be truncated in table: ${field} holds ${longest} characters.`,
      }));
  },
};
