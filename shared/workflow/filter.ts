import { z } from 'zod';
import { businessDateSchema, storedText, storeIdSchema, type BusinessDate } from '../ids.ts';
import { currencySchema } from '../money.ts';
import { ageInDays } from '../reconciliation/ageing.ts';
import { CATEGORIES, CLASSES } from '../reconciliation/exception.ts';
import { isUnanswered, ITEM_STATUSES, type Item } from './item.ts';
import { absolute } from './policy.ts';

/** Which exceptions are meant, in a list and in a command for many. Everything that is left out lets all through. */
export const itemFilterSchema = z.strictObject({
  from: businessDateSchema.optional().describe('First business date.'),
  to: businessDateSchema.optional().describe('Last business date; at most 31 days after the first.'),
  store: storeIdSchema.optional(),
  status: z
    .enum([...ITEM_STATUSES, 'unanswered', 'any'])
    .optional()
    .describe('`unanswered`: somebody still has to answer for it. Without it all but the cleared ones.'),
  category: z.enum(CATEGORIES).optional(),
  class: z.enum(CLASSES).optional(),
  owner: z.enum(['Finance', 'Store operations', 'Master data', 'IT']).optional(),
  assignee: storedText(200).optional().describe('Assigned to whom; empty for nobody.'),
  acceptedBy: z.string().max(40).optional().describe('Accepted by this rule.'),
  currency: currencySchema.optional(),
  minAmountMinor: z.int().min(0).optional().describe('At least this amount, whatever its sign.'),
  maxAmountMinor: z
    .int()
    .min(0)
    .optional()
    .describe('At most this amount. What has no known amount is left out.'),
  minAgeDays: z.int().min(0).optional(),
  text: storedText(200).optional().describe('Part of the subject or detail, in capitals or not.'),
});
export type ItemFilter = z.infer<typeof itemFilterSchema>;

export interface Placed {
  readonly businessDate: BusinessDate;
  readonly storeId: string;
  readonly item: Item;
}

/** @param today up to which ages count, YYYY-MM-DD */
export function matches(filter: ItemFilter, { businessDate, storeId, item }: Placed, today: string): boolean {
  const {
    from,
    to,
    store,
    category,
    owner,
    assignee,
    acceptedBy,
    currency,
    minAmountMinor,
    maxAmountMinor,
    minAgeDays,
    text,
  } = filter;
  if ((from && businessDate < from) || (to && businessDate > to)) return false;
  if (store !== undefined && storeId !== store) return false;
  if (!hasStatus(filter.status, item)) return false;
  if (category !== undefined && item.category !== category) return false;
  if (filter.class !== undefined && item.class !== filter.class) return false;
  if (owner !== undefined && item.owner !== owner) return false;
  if (assignee !== undefined && (item.assignee ?? '') !== assignee) return false;
  if (acceptedBy !== undefined && !(item.reason?.by.kind === 'rule' && item.reason.by.id === acceptedBy))
    return false;
  if (currency !== undefined && item.currency !== currency) return false;
  const amount = absolute(item.amountMinor);
  if (minAmountMinor !== undefined && amount < BigInt(minAmountMinor)) return false;
  if (maxAmountMinor !== undefined && (amount === 0n || amount > BigInt(maxAmountMinor))) return false;
  if (minAgeDays !== undefined && ageInDays(businessDate, today) < minAgeDays) return false;
  if (text === undefined) return true;
  return `${item.subject}\n${item.detail}`.toLowerCase().includes(text.toLowerCase());
}

function hasStatus(status: ItemFilter['status'], item: Item): boolean {
  switch (status) {
    case undefined:
      return item.status !== 'cleared';
    case 'any':
      return true;
    case 'unanswered':
      return isUnanswered(item);
    default:
      return item.status === status;
  }
}
