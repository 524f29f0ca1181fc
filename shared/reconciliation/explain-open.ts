import type { StoreId } from '../ids.ts';
import { differenceOf, isSame, negated, sumOf, type Amounts } from './cell.ts';
import type { PosDocument } from './day-documents.ts';
import {
  causesOf,
  explainDifference,
  hypothesesFor,
  type Cause,
  type Explanation,
  type Hypothesis,
} from './explain.ts';
import type { Unnamed } from './match-references.ts';
import type { LedgerGroup, OpenItem } from './open-item.ts';
import { ambiguousItem, extraOrTwiceItem, itemsOfCause } from './statement-items.ts';

/** Explains what is open of a store's unnamed documents and vouchers, by as few causes as possible. */

/** Documents and vouchers of the very same amounts. */
export interface AmountClass {
  readonly documents: readonly Unnamed[];
  readonly vouchers: readonly LedgerGroup[];
}

/** Classes with too few vouchers, and with too many. */
export interface Open {
  readonly lacking: readonly AmountClass[];
  readonly surplus: readonly AmountClass[];
}

export const lackOf = ({ documents, vouchers }: AmountClass): number =>
  Math.max(0, documents.length - vouchers.length);
export const surplusOf = ({ documents, vouchers }: AmountClass): number =>
  Math.max(0, vouchers.length - documents.length);

interface Explained {
  readonly storeId: StoreId;
  /** Every document of the store: one that the ledger names may stand in a statement once more. */
  readonly all: readonly PosDocument[];
}

/**
 * Documents on one side and vouchers on the other.
 * @param mayLack where vouchers are posted one a document, the amounts of which there are too few; else all.
 * @returns the items, or what fits by chance at most.
 */
export function explainRest(
  { storeId, all }: Explained,
  mayLack: readonly AmountClass[],
  open: Open,
  difference: Amounts,
): OpenItem[] | (Explanation & { readonly outcome: 'none' }) {
  const hypotheses = hypothesesFor(difference, {
    missing: mayLack.flatMap(({ documents }) => documents),
    all,
    // A voucher beyond the documents of its amounts is the same as one of them that is posted again.
    vouchers: open.surplus.flatMap(({ documents, vouchers }) => (documents.length === 0 ? vouchers : [])),
  });
  const explanation = withReadingByVouchers(
    explainDifference(difference, hypotheses),
    readingByVouchers(hypotheses, open),
  );
  const sides = openSides(open);
  if (explanation.outcome === 'found')
    return explanation.causes.flatMap((cause) => itemsOfCause(storeId, cause, sides.vouchers));
  return explanation.outcome === 'ambiguous'
    ? agreedAndOpen({ storeId, all }, difference, sides, explanation)
    : explanation;
}

/** A reading of more causes is no hint that anybody would follow. */
const MAX_HINT_CAUSES = 5;

/**
 * The fewest causes may need vouchers that are sums of several documents, while each voucher equals one document: two
 * readings of the same data, of which neither is the simpler one.
 */
function withReadingByVouchers(explanation: Explanation, rival: readonly Cause[] | undefined): Explanation {
  if (!rival) return explanation;
  if (explanation.outcome === 'found') {
    if (isSameReading(explanation.causes, rival)) return explanation;
    return { outcome: 'ambiguous', explanations: [explanation.causes, rival], total: 2 };
  }
  const { outcome, explanations, total } = explanation;
  if (explanations.some((causes) => isSameReading(causes, rival))) return explanation;
  if (outcome === 'none' && rival.length > MAX_HINT_CAUSES) return explanation;
  return { outcome, explanations: [rival, ...explanations], total: total + 1 };
}

const isSameReading = (one: readonly Cause[], other: readonly Cause[]): boolean =>
  one.length === other.length && one.every((cause) => other.some((another) => isSameCause(cause, another)));

/** What every reading has in common is settled, and only the rest is open. */
function agreedAndOpen(
  { storeId, all }: Explained,
  difference: Amounts,
  sides: ReturnType<typeof openSides>,
  explanation: Explanation & { readonly outcome: 'ambiguous' },
): OpenItem[] {
  const [first = [], ...others] = explanation.explanations;
  const isComplete = explanation.explanations.length === explanation.total;
  const agreed = isComplete
    ? first.filter((cause) => others.every((causes) => causes.some((other) => isSameCause(cause, other))))
    : [];
  // Nothing may be left of a reading, or its candidate would say nothing.
  const isAllOfOne = explanation.explanations.some((causes) => causes.length === agreed.length);
  if (agreed.length === 0 || isAllOfOne) return [ambiguousItem(storeId, difference, sides, explanation)];
  const settled = agreed.flatMap((cause) => itemsOfCause(storeId, cause, sides.vouchers));
  const rest = differenceOf(difference, sumOf(settled.map((item) => item.differences)));
  const [voucher, ...more] = sides.vouchers;
  if (voucher && more.length === 0 && isSame(negated(voucher.amounts), rest)) {
    const twins = all.filter((document) => isSame(document.amounts, voucher.amounts));
    return [...settled, extraOrTwiceItem(storeId, voucher, twins)];
  }
  const explanations = explanation.explanations.map((causes) =>
    causes.filter((cause) => !agreed.some((other) => isSameCause(cause, other))),
  );
  const concerned = explanations.flat().flatMap(({ members }) => members);
  const documents = concerned.flatMap((member) => ('document' in member ? [member.document] : []));
  return [
    ...settled,
    ambiguousItem(storeId, rest, { documents, vouchers: sides.vouchers }, { ...explanation, explanations }),
  ];
}

const isSameCause = (one: Cause, other: Cause): boolean =>
  one.kind === other.kind && one.count === other.count && isSame(one.amounts, other.amounts);

/**
 * What every voucher says for itself: of some amounts there are too few, of others too many. Where no voucher is left, all
 * documents are missing. Undefined where that is no whole explanation.
 */
function readingByVouchers(hypotheses: readonly Hypothesis[], open: Open): readonly Cause[] | undefined {
  // A voucher that equals no document is a sum, and says nothing of single ones.
  if (open.surplus.some(({ documents }) => documents.length === 0)) return undefined;
  const causes = causesOf(hypotheses);
  const found = [
    ...open.lacking.map((one) => {
      const amounts = one.documents[0]?.amounts ?? new Map<never, number>();
      const cause = causes.find(({ kind, amounts: of }) => kind === 'missing' && isSame(of, amounts));
      return cause && { ...cause, count: lackOf(one) };
    }),
    ...open.surplus.map((one) => {
      const amounts = negated(one.vouchers[0]?.amounts ?? new Map<never, number>());
      const cause = causes.find(({ kind, amounts: of }) => kind === 'twice' && isSame(of, amounts));
      return cause && { ...cause, count: surplusOf(one) };
    }),
  ];
  return found.every((cause) => cause !== undefined) ? found : undefined;
}

export function openSides({ lacking, surplus }: Open): {
  documents: readonly PosDocument[];
  vouchers: readonly LedgerGroup[];
} {
  return {
    documents: lacking.flatMap(({ documents }) => documents.map(({ document }) => document)),
    vouchers: surplus.flatMap(({ vouchers }) => vouchers),
  };
}
