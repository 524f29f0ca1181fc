import { cashOverShort } from './cash-over-short.ts';
import { noSaleOpenings } from './no-sale-openings.ts';
import { refundWithoutReceipt } from './refund-without-receipt.ts';
import { sequenceGap } from './sequence-gap.ts';
import { sequenceUnclear } from './sequence-unclear.ts';
import { shiftUnclear } from './shift-unclear.ts';

/** Every rule about tills. A new one is a file beside this one and a line here. */
export const TILL_RULES = [
  noSaleOpenings,
  refundWithoutReceipt,
  cashOverShort,
  shiftUnclear,
  sequenceGap,
  sequenceUnclear,
] as const;
