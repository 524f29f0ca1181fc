import type { EventReference } from '../alerts/alert.ts';
import type { BusinessDate, TillId } from '../ids.ts';
import type { PosEvent } from '../pos/event.ts';
import type { Said } from './shift.ts';

/**
 * The running numbers of one till within one scope, as ranges that came without a gap. The scope is what the source
 * names as restarting the numbers, or else the business date.
 */
export interface SequenceRun {
  readonly tillId: TillId;
  readonly scope: string;
  readonly businessDate: BusinessDate;
  /** In ascending order, never touching each other. */
  ranges: SequenceRange[];
  /** More gaps than a running number has: the till's numbers are of another kind, and no gaps are looked for. */
  isNoRun: boolean;
  /** The last that was said about them, by kind. */
  readonly said: Record<string, Said>;
  newestAtMs: number;
}

/** As rules see it. */
export interface NumbersView {
  readonly run: SequenceRun;
  /** When the till closed its shift, if that is what happens now: what is missing then will not come by itself. */
  readonly closedAtMs: number | undefined;
  /** How many events came so far with a number that another event had used; 0 where that is not what happens now. */
  readonly duplicates: number;
  readonly evidence: EventReference;
  readonly said: (kind: string) => Said | undefined;
}

/** With the event times of its first and its last number. */
type SequenceRange = readonly [from: number, to: number, fromAtMs: number, toAtMs: number];

export interface SequenceGap {
  readonly from: number;
  readonly to: number;
  /** When the number before and the number after it were used. */
  readonly afterMs: number;
  readonly beforeMs: number;
}

export const MAX_RANGES = 100;
/** What jumps further was renumbered, or is another kind of number in the field. */
const LONGEST_GAP = 10_000;

/** An object, where the key of a shift is a list: neither can look like the other. */
export const runKey = (tillId: TillId, scope: string): string =>
  JSON.stringify({ sequence: [tillId, scope] });

export const scopeOf = ({
  sequenceScope,
  businessDate,
}: Pick<PosEvent, 'sequenceScope' | 'businessDate'>): string => sequenceScope ?? businessDate;

export function newRun(
  of: Pick<SequenceRun, 'tillId' | 'scope' | 'businessDate'>,
  atMs: number,
): SequenceRun {
  return { ...of, ranges: [], isNoRun: false, said: {}, newestAtMs: atMs };
}

/** Notes that a number was used. @returns false where nothing changed. */
export function noteNumber(run: SequenceRun, number: number, atMs: number): boolean {
  if (run.isNoRun) return false;
  const at = run.ranges.findIndex(([, to]) => to >= number);
  const inside = at < 0 ? undefined : run.ranges[at];
  if (inside && inside[0] <= number) return false;
  run.ranges.splice(at < 0 ? run.ranges.length : at, 0, [number, number, atMs, atMs]);
  run.ranges = joined(run.ranges);
  if (run.ranges.length > MAX_RANGES) {
    run.isNoRun = true;
    run.ranges = [];
  }
  return true;
}

function joined(ranges: readonly SequenceRange[]): SequenceRange[] {
  const result: SequenceRange[] = [];
  for (const range of ranges) {
    const last = result.at(-1);
    if (last && last[1] + 1 === range[0]) result[result.length - 1] = [last[0], range[1], last[2], range[3]];
    else result.push(range);
  }
  return result;
}

/**
 * The numbers that are missing. What comes after a gap must have happened after it: where the higher number is the older
 * one the till began to count again, and nothing is missing between the two.
 */
export function gapsOf({ ranges }: SequenceRun): SequenceGap[] {
  const gaps: SequenceGap[] = [];
  for (let at = 1; at < ranges.length; at += 1) {
    const [, to, , afterMs] = ranges[at - 1] as SequenceRange;
    const [from, , beforeMs] = ranges[at] as SequenceRange;
    if (beforeMs >= afterMs && from - to - 1 <= LONGEST_GAP)
      gaps.push({ from: to + 1, to: from - 1, afterMs, beforeMs });
  }
  return gaps;
}

export const missingIn = (gaps: readonly SequenceGap[]): number =>
  gaps.reduce((sum, { from, to }) => sum + to - from + 1, 0);
