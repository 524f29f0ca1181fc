import { currencySchema } from '../money.ts';
import { isUnanswered, type Item } from './item.ts';
import { absolute, type ClosePolicy } from './policy.ts';
import type { DayRecord } from './store-day.ts';

/** Why a day cannot be prepared or signed off. */
export interface Blocker {
  readonly code:
    | 'newer-data'
    | 'not-in-report'
    | 'missing-parts'
    | 'unexplained'
    | 'proof-broken'
    | 'waiting-events'
    | 'open-exceptions';
  /** What is in the way, and what to do. */
  readonly text: string;
  /** The exceptions that are in the way, at most 100 of them. */
  readonly itemIds?: readonly string[];
}

/** What is known of a store's day at this moment and in no report. */
export interface LiveFacts {
  /** Data has arrived that the followed report does not hold. */
  readonly hasNewerData: boolean;
  /** Events of the store and date that wait for a decision and are not in the books. */
  readonly waitingEvents: number;
}

const MAX_LISTED = 100;

export function blockersOf(
  { day, items }: DayRecord,
  policy: ClosePolicy,
  { hasNewerData, waitingEvents }: LiveFacts,
): Blocker[] {
  const { report } = day;
  const blockers: Blocker[] = [];
  if (hasNewerData || report.reportId === '')
    blockers.push({
      code: 'newer-data',
      text: 'Data has arrived that the report does not hold. It is reconciled within the hour; look again then.',
    });
  if (report.isLeftOut)
    blockers.push({
      code: 'not-in-report',
      text: 'The books of the store could not be read. IT has to repair the part that the report names.',
    });
  else if (report.missing > 0)
    blockers.push({
      code: 'missing-parts',
      text: `Parts or ledger rows are missing that are, or may be, of this store: ${report.missing}. See the report.`,
    });
  if (report.unexplained > 0)
    blockers.push({
      code: 'unexplained',
      text: `Accounts whose difference is not explained: ${report.unexplained}. Call IT.`,
    });
  if (!report.proofHolds)
    blockers.push({ code: 'proof-broken', text: 'The proof of the report does not hold. Call IT.' });
  if (waitingEvents > 0)
    blockers.push({
      code: 'waiting-events',
      text: `Events of the store wait for a decision and are not in the books: ${waitingEvents}. See the day's page.`,
    });
  const open = [...items.values()].filter((item) => blocks(item, policy)).map(({ itemId }) => itemId);
  if (open.length > 0)
    blockers.push({
      code: 'open-exceptions',
      text: `${open.length === 1 ? '1 exception is' : `${open.length} exceptions are`} open. Explain or accept each of them.`,
      itemIds: open.sort().slice(0, MAX_LISTED),
    });
  return blockers;
}

/** What is small enough by the policy may stay open; what has no known amount may not. */
function blocks(item: Item, { mayStayOpenMinor = {} }: ClosePolicy): boolean {
  if (!isUnanswered(item)) return false;
  const currency = currencySchema.safeParse(item.currency);
  const most = currency.success ? (mayStayOpenMinor[currency.data] ?? 0) : 0;
  const amount = absolute(item.amountMinor);
  return amount === 0n || amount > BigInt(most);
}
