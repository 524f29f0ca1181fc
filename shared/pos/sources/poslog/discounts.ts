import { addMinor, divideRounded } from '../../../money.ts';
import type { TransactionLine } from '../../event.ts';
import { isTrue, plainName } from './dialect.ts';
import type { LineDraft, Reading } from './draft.ts';
import { shortText } from './texts.ts';
import { child, childrenOf, textAt, type XmlElement } from './xml.ts';

type Discount = NonNullable<TransactionLine['discounts']>[number];

const MAX_DISCOUNTS = 50;
const ADDS = new Set(['Add', 'AD']);
const SUBTRACTS = new Set(['', 'Subtract', 'SB']);

/** The price modifiers of a line. They describe: whether its amount holds them already is for `readTotals` to tell. */
export function discountsOf(sold: XmlElement, sign: 1 | -1, { amounts, quality }: Reading): Discount[] {
  const discounts: Discount[] = [];
  for (const modifier of childrenOf(sold, 'RetailPriceModifier')) {
    const amount = amounts.information(modifier, 'Amount');
    const action = child(modifier, 'Amount')?.attributes['Action'] ?? '';
    if (amount === undefined || isTrue(modifier, 'VoidFlag')) continue;
    // A modifier that replaces the price states the new price, which is no discount.
    if (!ADDS.has(action) && !SUBTRACTS.has(action)) continue;
    const method = plainName(modifier.attributes['MethodCode'] ?? '');
    const reason = textAt(modifier, 'PromotionID') ?? textAt(modifier, 'ReasonCode');
    discounts.push({
      amountMinor: sign * (ADDS.has(action) ? -Math.abs(amount) : Math.abs(amount)),
      ...(reason === undefined ? {} : { reason: shortText(reason, 'RetailPriceModifier', quality) }),
      manual: method !== 'Promotion' && method !== 'PriceRule',
    });
  }
  const stated = Math.abs(
    amounts.information(sold, 'ExtendedDiscountAmount') ??
      amounts.information(sold, 'TotalDiscountLine') ??
      amounts.information(sold, 'DiscountAmount') ??
      0,
  );
  if (stated !== 0 && discounts.length === 0) discounts.push({ amountMinor: sign * stated, manual: false });
  return discounts.length <= MAX_DISCOUNTS ? discounts : [summed(discounts)];
}

const summed = (discounts: readonly Discount[]): Discount => ({
  amountMinor: addMinor(...discounts.map(({ amountMinor }) => amountMinor)),
  reason: `${discounts.length} discounts`,
  manual: discounts.some(({ manual }) => manual),
});

/** What the line's discounts come to: its own total of them counts before their sum. */
export function statedDiscountOf(
  sold: XmlElement,
  discounts: readonly Discount[],
  { amounts }: Reading,
): number {
  return (
    amounts.information(sold, 'ExtendedDiscountAmount') ??
    addMinor(...discounts.map(({ amountMinor }) => amountMinor))
  );
}

/** Discounts on the whole transaction, in line items of their own: what they take off, and why. */
export function ownDiscountsOf(
  items: readonly XmlElement[],
  { amounts, quality }: Reading,
): { amountMinor: number; reason: string } {
  let amountMinor = 0;
  let reason = '';
  for (const item of items) {
    if (isTrue(item, 'VoidFlag')) continue;
    for (const element of childrenOf(item, 'Discount')) {
      const amount = Math.abs(amounts.information(element, 'Amount') ?? 0);
      if (amount === 0) continue;
      amountMinor += ADDS.has(child(element, 'Amount')?.attributes['Action'] ?? '') ? -amount : amount;
      reason ||= textAt(element, 'ReasonCode') ?? textAt(element, 'PromotionID') ?? '';
    }
  }
  return { amountMinor, reason: shortText(reason, 'Discount', quality) || 'Discount' };
}

/** Takes an amount off a line, or adds it where it is positive, and notes the discount. */
export function takeOff(draft: LineDraft, amountMinor: number, reason: string): void {
  if (amountMinor === 0) return;
  const discounts: Discount[] = [
    ...(draft.line.discounts ?? []),
    { amountMinor: 0 - amountMinor, reason, manual: false },
  ];
  draft.line = {
    ...draft.line,
    extendedAmountMinor: addMinor(draft.line.extendedAmountMinor, amountMinor),
    discounts: discounts.length <= MAX_DISCOUNTS ? discounts : [summed(discounts)],
  };
}

/** Allocates a discount to all goods lines in proportion to their amounts; the parts add up to it. */
export function takeOffAll(drafts: readonly LineDraft[], amountMinor: number, reason: string): void {
  const sales = drafts.filter(({ line }) => line.type === 'sale' && line.extendedAmountMinor > 0);
  const shared = sales.length > 0 ? sales : drafts.filter(({ line }) => line.extendedAmountMinor !== 0);
  let leftMinor = amountMinor;
  let leftWeight = addMinor(...shared.map(({ line }) => line.extendedAmountMinor));
  for (const draft of shared) {
    const weight = draft.line.extendedAmountMinor;
    const share =
      leftWeight === 0 ? 0 : Number(divideRounded(BigInt(leftMinor) * BigInt(weight), BigInt(leftWeight)));
    leftMinor -= share;
    leftWeight -= weight;
    takeOff(draft, share, reason);
  }
}
