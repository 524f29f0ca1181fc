import type { StoreId } from '../ids.ts';
import { differenceOf, isSame, negated, sumOf, textOf, volumeOf, type Amounts } from './cell.ts';
import type { PosDocument } from './day-documents.ts';
import {
  causesOf,
  explainDifference,
  hypothesesFor,
  type Cause,
  type Explanation,
  type Hypothesis,
} from './explain.ts';
import { groupBy } from './group-by.ts';
import type { Unnamed } from './match-references.ts';
import type { LedgerGroup, OpenItem } from './open-item.ts';
import {
  ambiguousItem,
  extraItem,
  extraOrTwiceItem,
  itemsOfCause,
  missingItem,
  someMissingItem,
  statementItem,
  surplusItem,
} from './statement-items.ts';

export interface StatementInput {
  readonly storeId: StoreId;
  /** What the ledger does not name. */
  readonly unnamed: readonly Unnamed[];
  /** Every document of the store: one that the ledger names may stand in a statement once more. */
  readonly all: readonly PosDocument[];
  /** Vouchers without a document number. */
  readonly vouchers: readonly LedgerGroup[];
  /** Whether the store's sales are mostly posted one by one. */
  readonly postsSingly: boolean;
}

/**
 * Settles what carries no document number. Dynamics posts a statement's sales in sum, so one voucher stands for
 * many transactions: the sums of a shift, of a till or of everything that is left are compared first, then single
 * documents by their amounts. What still differs is explained by as few causes as possible, or not at all.
 */
export function matchStatements(input: StatementInput): { items: OpenItem[]; matched: number } {
  const { storeId, unnamed, vouchers } = input;
  if (vouchers.length === 0) return { items: unnamed.map((one) => missingItem(storeId, one)), matched: 0 };
  const bySum = dropEqualSums({ unnamed, vouchers });
  const items = settle(input, bySum, pairByAmount(bySum));
  const open = new Set(items.flatMap((item) => item.documents)).size;
  return { items, matched: Math.max(0, unnamed.length - open) };
}

interface Rest {
  readonly unnamed: readonly Unnamed[];
  readonly vouchers: readonly LedgerGroup[];
}

/** A voucher that equals the sum of one shift or one till, and of no other, stands for it. */
function dropEqualSums(rest: Rest): Rest {
  let { unnamed, vouchers } = rest;
  const groupings: ((document: PosDocument) => string | undefined)[] = [
    // Where sales are posted one by one, a shift's drawer movements still come as one voucher.
    ({ isDrawer, tillId, shiftId }) =>
      isDrawer && shiftId !== undefined ? JSON.stringify([tillId, shiftId]) : undefined,
    ({ tillId, shiftId }) => (shiftId === undefined ? undefined : JSON.stringify([tillId, shiftId])),
    ({ tillId }) => tillId,
  ];
  for (const nameOf of groupings) {
    const groups = groupBy(unnamed, ({ document }) => nameOf(document));
    groups.delete(undefined);
    const bySum = groupBy(groups, ([, members]) => textOf(sumOf(members.map(({ amounts }) => amounts))));
    const byAmounts = groupBy(vouchers, (voucher) => textOf(voucher.amounts));
    const settled = new Set<unknown>();
    for (const [sum, sameSum] of bySum) {
      const equal = byAmounts.get(sum) ?? [];
      // Two shifts of one sum and two vouchers of it: each has its own, whichever it is.
      if (sum === '' || equal.length !== sameSum.length) continue;
      for (const [, members] of sameSum) for (const member of members) settled.add(member);
      for (const voucher of equal) settled.add(voucher);
    }
    unnamed = unnamed.filter((one) => !settled.has(one));
    vouchers = vouchers.filter((voucher) => !settled.has(voucher));
  }
  return { unnamed, vouchers };
}

/** Documents and vouchers of the very same amounts. */
interface AmountClass {
  readonly documents: readonly Unnamed[];
  readonly vouchers: readonly LedgerGroup[];
}

