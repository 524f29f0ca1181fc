import type { AccountRoles } from '../ledger/account-roles.ts';
import { accountKey, ofAccountKey, sumOf, type CellAmount } from './cell.ts';
import type { Claim, DifferenceOnly } from './claim.ts';
import { differenceKindOf } from './difference-kind.ts';
import type { Category } from './exception.ts';
import type { Judgement } from './judged.ts';
import { listOf } from './list-of-parts.ts';
import type { OpenItem } from './open-item.ts';
import { unreadText, type UnreadRows } from './unread-rows.ts';

const CATEGORY_OF = {
  tax: 'tax-differs',
  tender: 'wrong-tender',
  rounding: 'rounding-differs',
  currency: 'wrong-currency',
} as const satisfies Record<DifferenceOnly, Category>;

/** Both sides have a document, and they differ. */
export function judgeDifference(
  item: OpenItem,
  parts: readonly CellAmount[],
  accounts: AccountRoles | undefined,
  unread: UnreadRows | undefined,
): Judgement {
  if (unread && unread.rows + unread.unplacedRows > 0 && !isBalanced(parts))
    return {
      category: 'amount-differs',
      class: 'requires investigation',
      detail: `POS less ledger: ${listOf(parts)}; ${unreadText(unread)}`,
    };
  const kind = judgeKind(item, parts, accounts);
  if (kind) return kind;
  const swap = accountSwapOf(item);
  if (swap)
    return {
      category: 'wrong-account',
      class: 'adjustment required',
      detail: `Posted to account ${swap.posted} instead of ${swap.expected}`,
    };
  return {
    category: 'amount-differs',
    class: 'adjustment required',
    detail: `POS less ledger: ${listOf(parts)}`,
  };
}

/** What a row that could not be read leaves behind does not balance. */
function isBalanced(parts: readonly CellAmount[]): boolean {
  const sums = new Map<string, bigint>();
  for (const { currency, amountMinor } of parts)
    sums.set(currency, (sums.get(currency) ?? 0n) + BigInt(amountMinor));
  return [...sums.values()].every((sum) => sum === 0n);
}

/**
 * A difference in one thing alone: tax, means of payment, rounding or currency. Undefined where it is in more, or where nobody
 * says what the accounts are for. Of a statement it is not known which receipts it is about, so it is to be investigated.
 */
export function judgeKind(
  { documents, differences, claim }: OpenItem,
  parts: readonly CellAmount[],
  accounts: AccountRoles | undefined,
): Judgement | undefined {
  if (!accounts || (claim.kind !== 'differs' && claim.kind !== 'statement')) return undefined;
  const lines = documents.reduce((sum, document) => sum + (document.lines ?? 0), 0);
  const expected = sumOf(documents.map((document) => document.amounts));
  const kind = differenceKindOf({ expected, differences, lines }, accounts);
  if (!kind) return undefined;
  const { only, what, from } = kind;
  const nameOf = (account: string): string => {
    const tenders = only === 'tender' ? (accounts.tendersOf.get(account) ?? []) : [];
    return tenders.length === 0 ? account : `${account} (${tenders.join(', ')})`;
  };
  const isOne = claim.kind === 'differs';
  return {
    category: CATEGORY_OF[only],
    class: isOne ? 'adjustment required' : 'requires investigation',
    detail: `${isOne ? '' : 'In the posted statement: '}${what}. POS less ledger: ${listOf(parts, nameOf)}`,
    claim: {
      ...claim,
      only,
      ...(only === 'rounding' && { lines }),
      ...(from !== undefined && { from }),
    } satisfies Claim,
  };
}

/** The right amount on the wrong account: the POS alone has it on the one, the ledger alone on the other. */
function accountSwapOf(item: OpenItem): { expected: string; posted: string } | undefined {
  if (item.differences.size !== 2) return undefined;
  const pos = item.documents[0]?.amounts ?? new Map<never, number>();
  const posted = new Set(item.entries.map((entry) => accountKey(entry.account, entry.currency)));
  let expectedAt: string | undefined;
  let postedAt: string | undefined;
  let sumMinor = 0n;
  for (const [key, amountMinor] of item.differences) {
    sumMinor += BigInt(amountMinor);
    if (pos.has(key) && !posted.has(key)) expectedAt = ofAccountKey(key).account;
    if (!pos.has(key) && posted.has(key)) postedAt = ofAccountKey(key).account;
  }
  if (sumMinor !== 0n || expectedAt === undefined || postedAt === undefined) return undefined;
  return { expected: expectedAt, posted: postedAt };
}
