import { NO_AMOUNTS, sumOf, textOf, times, type Amounts } from './cell.ts';
import { groupBy } from './group-by.ts';
import type { Unnamed } from './match-references.ts';
import type { LedgerGroup } from './open-item.ts';

/**
 * Several sales in one voucher, one sale in several vouchers, or some in some: sets of documents and vouchers with the same
 * sum. A set is taken only if nothing else explains its members: no other set of the same sum shares one of them, or all that
 * share members with each other can be true at once and leave none of them over. Otherwise they are the candidates of an open question.
 *
 * Documents of the very same amounts are one class, since nothing tells them apart: a set that needs some of them, and
 * leaves others, is open too.
 */

/** Documents or vouchers of the very same amounts, of which `count` are open. */
export interface OpenClass<T> {
  readonly amounts: Amounts;
  readonly members: readonly T[];
  readonly count: number;
}

export interface OpenClasses {
  readonly documents: readonly OpenClass<Unnamed>[];
  readonly vouchers: readonly OpenClass<LedgerGroup>[];
}

/** Documents and vouchers of the same sum. */
interface BalancedSet {
  readonly documents: readonly Unnamed[];
  readonly vouchers: readonly LedgerGroup[];
}

/** Sets that exclude each other, or may fit by chance, with all classes that they concern. */
export interface ContestedSets {
  readonly candidates: readonly BalancedSet[];
  readonly classes: OpenClasses;
}

export interface FoundSets {
  /** Classes that are settled together: their open members have the same sum, and nothing else explains them. */
  readonly settled: readonly OpenClasses[];
  readonly contested: readonly ContestedSets[];
}

/** Members of a set on one side, where the other side has one. */
const MAX_SIDE = 5;
/** Members on each side, where both have several. */
const MAX_BOTH = 3;
/** Sums that are tried on a side: the sets become smaller where there are more. */
const MAX_SUMS = 5_000;
/** Choices that are tried for sets which share members: beyond, they stay open. */
const MAX_CHOICES = 20_000;
/** So many sets show that sums coincide everywhere: none of them is a proof. */
const MAX_CANDIDATES = 200;
/** See `explainDifference`: what chance explains as well is no proof. */
const MAX_CHANCE_HITS = 0.05;

/** How many of each class: documents first, then vouchers. */
type Use = readonly number[];

interface Candidate {
  readonly use: Use;
  readonly isChance: boolean;
}

export function matchSets({ documents, vouchers }: OpenClasses): FoundSets {
  const classes = [...documents, ...vouchers];
  if (documents.length === 0 || vouchers.length === 0) return { settled: [], contested: [] };
  const candidates = candidatesOf(documents, vouchers);
  const settled: OpenClasses[] = [];
  const contested: ContestedSets[] = [];
  for (const component of componentsOf(candidates)) {
    const indexes = new Set(component.flatMap((one) => usedBy(one.use)));
    const concerned = {
      documents: documents.filter((_one, index) => indexes.has(index)),
      vouchers: vouchers.filter((_one, index) => indexes.has(documents.length + index)),
    };
    if (!component.some(({ isChance }) => isChance) && usesAll(component, indexes, classes))
      settled.push(concerned);
    else {
      const sets = component.map((one) => setOf(one.use, documents, vouchers));
      contested.push({ candidates: sets, classes: concerned });
    }
  }
  return { settled, contested };
}

const usedBy = (use: Use): number[] => use.flatMap((count, index) => (count > 0 ? [index] : []));

function setOf(
  use: Use,
  documents: OpenClasses['documents'],
  vouchers: OpenClasses['vouchers'],
): BalancedSet {
  const taken = <T>(classes: readonly OpenClass<T>[], from: number): T[] =>
    classes.flatMap(({ members }, index) => members.slice(0, use[from + index] ?? 0));
  return { documents: taken(documents, 0), vouchers: taken(vouchers, documents.length) };
}

