import type { EventReference } from '../alerts/alert.ts';
import type { BusinessDate } from '../ids.ts';
import { addDays, epochMsOf } from '../time.ts';
import { addSums, datedKey, firstKeyOf, unnamedKeyOf, type Said, type Shift } from './shift.ts';
import { namedShiftsAt, shiftAt, type TillBook } from './till-book.ts';

/**
 * One shift as a person sees it: its parts of one or more business dates, with the events of its till that name no shift
 * and happened while it was open.
 *
 * It follows from everything known of the till so far, whatever order it came in: a part continues the one of the day
 * before, if that was opened and not closed, and has no opening of its own.
 */
export interface ShiftView {
  /** The key of its last part, which also keeps what was said about it. */
  readonly key: string;
  readonly shift: Shift;
  readonly sums: Readonly<Record<string, number>>;
  readonly opening: Shift['opening'];
  readonly closing: Shift['closing'];
  /** The shift id was opened twice on one date, so its sums belong to two shifts. */
  readonly isReused: boolean;
  /** Events that name no shift and are counted in it. */
  readonly inferred: number;
  evidenceOf(kind: string): readonly EventReference[];
  said(kind: string): Said | undefined;
}

/** How many events a part holds, of whatever kind. */
export const EVENTS = 'events';

export function viewOf(book: TillBook, key: string, shift: Shift): ShiftView {
  const parts = shift.shiftId === undefined ? [shift] : partsOf(book, shift);
  const [first = shift] = parts;
  const last = parts.at(-1) ?? shift;
  const joined = shift.shiftId === undefined ? [] : parts.flatMap((part) => unnamedIn(book, part, parts));
  const sums = parts.length === 1 && joined.length === 0 ? shift.sums : {};
  if (sums !== shift.sums) for (const one of [...parts, ...joined]) addSums(sums, one.sums);
  let inferred = 0;
  for (const one of joined) inferred += one.sums[EVENTS] ?? 0;
  return {
    key: last === shift ? key : keyOf(book, last),
    shift: last,
    sums,
    opening: first.opening,
    closing: last.closing,
    isReused: parts.some(({ openings }) => openings > 1),
    inferred,
    evidenceOf: (kind) => [...parts, ...joined].flatMap(({ evidence }) => evidence[kind] ?? []),
    said: (kind) =>
      [...parts, ...joined].map(({ said }) => said[kind]).findLast((said) => said !== undefined),
  };
}

export function keyOf(book: TillBook, shift: Shift): string {
  const firstKey = firstKeyOf(shift);
  return shiftAt(book, firstKey) === shift ? firstKey : datedKey(shift);
}

/** The parts that are one shift, in the order of their dates. */
function partsOf(book: TillBook, shift: Shift): Shift[] {
  const first = shiftAt(book, firstKeyOf(shift));
  if (!first || first.otherDates.length === 0) return [shift];
  const partOn = (businessDate: BusinessDate): Shift | undefined =>
    first.businessDate === businessDate ? first : shiftAt(book, datedKey({ ...shift, businessDate }));
  const parts = [shift];
  for (let head = shift; !head.opening;) {
    const before = partOn(addDays(head.businessDate, -1));
    if (!before || before.closing) break;
    parts.unshift(before);
    head = before;
  }
  // Without an opening nothing says that the till was open over midnight.
  if (!parts[0]?.opening) return [shift];
  for (let tail = shift; !tail.closing;) {
    const after = partOn(addDays(tail.businessDate, 1));
    if (!after || after.opening) break;
    parts.push(after);
    tail = after;
  }
  return parts;
}

type Joined = Pick<Shift, 'sums' | 'evidence' | 'said'>;

/**
 * What names no shift on the date of a part. With one shift on that date it is all of it; with several it is what
 * happened while this one was open.
 */
function unnamedIn(book: TillBook, part: Shift, parts: readonly Shift[]): Joined[] {
  const unnamedKey = unnamedKeyOf(part);
  const unnamed = shiftAt(book, unnamedKey);
  if (!unnamed) return [];
  const isAlone = namedShiftsAt(book, part).every((other) => parts.includes(other));
  if (isAlone) return [unnamed];
  const fromMs = parts[0]?.opening?.atMs ?? Number.NEGATIVE_INFINITY;
  const toMs = parts.at(-1)?.closing?.atMs ?? Number.POSITIVE_INFINITY;
  const sums: Record<string, number> = {};
  for (const { atMs, effect } of book.effects.entries()) {
    if (effect.shift === unnamedKey && atMs >= fromMs && atMs <= toMs) addSums(sums, effect.sums);
  }
  const evidence: Record<string, EventReference[]> = {};
  for (const [kind, events] of Object.entries(unnamed.evidence)) {
    evidence[kind] = events.filter(({ occurredAt }) => {
      const atMs = epochMsOf(occurredAt);
      return atMs >= fromMs && atMs <= toMs;
    });
  }
  return [{ sums, evidence, said: {} }];
}
