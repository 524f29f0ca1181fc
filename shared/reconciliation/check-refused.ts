import { POSTING_RULES } from '../forecast/all-rules.ts';
import type { CheckedStore } from './checked-store.ts';
import type { Category, ReconciliationException } from './exception.ts';

const REFUSED: ReadonlySet<Category> = new Set(['closed-period', 'failed-validation', 'blocked-in-dynamics']);

/** What Dynamics is said to refuse must be refused by just these rules, in the receipts themselves. */
export function faultOfRefusal(
  { category, claim }: ReconciliationException,
  { receipts = [] }: CheckedStore,
): string | undefined {
  const refusedBy = 'refusedBy' in claim ? (claim.refusedBy ?? []) : [];
  // Headquarters itself has said so, which is checked where its rows are.
  if ('atHeadquarters' in claim) return undefined;
  if (REFUSED.has(category) !== refusedBy.length > 0)
    return `its category is ${category}, and its claim names ${refusedBy.length} rules`;
  if (refusedBy.length === 0) return undefined;
  if (claim.kind === 'store-not-posted') {
    const rules = new Set(refusedBy);
    return category === 'closed-period' &&
      receipts.length > 0 &&
      receipts.every(({ refusals }) => refusals.some(({ rule }) => rule === PERIOD && rules.has(rule)))
      ? undefined
      : 'not all receipts of the day are refused by its period';
  }
  if (claim.kind !== 'not-posted') return 'what is refused cannot be posted';
  const own = receipts.filter(
    ({ transactionId, tillId }) =>
      transactionId === claim.documentId && (claim.till === undefined || claim.till === tillId),
  );
  const wanted = JSON.stringify([...refusedBy].sort());
  const isSo = own.some(
    ({ refusals }) => JSON.stringify([...new Set(refusals.map(({ rule }) => rule))].sort()) === wanted,
  );
  if (!isSo) return 'no receipt of this number is refused by just these rules';
  const first = firstOf(refusedBy);
  return first === category ? undefined : `these rules make it ${first}`;
}

const PERIOD = 'business-date';

function firstOf(rules: readonly string[]): Category {
  if (rules.includes(PERIOD)) return 'closed-period';
  const levels = POSTING_RULES.filter(({ id }) => rules.includes(id)).map(({ level }) => level);
  return levels.some((level) => level !== 'posting') ? 'failed-validation' : 'blocked-in-dynamics';
}
