import type { StoreId } from '../ids.ts';
import { differenceOf, isSame, NO_AMOUNTS, sumOf, textOf, volumeOf, type Amounts } from './cell.ts';
import type { PosDocument } from './day-documents.ts';
import type { Explanation } from './explain.ts';
import { explainRest, lackOf, openSides, surplusOf, type AmountClass, type Open } from './explain-open.ts';
import { groupBy } from './group-by.ts';
import type { Unnamed } from './match-references.ts';
import type { NamedSet } from './checked-store.ts';
import { matchSets, type OpenClass, type OpenClasses } from './match-sets.ts';
import type { LedgerGroup, OpenItem } from './open-item.ts';
import {
  contestedItem,
  extraItem,
  extraOrTwiceItem,
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

export interface StatementMatch {
  readonly items: OpenItem[];
  readonly matched: number;
  readonly sets: readonly NamedSet[];
}

/**
 * Settles what carries no document number. Dynamics posts a statement's sales in sum, so one voucher stands for
 * many transactions: the sums of a shift, of a till or of everything that is left are compared first, then single
 * documents by their amounts. What still differs is explained by as few causes as possible, or not at all.
 */
export function matchStatements(input: StatementInput): StatementMatch {
  const { storeId, unnamed, vouchers } = input;
  if (vouchers.length === 0)
    return { items: unnamed.map((one) => missingItem(storeId, one)), matched: 0, sets: [] };
  const bySum = dropEqualSums({ unnamed, vouchers });
  const { items, sets } = settle(input, bySum, pairByAmount(bySum));
  const open = new Set(items.flatMap((item) => item.documents)).size;
  return { items, matched: Math.max(0, unnamed.length - open), sets };
}

interface Rest {
  readonly unnamed: readonly Unnamed[];
  readonly vouchers: readonly LedgerGroup[];
}

/**
 * A voucher that equals the sum of one shift or one till, and of no other, stands for it; unless a single document has the
 * same amounts, whose own voucher it may be.
 */
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
    const documents = groupBy(unnamed, ({ amounts }) => textOf(amounts));
    const settled = new Set<unknown>();
    for (const [sum, sameSum] of bySum) {
      const equal = byAmounts.get(sum) ?? [];
      // Two shifts of one sum and two vouchers of it: each has its own, whichever it is.
      if (sum === '' || equal.length !== sameSum.length) continue;
      const single = sameSum.filter(([, members]) => members.length === 1);
      if (single.length !== (documents.get(sum) ?? []).length) continue;
      for (const [, members] of sameSum) for (const member of members) settled.add(member);
      for (const voucher of equal) settled.add(voucher);
    }
    unnamed = unnamed.filter((one) => !settled.has(one));
    vouchers = vouchers.filter((voucher) => !settled.has(voucher));
  }
  return { unnamed, vouchers };
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

/** So many vouchers that equal one document each show that vouchers are posted one a document. */
const MIN_PAIRED = 3;

function settle(
  input: StatementInput,
  rest: Rest,
  classes: readonly AmountClass[],
): Pick<StatementMatch, 'items' | 'sets'> {
  const settled = (items: OpenItem[]) => ({ items, sets: [] });
  const open = openOf(classes);
  const paired = classes.reduce(
    (sum, { documents, vouchers }) => sum + Math.min(documents.length, vouchers.length),
    0,
  );
  const isOneByOne = paired >= MIN_PAIRED;
  // Even where a sale and its refund come to nothing together.
  if (isOneByOne && isOneSided(open)) return settled(singles(input, open));
  if (differenceIn(rest).size === 0) return settled([]);
  if (rest.unnamed.length === 0) return settled(singles(input, open));
  const bySets = dropSets(input.storeId, rest, classes);
  const isMostlyOneByOne = isOneByOne && paired >= rest.unnamed.length / 2;
  const items = settleRest(input, bySets.rest, bySets.classes, isOneByOne, isMostlyOneByOne);
  return { items: [...bySets.items, ...items], sets: bySets.sets };
}

/** What neither sums nor sets settle. */
function settleRest(
  input: StatementInput,
  rest: Rest,
  classes: readonly AmountClass[],
  isOneByOne: boolean,
  isMostlyOneByOne: boolean,
): OpenItem[] {
  const open = openOf(classes);
  const difference = differenceIn(rest);
  if (isOneByOne && isOneSided(open)) return singles(input, open);
  if (difference.size === 0) return [];
  if (rest.unnamed.length === 0) return singles(input, open);
  const explained = explainRest(input, isOneByOne ? open.lacking : classes, open, difference);
  if (Array.isArray(explained)) return explained;
  // No statement is left that could differ.
  if (rest.vouchers.length === 0) return lackingItems(input, open.lacking);
  if (isMostlyOneByOne || input.postsSingly) return singlesOrSum(input, open, explained);
  return [statementItem(input.storeId, difference, openSides(open), explained)];
}

