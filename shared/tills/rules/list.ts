import { cashOverShort } from './cash-over-short.ts';
import { noSaleOpenings } from './no-sale-openings.ts';
import { refundWithoutReceipt } from './refund-without-receipt.ts';
import { sequenceGap } from './sequence-gap.ts';
import { shiftUnclear } from './shift-unclear.ts';

/** Every rule about a shift. A new one is a file beside this one and a line here. */
export const SHIFT_RULES = [noSaleOpenings, refundWithoutReceipt, cashOverShort, shiftUnclear] as const;

/** With the rule about the tills' running numbers: every till rule. */
export const TILL_RULES = [...SHIFT_RULES, sequenceGap] as const;
