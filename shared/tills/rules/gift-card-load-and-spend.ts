import { z } from 'zod';
import { MAX_EVIDENCE, type EventReference } from '../../alerts/alert.ts';
import { epochMsOf, MINUTE_MS } from '../../time.ts';
import type { DayView } from '../day-tally.ts';
import { tillRule } from './rule.ts';

const LOADED = 'loaded';
const SPENT = 'spent';

/** A gift card that is spent minutes after it was loaded: bought with another's money, before that is noticed. */
export const giftCardLoadAndSpend = tillRule({
  kind: 'gift-card-load-and-spend',
  label: 'Gift card loaded and spent at once',
  subject: 'gift-card',
  parameters: z.strictObject({
    withinMinutes: z
      .int()
      .min(1)
      .describe('A gift card that is spent so soon after it was loaded raises the alert.')
      .default(30),
  }),
  about: ({ withinMinutes }) => ({
    means:
      'A gift card was spent minutes after it was loaded in the same store. Both must name it (`giftCardNumber` of the line and of the tender).',
    todo: 'Look at how the load was paid, and whether one cashier did both.',
    raised: `a gift card was spent within ${withinMinutes} minutes after it was loaded in the same store`,
    onceFor: 'gift card, again when there are more',
    severity: '`warning`',
  }),
  contribution(event, _known, _activity, id) {
    if (event.kind !== 'transaction') return undefined;
    const isLoaded = event.lines.some(
      ({ type, giftCardRef, voided, extendedAmountMinor }) =>
        type === 'giftCard' && giftCardRef === id && voided !== true && extendedAmountMinor > 0,
    );
    const isSpent = event.tenders.some(
      ({ type, giftCardRef, amountMinor }) => type === 'giftCard' && giftCardRef === id && amountMinor > 0,
    );
    if (!isLoaded && !isSpent) return undefined;
    const name = isLoaded ? LOADED : SPENT;
    return { sums: { [name]: 1 }, isEvidence: true, evidenceAs: name };
  },
  finding(view, { withinMinutes }) {
    const value = pairsIn(view, withinMinutes).length;
    return value > (view.said('gift-card-load-and-spend')?.value ?? 0) ? { value, again: true } : undefined;
  },
  words: (_found, view, { withinMinutes }) => ({
    severity: 'warning',
    title: 'Gift card loaded and spent at once',
    detail:
      `A gift card was spent within ${withinMinutes} minutes after it was loaded. Look at how the load was paid, ` +
      'and whether the same cashier did both.',
    evidence: pairsIn(view, withinMinutes).flat().slice(0, MAX_EVIDENCE),
  }),
});

type Pair = readonly [loaded: EventReference, spent: EventReference];

function pairsIn(view: DayView, withinMinutes: number): Pair[] {
  return view.evidenceOf(SPENT).flatMap((spent): Pair[] => {
    const spentMs = epochMsOf(spent.occurredAt);
    const loaded = view.evidenceOf(LOADED).findLast(({ occurredAt }) => epochMsOf(occurredAt) <= spentMs);
    if (!loaded || spentMs - epochMsOf(loaded.occurredAt) > withinMinutes * MINUTE_MS) return [];
    return [[loaded, spent]];
  });
}
