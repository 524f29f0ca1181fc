import type { CheckedStore, NamedSet } from './checked-store.ts';
import type { ReconciliationException } from './exception.ts';
import { addMarks, markOf, type Mark } from './claim-marks.ts';
import { plus, written, type Vector } from './claim-vectors.ts';
import type { OpenSides } from './check-uniqueness.ts';

/** The bounds within which the matcher looks for sets, in its own words: see `match-sets.ts`. */
const MAX_SUMS = 5_000;
const MAX_MEMBERS = 5;
const MAX_OF_SEVERAL = 3;
const NO_MARK = markOf(new Map());

/**
 * Sets of documents and vouchers that leave no exception behind are checked as well: both sides have the same sum, no member
 * is in two of them, and no other set of the same sum shares a member.
 * @param open what no number and no sum of a drawer, shift or till settles.
 */
export function faultsOfSets({ storeId, sets }: CheckedStore, open: OpenSides): string[] {
  const seen = new Set<string>();
  return sets.flatMap((set) => {
    const name = `${storeId} set ${set.documentIds.join('+')} = ${set.vouchers.join('+')}`;
    const twice = [...set.documentIds.map((id) => `d${id}`), ...set.vouchers.map((id) => `v${id}`)].filter(
      (member) => seen.has(member) || seen.add(member).size === 0,
    );
    if (twice.length > 0) return [`${name}: a member is in two sets`];
    const documents = set.documentIds.map((id) => open.documents.get(id));
    const vouchers = set.vouchers.map((id) => open.vouchers.get(id));
    if ([...documents, ...vouchers].includes(undefined)) return [`${name}: a member is not open`];
    if (written(total(documents)) !== written(total(vouchers))) return [`${name}: the sums differ`];
    return hasRival(set, open) ? [`${name}: another set has the same sum`] : [];
  });
}

/** Every candidate of an open question has the same sum on both sides. */
export function faultOfCandidates(
  { candidates = [] }: ReconciliationException,
  open: OpenSides,
): string | undefined {
  for (const { documentIds, vouchers, reading } of candidates) {
    const posted = vouchers.map(
      (name) => open.vouchers.get(`voucher ${name}`) ?? open.vouchers.get(`number ${name}`),
    );
    const sold = documentIds.map((id) => open.documents.get(id));
    if (sold.length === 0 || posted.length === 0 || [...sold, ...posted].includes(undefined))
      return `"${reading}" names what is not open`;
    if (written(total(sold)) !== written(total(posted))) return `"${reading}" has different sums`;
  }
  return candidates.length === 0 ? 'it has no candidates' : undefined;
}

const total = (vectors: readonly (Vector | undefined)[]): Vector =>
  vectors.reduce<Vector>((sum, one) => plus(sum, one ?? new Map(), 1n), new Map());

/** Whether a member of the set is explained together with something outside of it. */
function hasRival({ documentIds, vouchers }: NamedSet, open: OpenSides): boolean {
  const own = new Set([
    ...documentIds.map((id) => written(open.documents.get(id) ?? new Map())),
    ...vouchers.map((name) => written(open.vouchers.get(name) ?? new Map())),
  ]);
  const lacking = surplusOf(open.documents, open.vouchers);
  const surplus = surplusOf(open.vouchers, open.documents);
  const isRival = (texts: readonly string[]): boolean => texts.some((text) => !own.has(text));
  return (
    vouchers.some((name) => {
      const mark = markOf(open.vouchers.get(name) ?? new Map());
      if (waysTo(mark, lacking, MAX_MEMBERS).some(isRival)) return true;
      return withoutOne(surplus, mark).some((other) => {
        const both = addMarks(mark, other.mark);
        // A sum of nothing stands for no document.
        if (both === NO_MARK) return false;
        return waysTo(both, lacking, MAX_OF_SEVERAL, [mark, other.mark]).some(
          (texts) =>
            texts.length > 1 && isRival([...texts, other.text]) && texts.some((text) => own.has(text)),
        );
      });
    }) ||
    documentIds.some((id) =>
      waysTo(markOf(open.documents.get(id) ?? new Map()), surplus, MAX_MEMBERS).some(isRival),
    )
  );
}

/** A voucher stands beside others, and not beside itself. */
function withoutOne(members: readonly Member[], mark: Mark): readonly Member[] {
  const at = members.findIndex((member) => member.mark === mark);
  return members.filter((_member, index) => index !== at);
}

interface Member {
  readonly mark: Mark;
  readonly text: string;
}

/** Members of one side beyond those of the very same amounts on the other. */
function surplusOf(side: ReadonlyMap<string, Vector>, other: ReadonlyMap<string, Vector>): Member[] {
  const there = new Map<string, number>();
  for (const vector of other.values()) there.set(written(vector), (there.get(written(vector)) ?? 0) + 1);
  return [...side.values()].flatMap((vector) => {
    const text = written(vector);
    const left = there.get(text) ?? 0;
    if (left > 0) there.set(text, left - 1);
    return left > 0 || text === '[]' ? [] : [{ mark: markOf(vector), text }];
  });
}

/**
 * Every choice of at most so many members that adds up to `wanted` and holds no smaller one: no part of it adds up to
 * nothing, to all of `wanted` or to one of its parts.
 */
function waysTo(
  wanted: Mark,
  members: readonly Member[],
  most: number,
  partsOfWanted: readonly Mark[] = [],
): string[][] {
  const wholes = new Set<Mark>([markOf(new Map()), wanted, ...partsOfWanted]);
  const ways: string[][] = [];
  let [size, sums] = [0, 0];
  for (let chosen = 1; size < most; size += 1) {
    chosen *= Math.max(0, members.length - size) / (size + 1);
    sums += chosen;
    if (size > 0 && sums > MAX_SUMS) break;
  }
  const search = (sum: Mark, from: number, taken: readonly Member[]): void => {
    if (taken.length > 0 && sum === wanted) {
      if (!holdsSmaller(taken, wholes)) ways.push(taken.map(({ text }) => text));
      return;
    }
    if (taken.length === size) return;
    for (let index = from; index < members.length; index += 1) {
      const member = members[index] as Member;
      search(addMarks(sum, member.mark), index + 1, [...taken, member]);
    }
  };
  search(0, 0, []);
  return ways;
}

/** Whether some of the members, and not all, add up to one of these. */
function holdsSmaller(members: readonly Member[], wholes: ReadonlySet<Mark>): boolean {
  const all = 2 ** members.length - 1;
  for (let choice = 1; choice < all; choice += 1) {
    let sum = markOf(new Map());
    for (const [index, { mark }] of members.entries()) if ((choice >> index) & 1) sum = addMarks(sum, mark);
    if (wholes.has(sum)) return true;
  }
  return false;
}