/** As many vouchers as documents of one amount: each has its own, whichever it is. */
function pairByAmount({ unnamed, vouchers }: Rest): AmountClass[] {
  const documents = groupBy(unnamed, ({ amounts }) => textOf(amounts));
  const byAmounts = groupBy(vouchers, ({ amounts }) => textOf(amounts));
  return [...new Set([...documents.keys(), ...byAmounts.keys()])]
    .sort()
    .filter((text) => text !== '')
    .map((text) => ({ documents: documents.get(text) ?? [], vouchers: byAmounts.get(text) ?? [] }));
}

const lackOf = ({ documents, vouchers }: AmountClass): number =>
  Math.max(0, documents.length - vouchers.length);
const surplusOf = ({ documents, vouchers }: AmountClass): number =>
  Math.max(0, vouchers.length - documents.length);

/** So many vouchers that equal one document each show that vouchers are posted one a document. */
const MIN_PAIRED = 3;

function settle(input: StatementInput, rest: Rest, classes: readonly AmountClass[]): OpenItem[] {
  const difference = differenceOf(
    sumOf(rest.unnamed.map(({ amounts }) => amounts)),
    sumOf(rest.vouchers.map(({ amounts }) => amounts)),
  );
  const open: Open = {
    lacking: classes.filter((one) => lackOf(one) > 0),
    surplus: classes.filter((one) => surplusOf(one) > 0),
  };
  const paired = classes.reduce(
    (sum, { documents, vouchers }) => sum + Math.min(documents.length, vouchers.length),
    0,
  );
  const isOneByOne = paired >= MIN_PAIRED;
  // Every voucher has a document of its own amounts, or the reverse: what is over is what the other side lacks.
  const isOneSided = open.surplus.length === 0 || open.lacking.length === 0;
  const singles = [...lackingItems(input, open.lacking), ...surplusItems(input, open.surplus)];
  // Even where a sale and its refund come to nothing together.
  if (isOneByOne && isOneSided) return singles;
  if (difference.size === 0) return [];
  if (rest.unnamed.length === 0) return singles;
  const explained = explainRest(input, isOneByOne ? open.lacking : classes, classes, open, difference);
  if (Array.isArray(explained)) return explained;
  const isMostlyOneByOne = isOneByOne && paired >= rest.unnamed.length / 2;
  if (isMostlyOneByOne || input.postsSingly) return singlesOrSum(input, open, explained);
  return [statementItem(input.storeId, difference, openSides(open), explained)];
}

/**
 * Documents are posted one by one, under their numbers or in a voucher each, so what is over on either side stands for itself. The exception is a voucher
 * that may be the sum of some of the documents without one: those and it differ as a whole.
 */
function singlesOrSum(
  input: StatementInput,
  { lacking, surplus }: Open,
  explained: Explanation & { readonly outcome: 'none' },
): OpenItem[] {
  const documents = lacking.flatMap((one) => one.documents.slice(0, lackOf(one)));
  const sums = surplus.filter(
    (one) =>
      one.documents.length === 0 &&
      one.vouchers.some((voucher) => !repeats(voucher, input.all) && mayBeSumOf(voucher, documents)),
  );
  if (sums.length === 0) return [...lackingItems(input, lacking), ...surplusItems(input, surplus)];
  const difference = differenceOf(
    sumOf(documents.map(({ amounts }) => amounts)),
    sumOf(sums.flatMap(({ vouchers }) => vouchers.map(({ amounts }) => amounts))),
  );
  const others = surplus.filter((one) => !sums.includes(one));
  return [
    ...surplusItems(input, others),
    statementItem(input.storeId, difference, openSides({ lacking, surplus: sums }), explained),
  ];
}

const repeats = ({ amounts }: LedgerGroup, all: readonly PosDocument[]): boolean =>
  all.some((document) => isSame(document.amounts, amounts));

/** It is larger than each of them, no larger than all, and on no other account. */
function mayBeSumOf({ amounts }: LedgerGroup, documents: readonly Unnamed[]): boolean {
  const accounts = new Set(documents.flatMap((document) => [...document.amounts.keys()]));
  if ([...amounts.keys()].some((key) => !accounts.has(key))) return false;
  const volumes = documents.map((document) => volumeOf(document.amounts));
  const largest = volumes.reduce((most, volume) => (volume > most ? volume : most), 0n);
  const all = volumes.reduce((sum, volume) => sum + volume, 0n);
  const own = volumeOf(amounts);
  return largest < own && own <= all;
}

