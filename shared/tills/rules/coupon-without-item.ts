import { z } from 'zod';
import type { TransactionEvent } from '../../pos/event.ts';
import { normalCode } from '../../pos/master-data.ts';
import { tillRule } from './rule.ts';

/** A coupon was taken off though the product that it is valid for is not in the basket. */
export const couponWithoutItem = tillRule({
  kind: 'coupon-without-item',
  label: 'Coupon without its product',
  subject: 'case',
  parameters: z.strictObject({}),
  about: () => ({
    means:
      'A coupon was taken off, and the product that it is valid for (`requiresProductCode`) is not in the transaction.',
    todo: 'Ask how the coupon came into the till: its issuer will not pay for it.',
    raised: 'a coupon was taken and the product that it is valid for was not sold',
    onceFor: 'transaction',
    severity: '`warning`',
  }),
  concerns: (event, activity) => event.kind === 'transaction' && (activity?.coupons ?? 0) > 0,
  finding(view, _limits, { products }) {
    const { lines } = view.event as TransactionEvent;
    const sold = new Set<string>();
    for (const { productCode, productId, voided, quantityMilli } of lines) {
      if (voided === true || quantityMilli <= 0) continue;
      sold.add(normalCode(productCode));
      if (productId === undefined) continue;
      sold.add(normalCode(productId));
      // A coupon may name another code of the same product.
      for (const code of products?.get(productId)?.codes ?? []) sold.add(normalCode(code));
    }
    let value = 0;
    for (const { discounts = [], voided } of lines)
      for (const { requiresProductCode } of voided === true ? [] : discounts)
        if (requiresProductCode !== undefined && !sold.has(normalCode(requiresProductCode))) value += 1;
    return value > 0 ? { value } : undefined;
  },
  words: ({ value }, { reference }) => ({
    severity: 'warning',
    title: `${value} ${value === 1 ? 'coupon' : 'coupons'} without ${value === 1 ? 'its' : 'their'} product`,
    detail:
      `Transaction ${String(reference.transactionId)} takes coupons for products that it does not sell. ` +
      'The manufacturer will not pay for them; ask how they came into the till.',
    evidence: [reference],
  }),
});
