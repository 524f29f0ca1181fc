import { differenceOf, isSame, negated, ofAccountKey, textOf, type Amounts } from './cell.ts';
import type { LedgerGroup } from './open-item.ts';
import type { PosDocument } from './day-documents.ts';
import { groupBy } from './group-by.ts';

/** One simple cause, with the difference (POS less ledger) that it would make. */
export type Hypothesis =
  | { readonly kind: 'missing'; readonly amounts: Amounts; readonly document: PosDocument }
  | { readonly kind: 'twice'; readonly amounts: Amounts; readonly document: PosDocument }
  | { readonly kind: 'imbalance'; readonly amounts: Amounts; readonly document: PosDocument }
  | { readonly kind: 'tender'; readonly amounts: Amounts; readonly document: PosDocument }
  | { readonly kind: 'extra'; readonly amounts: Amounts; readonly voucher: LedgerGroup };

/** Hypotheses of one kind with the very same amounts: nothing can tell which of them it is. */
export interface Cause {
  readonly kind: Hypothesis['kind'];
  readonly amounts: Amounts;
  readonly members: readonly Hypothesis[];
  /** How many of the members hold. */
  readonly count: number;
}

export type Explanation =
  | { readonly outcome: 'found'; readonly causes: readonly Cause[] }
  /** Several explanations of equally few causes fit: the first of them, and how many there are. */
  | Unsettled<'ambiguous'>
  /** Nothing simple fits, or only what chance explains as well. */
  | Unsettled<'none'>;

interface Unsettled<O> {
  readonly outcome: O;
  readonly explanations: readonly (readonly Cause[])[];
  readonly total: number;
}

const KEPT_EXPLANATIONS = 20;
/** Beyond this the search for pairs is not worth its time. */
const MAX_PAIR_CAUSES = 10_000;
/**
 * How many combinations may be expected to fit by chance before one that fits says nothing: with many sales of few
 * prices some pair always does.
 */
const MAX_CHANCE_HITS = 0.05;

/**
 * Looks for the fewest causes that make up a difference. Where more than one explanation of that many causes fits, it
 * ends: a less simple one is never preferred.
 */
export function explainDifference(difference: Amounts, hypotheses: readonly Hypothesis[]): Explanation {
  const causes = causesOf(hypotheses);
  const single = causes.filter((cause) => isSame(cause.amounts, difference)).map((cause) => [cause]);
  if (single.length > 0) return decide(single, single.length);
  const several = causes.flatMap((cause) => severalOf(cause, difference));
  const twins = several.filter(([cause]) => cause?.count === 2);
  const pairs = pairsFor(difference, causes);
  const found = [...twins, ...pairs.found];
  const total = twins.length + pairs.total;
  if (total > 0) return decideUnlessChance(found, total, causes, 2);
  // With one price alone, so many of it is the only explanation; else three causes of other prices may fit as well.
  return decide(hasOnePrice(causes) ? several : [], hasOnePrice(causes) ? several.length : 0);
}

function hasOnePrice(causes: readonly Cause[]): boolean {
  const [first, ...others] = causes.filter((cause) => cause.kind !== 'extra');
  if (!first) return false;
  const opposite = negated(first.amounts);
  return others.every(({ amounts }) => isSame(amounts, first.amounts) || isSame(amounts, opposite));
}

function decide(explanations: readonly (readonly Cause[])[], total: number): Explanation {
  const [only] = explanations;
  if (total === 1 && only) return { outcome: 'found', causes: only };
  const outcome = total === 0 ? 'none' : 'ambiguous';
  return { outcome, explanations: explanations.slice(0, KEPT_EXPLANATIONS), total };
}

function decideUnlessChance(
  explanations: readonly (readonly Cause[])[],
  total: number,
  causes: readonly Cause[],
  level: number,
): Explanation {
  if (total !== 1 || chanceHits(causes, level) <= MAX_CHANCE_HITS) return decide(explanations, total);
  return { outcome: 'none', explanations, total };
}

/** Hypotheses of one kind with the very same amounts make one cause. */
export function causesOf(hypotheses: readonly Hypothesis[]): Cause[] {
  const classes = groupBy(hypotheses, ({ kind, amounts }) => `${kind} ${textOf(amounts)}`);
  return [...classes.values()].flatMap((members) => {
    const [first] = members;
    return first && first.amounts.size > 0
      ? [{ kind: first.kind, amounts: first.amounts, members, count: 1 }]
      : [];
  });
}