interface Open {
  readonly lacking: readonly AmountClass[];
  readonly surplus: readonly AmountClass[];
}

function lackingItems({ storeId }: StatementInput, lacking: readonly AmountClass[]): OpenItem[] {
  return lacking.flatMap((one) => {
    const count = lackOf(one);
    return count === one.documents.length
      ? one.documents.map((document) => missingItem(storeId, document))
      : [someMissingItem(storeId, one.documents, count)];
  });
}

function surplusItems({ storeId, all }: StatementInput, surplus: readonly AmountClass[]): OpenItem[] {
  return surplus.flatMap(({ documents, vouchers }) => {
    if (documents.length > 0) return [surplusItem(storeId, documents, vouchers)];
    return vouchers.map((voucher) => {
      const twins = all.filter((document) => isSame(document.amounts, voucher.amounts));
      return twins.length === 0 ? extraItem(storeId, voucher) : extraOrTwiceItem(storeId, voucher, twins);
    });
  });
}

/**
 * Documents on one side and vouchers on the other.
 * @param mayLack where vouchers are posted one a document, the amounts of which there are too few; else all.
 * @returns the items, or what fits by chance at most.
 */
function explainRest(
  { storeId, all }: StatementInput,
  mayLack: readonly AmountClass[],
  classes: readonly AmountClass[],
  open: Open,
  difference: Amounts,
): OpenItem[] | (Explanation & { readonly outcome: 'none' }) {
  const hypotheses = hypothesesFor(difference, {
    missing: mayLack.flatMap(({ documents }) => documents),
    all,
    // A voucher beyond the documents of its amounts is the same as one of them that is posted again.
    vouchers: open.surplus.flatMap(({ documents, vouchers }) => (documents.length === 0 ? vouchers : [])),
  });
  const explanation = explainDifference(difference, hypotheses);
  const sides = openSides(open);
  if (explanation.outcome === 'found') {
    const rival = readingByVouchers(hypotheses, open);
    if (rival && explanation.causes.some((cause) => isRepeatWithoutVoucher(cause, classes))) {
      const explanations = [explanation.causes, rival];
      return [ambiguousItem(storeId, difference, sides, { outcome: 'ambiguous', explanations, total: 2 })];
    }
    return explanation.causes.flatMap((cause) => itemsOfCause(storeId, cause, sides.vouchers));
  }
  return explanation.outcome === 'ambiguous'
    ? agreedAndOpen({ storeId, all }, difference, sides, explanation)
    : explanation;
}

/** What every reading has in common is settled, and only the rest is open. */
function agreedAndOpen(
  { storeId, all }: Pick<StatementInput, 'storeId' | 'all'>,
  difference: Amounts,
  sides: ReturnType<typeof openSides>,
  explanation: Explanation & { readonly outcome: 'ambiguous' },
): OpenItem[] {
  const [first = [], ...others] = explanation.explanations;
  const isComplete = explanation.explanations.length === explanation.total;
  const agreed = isComplete
    ? first.filter((cause) => others.every((causes) => causes.some((other) => isSameCause(cause, other))))
    : [];
  if (agreed.length === 0) return [ambiguousItem(storeId, difference, sides, explanation)];
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

/** A repeat of which the ledger has no voucher: it could only be within a sum that looks like another document. */
function isRepeatWithoutVoucher(cause: Cause, classes: readonly AmountClass[]): boolean {
  if (cause.kind !== 'twice') return false;
  const own = classes.find(
    ({ documents: [first] }) => first && isSame(negated(first.amounts), cause.amounts),
  );
  return own?.vouchers.length === 0;
}

/**
 * What every voucher says for itself: of some amounts there are too few, of others too many. Undefined where that is
 * no whole explanation.
 */
function readingByVouchers(hypotheses: readonly Hypothesis[], open: Open): readonly Cause[] | undefined {
  if (open.lacking.length === 0 || open.surplus.length === 0) return undefined;
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

function openSides({ lacking, surplus }: Open): {
  documents: readonly PosDocument[];
  vouchers: readonly LedgerGroup[];
} {
  return {
    documents: lacking.flatMap(({ documents }) => documents.map(({ document }) => document)),
    vouchers: surplus.flatMap(({ vouchers }) => vouchers),
  };
}
