import type { BusinessDate } from '../ids.ts';
import { currencySchema } from '../money.ts';
import { ageInDays } from '../reconciliation/ageing.ts';
import { isUnanswered, type Item } from './item.ts';
import { absolute, type AutoAcceptRule, type ClosePolicy } from './policy.ts';

interface RuleContext {
  readonly businessDate: BusinessDate;
  readonly storeId: string;
  readonly today: string;
  readonly policy: ClosePolicy;
  /** Every item of the store's day, for the sums that a rule has accepted. */
  readonly items: Iterable<Item>;
}

/** The first rule that accepts an item; undefined where a person has to look at it. */
export function ruleFor(item: Item, context: RuleContext): AutoAcceptRule | undefined {
  if (!isUnanswered(item) || item.isForPerson) return undefined;
  const all = [...context.items];
  return (context.policy.autoAccept ?? []).find((rule) => fits(rule, item, all, context));
}

function fits(
  {
    name,
    categories,
    stores,
    maxAmountMinor,
    maxTotalMinor,
    minAgeDays = 0,
    maxAgeDays = Infinity,
  }: AutoAcceptRule,
  item: Item,
  all: readonly Item[],
  { businessDate, storeId, today }: RuleContext,
): boolean {
  const currency = currencySchema.safeParse(item.currency);
  if (!currency.success) return false;
  const amount = absolute(item.amountMinor);
  const most = maxAmountMinor[currency.data];
  // An amount of 0 says that none is known, and what is not known is within no limit.
  if (most === undefined || amount === 0n || amount > BigInt(most)) return false;
  if (!categories.includes(item.category)) return false;
  if (stores && !stores.some((store) => store === storeId)) return false;
  const age = ageInDays(businessDate, today);
  if (age < minAgeDays || age > maxAgeDays) return false;
  if (!maxTotalMinor) return true;
  const already = all
    .filter(
      ({ status, reason, currency: other }) =>
        status === 'accepted' &&
        reason?.by.kind === 'rule' &&
        reason.by.id === name &&
        other === item.currency,
    )
    .reduce((sum, { amountMinor }) => sum + absolute(amountMinor), 0n);
  return already + amount <= BigInt(maxTotalMinor[currency.data] ?? 0);
}