/** Two or more equal documents at once: three coffees of one price that the statement lacks. */
function severalOf(cause: Cause, difference: Amounts): Cause[][] {
  const [first] = cause.amounts;
  if (!first || difference.size !== cause.amounts.size) return [];
  const count = Number(difference.get(first[0]) ?? 0) / Number(first[1]);
  if (!Number.isSafeInteger(count) || count < 2 || count > cause.members.length) return [];
  for (const [key, amountMinor] of cause.amounts)
    if (BigInt(difference.get(key) ?? 0) !== BigInt(amountMinor) * BigInt(count)) return [];
  return [[{ ...cause, count }]];
}

/** Pairs of two different causes. A pair of equal ones is `severalOf`. */
function pairsFor(
  difference: Amounts,
  causes: readonly Cause[],
): { readonly found: Cause[][]; readonly total: number } {
  if (causes.length > MAX_PAIR_CAUSES) return { found: [], total: 0 };
  const byText = groupBy(causes, (cause) => textOf(cause.amounts));
  const found: Cause[][] = [];
  let total = 0;
  for (const first of causes) {
    const rest = textOf(differenceOf(difference, first.amounts));
    for (const second of byText.get(rest) ?? []) {
      if (first === second || isBefore(second, first)) continue;
      total += 1;
      if (found.length < KEPT_EXPLANATIONS) found.push([first, second]);
    }
  }
  return { found, total };
}

/** Each pair once: the one whose first cause comes first. */
function isBefore(one: Cause, other: Cause): boolean {
  const [left, right] = [`${one.kind} ${textOf(one.amounts)}`, `${other.kind} ${textOf(other.amounts)}`];
  return left < right;
}

/**
 * Combinations of `level` causes in relation to the range of sums that they can have, in the cell where the causes range
 * furthest.
 */
function chanceHits(causes: readonly Cause[], level: number): number {
  let range = 1;
  for (const { amounts } of causes)
    for (const amountMinor of amounts.values()) range = Math.max(range, Math.abs(Number(amountMinor)));
  let combinations = 1;
  for (let at = 1; at <= level; at += 1) combinations *= causes.length / at;
  return combinations / (2 * level * range);
}

export interface Hypothesized {
  /** Documents that may be missing, with what they would leave out. */
  readonly missing: readonly { readonly document: PosDocument; readonly amounts: Amounts }[];
  /** Documents that may have been posted once more. */
  readonly all: readonly PosDocument[];
  readonly vouchers: readonly LedgerGroup[];
}

/** Every single cause. */
export function hypothesesFor(difference: Amounts, { missing, all, vouchers }: Hypothesized): Hypothesis[] {
  return [
    ...missing.map(({ document, amounts }): Hypothesis => ({ kind: 'missing', amounts, document })),
    ...all.map((document): Hypothesis => ({ kind: 'twice', amounts: negated(document.amounts), document })),
    ...vouchers.map((voucher): Hypothesis => ({ kind: 'extra', amounts: negated(voucher.amounts), voucher })),
    ...missing.flatMap(({ document }) => [
      ...imbalancesOf(document, difference),
      ...tendersOf(document, difference),
    ]),
  ];
}

/** The ledger put right, on some account, what the till was off. */
function imbalancesOf(document: PosDocument, difference: Amounts): Hypothesis[] {
  return [...(document.imbalance ?? [])].flatMap(([currency, amountMinor]) =>
    [...difference.keys()]
      .filter((key) => ofAccountKey(key).currency === currency)
      .map((key): Hypothesis => ({ kind: 'imbalance', amounts: new Map([[key, amountMinor]]), document })),
  );
}

/** The ledger knows the means of payment that the source did not tell. */
function tendersOf(document: PosDocument, difference: Amounts): Hypothesis[] {
  return (document.uncertain ?? []).flatMap((key) => {
    const amountMinor = document.amounts.get(key);
    if (amountMinor === undefined || difference.get(key) !== amountMinor) return [];
    const [other] = [...differenceOf(difference, new Map([[key, amountMinor]]))];
    if (!other || difference.size !== 2) return [];
    return [{ kind: 'tender', amounts: difference, document } satisfies Hypothesis];
  });
}
