import type { DayReport } from '../../../shared/reconciliation/day-report.ts';
import {
  CATEGORIES,
  type Category,
  type ReconciliationException,
} from '../../../shared/reconciliation/exception.ts';
import { STORES, type Layout } from './assumptions.ts';
import type { Truth } from './books.ts';

/** How the planted faults and the exceptions of the reports go together. */
export interface Score {
  readonly lines: readonly ScoreLine[];
  /** Faults that no exception tells with category, subject and amount; `open` where one leaves them open. */
  readonly missed: readonly { readonly truth: Truth; readonly outcome: 'open' | 'silent' }[];
  /** Exceptions that name a cause which was not planted. */
  readonly unexpected: readonly ReconciliationException[];
  /** Exceptions that leave open what it is, where something was planted in the store day. */
  readonly leftOpen: readonly ReconciliationException[];
}

export interface ScoreLine {
  readonly category: Category;
  readonly layout: Layout;
  readonly planted: number;
  /** Found with category, subject and amount. */
  readonly found: number;
  /** Not named as such, but in the candidates or the sum of an exception that says that it is open. */
  readonly open: number;
  readonly silent: number;
  /** Exceptions of the category that name a cause. */
  readonly told: number;
  readonly plantedMinor: bigint;
  readonly foundMinor: bigint;
}

const keyOf = ({ category, date, storeId }: Pick<Truth, 'category' | 'date' | 'storeId'>): string =>
  JSON.stringify([category, date, storeId]);
const size = (amount: bigint): bigint => (amount < 0n ? -amount : amount);

export function scoreOf(truths: readonly Truth[], reports: readonly DayReport[]): Score {
  const exceptions = reports.flatMap((report) => report.exceptions);
  const open = new Map<string, Truth[]>();
  for (const truth of truths) open.set(keyOf(truth), [...(open.get(keyOf(truth)) ?? []), truth]);
  const found = new Set<Truth>();
  const rest = exceptions.filter((exception) => {
    const { category, businessDate: date, storeId } = exception;
    const candidates = (open.get(keyOf({ category, date, storeId })) ?? []).filter((one) => !found.has(one));
    const told = truthsOf(exception, candidates);
    for (const truth of told) found.add(truth);
    return told.length === 0;
  });
  const leftOpen = rest.filter(isOpen);
  const missed = truths
    .filter((truth) => !found.has(truth))
    .map((truth) => ({
      truth,
      outcome: leavesOpen(truth, leftOpen) ? ('open' as const) : ('silent' as const),
    }));
  const unexpected = rest.filter((exception) => !isOpen(exception));
  const named = exceptions.filter((exception) => !leftOpen.includes(exception));
  return { lines: linesOf(truths, found, missed, named), missed, unexpected, leftOpen };
}

/** The planted faults that an exception tells: one, or of equal documents as many as it counts. */
function truthsOf(exception: ReconciliationException, truths: readonly Truth[]): Truth[] {
  const amount = BigInt(exception.amountMinor);
  const same = truths.find(
    ({ subject, amountMinor }) => subject === exception.subject && amountMinor === amount,
  );
  if (same) return [same];
  const { claim, candidates = [], candidateCount } = exception;
  if (candidateCount === undefined || !('count' in claim)) return [];
  const named = new Set(candidates.flatMap(({ documentIds, vouchers }) => [...documentIds, ...vouchers]));
  const equal = truths
    .filter(({ subject, amountMinor }) => named.has(subject) && amountMinor * BigInt(claim.count) === amount)
    .slice(0, claim.count);
  return equal.length === claim.count ? equal : [];
}

const isOpen = ({ category, subject }: ReconciliationException): boolean =>
  category === 'ambiguous' || subject === 'statement';

function leavesOpen(truth: Truth, leftOpen: readonly ReconciliationException[]): boolean {
  return leftOpen.some(
    ({ storeId, businessDate }) => storeId === truth.storeId && businessDate === truth.date,
  );
}

function linesOf(
  truths: readonly Truth[],
  found: ReadonlySet<Truth>,
  missed: Score['missed'],
  exceptions: readonly ReconciliationException[],
): ScoreLine[] {
  const layoutOf = ({ storeId }: ReconciliationException): Layout =>
    STORES.find((store) => store.storeId === storeId)?.layout ?? 'reference';
  const lines = CATEGORIES.flatMap((category) =>
    (['reference', 'voucher', 'statement'] as const).map((layout): ScoreLine => {
      const planted = truths.filter((truth) => truth.category === category && truth.layout === layout);
      const told = exceptions.filter((one) => one.category === category && layoutOf(one) === layout);
      const outcomes = missed.filter(({ truth }) => planted.includes(truth));
      const sum = (some: readonly Truth[]): bigint =>
        some.reduce((total, { amountMinor }) => total + size(amountMinor), 0n);
      const hits = planted.filter((truth) => found.has(truth));
      return {
        category,
        layout,
        planted: planted.length,
        found: hits.length,
        open: outcomes.filter(({ outcome }) => outcome === 'open').length,
        silent: outcomes.filter(({ outcome }) => outcome === 'silent').length,
        told: told.length,
        plantedMinor: sum(planted),
        foundMinor: sum(hits),
      };
    }),
  );
  return lines.filter(
    ({ planted, told, category, layout }) =>
      planted + told > 0 || (layout === 'reference' && !truths.some((truth) => truth.category === category)),
  );
}