/** Sets of the same sum that hold no smaller one. */
function candidatesOf(documents: OpenClasses['documents'], vouchers: OpenClasses['vouchers']): Candidate[] {
  const left = sumsOf(documents);
  const right = sumsOf(vouchers);
  const [leftSizes, rightSizes] = [countBySize(left), countBySize(right)];
  const byText = groupBy(right, ({ text }) => text);
  const range = rangeOf([...documents, ...vouchers]);
  const found: Candidate[] = [];
  for (const one of left) {
    for (const other of byText.get(one.text) ?? []) {
      const isSmall = Math.min(one.size, other.size) === 1 || Math.max(one.size, other.size) <= MAX_BOTH;
      if (!isSmall || one.text === '') continue;
      const combinations = (leftSizes[one.size] ?? 0) * (rightSizes[other.size] ?? 0);
      const isChance = combinations / (2 * (one.size + other.size) * range) > MAX_CHANCE_HITS;
      found.push({ use: [...one.use, ...other.use], isChance });
      if (found.length > MAX_CANDIDATES) return [];
    }
  }
  return found.filter(
    ({ use }) =>
      !found.some(
        (other) => other.use !== use && other.use.every((count, index) => count <= (use[index] ?? 0)),
      ),
  );
}

function countBySize(sums: readonly Sum[]): number[] {
  const counts: number[] = [];
  for (const { size } of sums) counts[size] = (counts[size] ?? 0) + 1;
  return counts;
}

interface Sum {
  readonly use: Use;
  readonly size: number;
  readonly text: string;
}

/** The sum of every choice of up to so many members. */
function sumsOf(classes: readonly OpenClass<unknown>[]): Sum[] {
  const members = classes.reduce((sum, { count }) => sum + count, 0);
  let most = MAX_SIDE;
  while (most > 1 && choices(members, most) > MAX_SUMS) most -= 1;
  const sums: Sum[] = [];
  const choose = (from: number, use: number[], size: number, amounts: Amounts): void => {
    if (size > 0) sums.push({ use: [...use], size, text: textOf(amounts) });
    if (size === most) return;
    for (let index = from; index < classes.length; index += 1) {
      const one = classes[index];
      const used = use[index] ?? 0;
      if (!one || used >= one.count) continue;
      use[index] = used + 1;
      choose(index, use, size + 1, sumOf([amounts, one.amounts]));
      use[index] = used;
    }
  };
  choose(
    0,
    classes.map(() => 0),
    0,
    NO_AMOUNTS,
  );
  return sums;
}

/** Ways to choose from 1 to `most` of `all`. */
function choices(all: number, most: number): number {
  let ways = 1;
  let sum = 0;
  for (let size = 1; size <= most; size += 1) {
    ways *= Math.max(0, all - size + 1) / size;
    sum += ways;
  }
  return sum;
}

function rangeOf(classes: readonly OpenClass<unknown>[]): number {
  let range = 1;
  for (const { amounts } of classes)
    for (const amountMinor of amounts.values()) range = Math.max(range, Math.abs(Number(amountMinor)));
  return range;
}

/** Candidates that share a class, directly or by others. */
function componentsOf(candidates: readonly Candidate[]): Candidate[][] {
  const components: { classes: Set<number>; members: Candidate[] }[] = [];
  for (const candidate of candidates) {
    const own = new Set(usedBy(candidate.use));
    const touched = components.filter(({ classes }) => [...own].some((index) => classes.has(index)));
    const merged = { classes: own, members: touched.flatMap(({ members }) => members) };
    for (const { classes } of touched) for (const index of classes) merged.classes.add(index);
    merged.members.push(candidate);
    components.splice(0, components.length, ...components.filter((one) => !touched.includes(one)), merged);
  }
  return components.map(({ members }) => members);
}

/** Whether some of the sets, each as often as need be, use up all of their classes. */
function usesAll(
  candidates: readonly Candidate[],
  indexes: ReadonlySet<number>,
  classes: readonly OpenClass<unknown>[],
): boolean {
  const wanted = classes.map(({ count }, index) => (indexes.has(index) ? count : 0));
  let tried = 0;
  const solve = (from: number, left: Use): boolean => {
    tried += 1;
    if (left.every((count) => count === 0)) return true;
    for (let index = from; index < candidates.length; index += 1) {
      if (tried >= MAX_CHOICES) return false;
      const rest = left.map((count, at) => count - (candidates[index]?.use[at] ?? 0));
      if (rest.every((count) => count >= 0) && solve(index, rest)) return true;
    }
    return false;
  };
  return solve(0, wanted);
}

/** What the open members of the classes add up to: documents less vouchers. */
export function openSum({ documents, vouchers }: OpenClasses): Amounts {
  return sumOf([
    ...documents.map(({ amounts, count }) => times(amounts, count)),
    ...vouchers.map(({ amounts, count }) => times(amounts, -count)),
  ]);
}
