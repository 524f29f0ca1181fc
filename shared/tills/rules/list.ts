import { belowCost } from './below-cost.ts';
import { cashOverShort } from './cash-over-short.ts';
import { clockSkew } from './clock-skew.ts';
import { couponWithoutItem } from './coupon-without-item.ts';
import { customerRefunds } from './customer-refunds.ts';
import { deepDiscount } from './deep-discount.ts';
import { duplicateNumber } from './duplicate-number.ts';
import { giftCardCashOut } from './gift-card-cash-out.ts';
import { giftCardLoadAndSpend } from './gift-card-load-and-spend.ts';
import { giftCardUnpaid } from './gift-card-unpaid.ts';
import { nearLimit } from './near-limit.ts';
import { noSaleOpenings } from './no-sale-openings.ts';
import { noSaleThenVoid } from './no-sale-then-void.ts';
import { offHours } from './off-hours.ts';
import { ownRefund } from './own-refund.ts';
import { paidInOut } from './paid-in-out.ts';
import { postVoid } from './post-void.ts';
import { priceOverride } from './price-override.ts';
import { cancelRate } from './rates/cancel-rate.ts';
import { couponRate } from './rates/coupon-rate.ts';
import { discountRate } from './rates/discount-rate.ts';
import { keyedCardRate } from './rates/keyed-card-rate.ts';
import { keyedItemRate } from './rates/keyed-item-rate.ts';
import { lineVoidRate } from './rates/line-void-rate.ts';
import { noSaleRate } from './rates/no-sale-rate.ts';
import { postVoidRate } from './rates/post-void-rate.ts';
import { priceOverrideRate } from './rates/price-override-rate.ts';
import { refundRate } from './rates/refund-rate.ts';
import { scanGapRate } from './rates/scan-gap-rate.ts';
import { suspendedRate } from './rates/suspended-rate.ts';
import { taxOverrideRate } from './rates/tax-override-rate.ts';
import { refundOtherCard } from './refund-other-card.ts';
import { refundWithoutReceipt } from './refund-without-receipt.ts';
import { sequenceGap } from './sequence-gap.ts';
import { sequenceUnclear } from './sequence-unclear.ts';
import { shiftUnclear } from './shift-unclear.ts';
import { silentTill } from './silent-till.ts';
import { staffDiscounts } from './staff-discounts.ts';
import { suspendedSale } from './suspended-sale.ts';
import { taxOverride } from './tax-override.ts';
import { tenderSwap } from './tender-swap.ts';
import { tinySales } from './tiny-sales.ts';
import { trainingSales } from './training-sales.ts';

/** Every rule about tills. A new one is a file beside this one and a line here. */
export const TILL_RULES = [
  noSaleOpenings,
  refundWithoutReceipt,
  cashOverShort,
  shiftUnclear,
  clockSkew,
  sequenceGap,
  sequenceUnclear,
  duplicateNumber,
  postVoid,
  ownRefund,
  refundOtherCard,
  priceOverride,
  belowCost,
  deepDiscount,
  paidInOut,
  giftCardUnpaid,
  giftCardCashOut,
  giftCardLoadAndSpend,
  tenderSwap,
  taxOverride,
  couponWithoutItem,
  offHours,
  noSaleThenVoid,
  tinySales,
  trainingSales,
  staffDiscounts,
  nearLimit,
  customerRefunds,
  suspendedSale,
  silentTill,
  cancelRate,
  postVoidRate,
  lineVoidRate,
  refundRate,
  discountRate,
  priceOverrideRate,
  taxOverrideRate,
  noSaleRate,
  keyedItemRate,
  keyedCardRate,
  scanGapRate,
  suspendedRate,
  couponRate,
] as const;