const openOf = (classes: readonly AmountClass[]): Open => ({
  lacking: classes.filter((one) => lackOf(one) > 0),
  surplus: classes.filter((one) => surplusOf(one) > 0),
});

/** Every voucher has a document of its own amounts, or the reverse: what is over is what the other side lacks. */
const isOneSided = ({ lacking, surplus }: Open): boolean => surplus.length === 0 || lacking.length === 0;

const singles = (input: StatementInput, { lacking, surplus }: Open): OpenItem[] => [
  ...lackingItems(input, lacking),
  ...surplusItems(input, surplus),
];

const differenceIn = ({ unnamed, vouchers }: Rest): Amounts =>
  differenceOf(sumOf(unnamed.map(({ amounts }) => amounts)), sumOf(vouchers.map(({ amounts }) => amounts)));

/**
 * Takes out the sets of documents and vouchers with the same sum, and those that are contested. One voucher for everything is a
 * statement, and no set: what it lacks is explained by the fewest causes.
 */
function dropSets(
  storeId: StoreId,
  rest: Rest,
  classes: readonly AmountClass[],
): Pick<StatementMatch, 'items' | 'sets'> & {
  readonly rest: Rest;
  readonly classes: readonly AmountClass[];
} {
  const { lacking, surplus } = openOf(classes);
  if (rest.vouchers.length < 2) return { items: [], sets: [], rest, classes };
  const { settled, contested: found } = matchSets({
    // A part of a document may lack more than a voucher: only whole ones are added up.
    documents: lacking
      .filter(({ documents }) => documents.every(({ document, amounts }) => amounts === document.amounts))
      .map((one) => openClass(one.documents, lackOf(one))),
    vouchers: surplus.map((one) => openClass(one.vouchers, surplusOf(one))),
  });
  // What is contested may as well be in a voucher that is off: then all of it stays together.
  const open = new Set(
    found.flatMap(({ classes: { vouchers } }) => vouchers.flatMap(({ members }) => members)),
  );
  for (const { vouchers } of settled)
    for (const { members } of vouchers) for (const one of members) open.add(one);
  const documents = found.flatMap((one) => one.classes.documents.flatMap(({ members }) => members));
  const isApart = surplus.every(({ vouchers }) =>
    vouchers.every((voucher) => open.has(voucher) || !isWithin(voucher, documents)),
  );
  const contested = isApart ? found : [];
  const gone = new Set<unknown>();
  for (const one of [...settled, ...contested.map(({ classes: concerned }) => concerned)])
    for (const { members, count } of [...one.documents, ...one.vouchers])
      for (const member of members.slice(0, count)) gone.add(member);
  const left = (one: AmountClass): AmountClass => ({
    documents: one.documents.filter((member) => !gone.has(member)),
    vouchers: one.vouchers.filter((member) => !gone.has(member)),
  });
  return {
    items: contested.map((one) => contestedItem(storeId, one)),
    sets: settled.map(namesOf),
    rest: {
      unnamed: rest.unnamed.filter((member) => !gone.has(member)),
      vouchers: rest.vouchers.filter((member) => !gone.has(member)),
    },
    classes: classes.map(left),
  };
}

function namesOf({ documents, vouchers }: OpenClasses): NamedSet {
  return {
    documentIds: documents.flatMap(({ members, count }) =>
      members.slice(0, count).map(({ document }) => document.documentId),
    ),
    vouchers: vouchers.flatMap(({ members, count }) =>
      members
        .slice(0, count)
        .map(
          ({ reference, entries }) =>
            `${entries[0]?.documentNumber === '' ? 'voucher' : 'number'} ${reference}`,
        ),
    ),
  };
}

function openClass<T extends { readonly amounts: Amounts }>(
  members: readonly T[],
  count: number,
): OpenClass<T> {
  return { amounts: members[0]?.amounts ?? NO_AMOUNTS, members, count };
}

/**
 * Documents are posted one by one, under their numbers or in a voucher each, so what is over on either side stands for
 * itself. The exception is a voucher that may be the sum of some of the documents without one: those and it differ as a whole.
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
const mayBeSumOf = (voucher: LedgerGroup, documents: readonly Unnamed[]): boolean =>
  isWithin(voucher, documents) &&
  documents.every((document) => volumeOf(document.amounts) < volumeOf(voucher.amounts));

function isWithin({ amounts }: LedgerGroup, documents: readonly Unnamed[]): boolean {
  const accounts = new Set(documents.flatMap((document) => [...document.amounts.keys()]));
  if ([...amounts.keys()].some((key) => !accounts.has(key))) return false;
  return volumeOf(amounts) <= documents.reduce((sum, document) => sum + volumeOf(document.amounts), 0n);
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
