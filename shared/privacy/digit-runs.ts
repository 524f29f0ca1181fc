import { MAX_CARD_DIGITS, MIN_CARD_DIGITS, fitsIssuer } from './card-number.ts';

/** Any character that is neither a letter nor a digit may separate digits, even an invisible one. */
const SEPARATOR = String.raw`[^\p{L}\p{N}"]`;
/** The longest separator, in characters. */
export const MAX_GAP = 3;
/** Digits that could be a card number, with what separates them. */
export const DIGIT_RUN = new RegExp(
  String.raw`\d(?:${SEPARATOR}{0,${MAX_GAP}}\d){${MIN_CARD_DIGITS - 1},}`,
  'gu',
);
const GROUP = /(?<gap>\D*)(?<digits>\d+)/gu;

export interface Group {
  readonly digits: string;
  /** The text between this group and the one before. */
  readonly gap: string;
  readonly start: number;
  readonly end: number;
}

/** What counts as a card number in a run. */
export interface RunRules {
  readonly replace: (digits: string) => string;
  /** The card number in unseparated digits; `before` is the part of the run before them. */
  readonly inBare: (digits: string, before: string) => string | undefined;
  /** Whether groups of digits that together form a card number count as one. */
  readonly isGrouping: (groups: readonly Group[]) => boolean;
}

/** A run may hold other numbers around the card number: every sequence of its groups is tried, the longest first. */
export function replaceInRun(run: string, rules: RunRules): string {
  const groups = groupsOf(run);
  let result = '';
  let copiedTo = 0;
  for (let from = 0; from < groups.length; from += 1) {
    const first = groups[from];
    if (!first) break;
    const found = cardNumberFrom(groups, from, first, rules, run);
    if (!found) continue;
    result += run.slice(copiedTo, first.start) + rules.replace(found.digits);
    copiedTo = found.end;
    from = found.to - 1;
  }
  return copiedTo === 0 ? run : result + run.slice(copiedTo);
}

function groupsOf(run: string): Group[] {
  return [...run.matchAll(GROUP)].map(({ 0: whole, index, groups: { gap = '', digits = '' } = {} }) => ({
    digits,
    gap,
    start: index + gap.length,
    end: index + whole.length,
  }));
}

/** The card number that starts at group `from`; `to` is the group behind it. */
function cardNumberFrom(
  groups: readonly Group[],
  from: number,
  first: Group,
  { inBare, isGrouping }: RunRules,
  run: string,
): { digits: string; end: number; to: number } | undefined {
  const card =
    first.digits.length < MIN_CARD_DIGITS ? undefined : inBare(first.digits, run.slice(0, first.start));
  if (card !== undefined) return { digits: card, end: first.end, to: from + 1 };
  let { digits } = first;
  let found: { digits: string; end: number; to: number } | undefined;
  for (let to = from + 2; to <= groups.length && to - from <= MAX_CARD_DIGITS; to += 1) {
    const last = groups[to - 1];
    if (!last) break;
    digits += last.digits;
    if (digits.length > MAX_CARD_DIGITS) break;
    if (fitsIssuer(digits) && isGrouping(groups.slice(from, to))) found = { digits, end: last.end, to };
  }
  return found;
}

export const sizesOf = (groups: readonly Group[]): string =>
  groups.map(({ digits }) => digits.length).join('-');

/**
 * Groups of equal size, the last one perhaps shorter. Groups of less than four digits count only with one separator
 * throughout: amounts and times change it (`45.10 12.30`).
 */
export function isEvenGrouping(groups: readonly Group[]): boolean {
  const size = groups[0]?.digits.length ?? 0;
  const isEven = groups.every(
    ({ digits: { length } }, index) => length === size || (index === groups.length - 1 && length < size),
  );
  return isEven && (size >= 4 || new Set(groups.slice(1).map(({ gap }) => gap)).size === 1);
}
