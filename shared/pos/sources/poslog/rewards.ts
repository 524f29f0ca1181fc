import { addMinor } from '../../../money.ts';
import { isTrue } from './dialect.ts';
import { takeOff, takeOffAll } from './discounts.ts';
import type { LineDraft, Reading } from './draft.ts';
import { shortText } from './texts.ts';
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
export function applyRewards(
  items: readonly XmlElement[],
  { amounts, quality }: Reading,
  drafts: readonly LineDraft[],
): void {
  const summarized: Reward[] = [];
  const detailed: Reward[] = [];
  for (const item of items) {
    if (isTrue(item, 'VoidFlag')) continue;
    for (const element of childrenOf(item, 'LoyaltyReward')) {
      const category = textAt(element, 'RewardCategory') ?? 'Monetary';
      const promotion = `${textAt(element, 'PromotionID') ?? ''}/${textAt(element, 'EventID') ?? ''}`;
      const reward: Reward = {
        amountMinor: category === 'Monetary' ? (amounts.minor(element, 'ExtendedRewardAmount') ?? 0) : 0,
        promotion: shortText(promotion, 'PromotionID', quality),
        reference: textAt(element, 'OperatorSequenceReference') ?? '0',
      };
      if (reward.amountMinor === 0) continue;
      const isDetail = isTrue(element, 'detailedData') && !isTrue(element, 'summarizedActivity');
      (isDetail ? detailed : summarized).push(reward);
    }
  }
  const counted = drafts.filter(({ line }) => line.voided !== true);
  const byReference = new Map(counted.toReversed().map((draft) => [draft.reference ?? '', draft]));
  const partsOf = new Map<string, Reward[]>();
  for (const part of detailed) partsOf.set(part.promotion, [...(partsOf.get(part.promotion) ?? []), part]);
  for (const reward of summarized) {
    applyReward(reward, partsOf.get(reward.promotion) ?? [], byReference, counted);
  }
}

function applyReward(
  reward: Reward,
  parts: readonly Reward[],
  byReference: ReadonlyMap<string, LineDraft>,
  counted: readonly LineDraft[],
): void {
  const own = reward.reference === '' ? undefined : byReference.get(reward.reference);
  if (own) {
    takeOff(own, reward.amountMinor, reward.promotion);
    return;
  }
  const partsMinor = addMinor(...parts.map((part) => part.amountMinor));
  const drafts = parts.map((part) => byReference.get(part.reference));
  if (partsMinor !== reward.amountMinor || drafts.includes(undefined)) {
    takeOffAll(counted, reward.amountMinor, reward.promotion);
    return;
  }
  for (const [index, part] of parts.entries()) {
    const draft = drafts[index];
    if (draft) takeOff(draft, part.amountMinor, part.promotion);
  }
}
