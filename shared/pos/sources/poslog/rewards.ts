import { addMinor, divideRounded } from '../../../money.ts';
import type { TransactionLine } from '../../event.ts';
import type { Amounts } from './amounts.ts';
import type { LineDraft } from './lines.ts';
import { childrenOf, textAt, type XmlElement } from './xml.ts';

/** What a loyalty program or a promotion takes off, with the lines that it takes it off where that is said. */
interface Reward {
  /** Negative. */
  readonly amountMinor: number;
  readonly promotion: string;
  /** The line's operator sequence; `0` is the whole transaction. */
  readonly reference: string;
}

/**
 * Rewards stand in lines of their own, behind the goods. The summarized ones are the money; a reward on the
 * transaction is broken down to lines by detailed ones of the same promotion. Points and messages are no money.
 */
export function applyRewards(retail: XmlElement, amounts: Amounts, drafts: readonly LineDraft[]): void {
  const summarized: Reward[] = [];
  const detailed: Reward[] = [];
  for (const item of childrenOf(retail, 'LineItem')) {
    if (item.attributes['VoidFlag'] === 'true') continue;
    for (const element of childrenOf(item, 'LoyaltyReward')) {
      const category = textAt(element, 'RewardCategory') ?? 'Monetary';
      const reward: Reward = {
        amountMinor: category === 'Monetary' ? (amounts.minor(element, 'ExtendedRewardAmount') ?? 0) : 0,
        promotion: `${textAt(element, 'PromotionID') ?? ''}/${textAt(element, 'EventID') ?? ''}`,
        reference: textAt(element, 'OperatorSequenceReference') ?? '0',
      };
      if (reward.amountMinor === 0) continue;
      const isDetail =
        element.attributes['detailedData'] === 'true' && element.attributes['summarizedActivity'] !== 'true';
      (isDetail ? detailed : summarized).push(reward);
    }
  }
  for (const reward of summarized) applyReward(reward, detailed, drafts);
}

function applyReward(reward: Reward, detailed: readonly Reward[], drafts: readonly LineDraft[]): void {
  const countingDrafts = drafts.filter(({ line }) => line.voided !== true);
  const lineOf = (reference: string) => countingDrafts.find((draft) => draft.reference === reference);
  const own = lineOf(reward.reference);
  if (own) {
    takeOff(own, reward.amountMinor, reward.promotion);
    return;
  }
  const parts = detailed.filter(({ promotion }) => promotion === reward.promotion);
  const partsMinor = addMinor(...parts.map((part) => part.amountMinor));
  if (partsMinor === reward.amountMinor && parts.every((part) => lineOf(part.reference) !== undefined)) {
    for (const part of parts) {
      const draft = lineOf(part.reference);
      if (draft) takeOff(draft, part.amountMinor, part.promotion);
    }
    return;
  }
  const sales = countingDrafts.filter(({ line }) => line.type === 'sale' && line.extendedAmountMinor > 0);
  const weights = sales.map(({ line }) => line.extendedAmountMinor);
  const shares = shareOut(reward.amountMinor, weights);
  for (const [index, draft] of sales.entries()) takeOff(draft, shares[index] ?? 0, reward.promotion);
}

function takeOff(draft: LineDraft, amountMinor: number, reason: string): void {
  if (amountMinor === 0) return;
  const discount: NonNullable<TransactionLine['discounts']>[number] = {
    amountMinor: amountMinor === 0 ? 0 : -amountMinor,
    reason,
    manual: false,
  };
  draft.line = {
    ...draft.line,
    extendedAmountMinor: addMinor(draft.line.extendedAmountMinor, amountMinor),
    discounts: [...(draft.line.discounts ?? []), discount],
  };
}

/** Shares an amount out by weight, so that the shares add up to it: each takes its part of what is left. */
function shareOut(amountMinor: number, weights: readonly number[]): number[] {
  let leftMinor = amountMinor;
  let leftWeight = addMinor(...weights);
  return weights.map((weight) => {
    const share =
      leftWeight === 0 ? 0 : Number(divideRounded(BigInt(leftMinor) * BigInt(weight), BigInt(leftWeight)));
    leftMinor -= share;
    leftWeight -= weight;
    return share;
  });
}
