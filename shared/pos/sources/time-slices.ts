import { PermanentError } from '../../errors.ts';
import { HOUR_MS, SECOND_MS } from '../../time.ts';

/**
 * Vendors who number their pages skip an object when one before it leaves the window, as whatever changes while it is listed
 * does. So the window is asked for in slices of time, each short enough to be one page: a page that is full may not be all of
 * its slice, and its first part is asked for instead.
 */
export interface TimeSlice {
  readonly fromMs: number;
  /** Not included. */
  readonly toMs: number;
  /** From 1 on; more than one only where a single second fills a page. */
  readonly page: number;
}

const FIRST_MS = HOUR_MS;
/** Finer than this not every vendor's clock is. */
const LEAST_MS = SECOND_MS;
/** How much shorter a slice gets that is too full, and how much longer one behind it. */
const STEP = 8;

/** @throws PermanentError `bad-cursor` */
export function sliceOf(
  cursor: string | undefined,
  window: { readonly fromMs: number; readonly toMs: number },
): TimeSlice {
  const [from = window.fromMs, length = FIRST_MS, page = 1] =
    cursor === undefined ? [] : cursor.split('-').map(Number);
  const isNumber = [from, length, page].every((one) => Number.isSafeInteger(one) && one > 0);
  if (!isNumber || from < window.fromMs || from >= window.toMs)
    throw new PermanentError('bad-cursor', 'The cursor names no slice of time');
  return { fromMs: from, toMs: Math.min(from + length, window.toMs), page };
}

/**
 * What to ask for next.
 * @returns `isWhole`: whether the page counts; the cursor is undefined behind the last slice.
 */
export function afterSlice(
  { fromMs, toMs, page }: TimeSlice,
  isFull: boolean,
  window: { readonly toMs: number },
): { readonly isWhole: boolean; readonly next: string | undefined } {
  const lengthMs = toMs - fromMs;
  if (isFull && lengthMs > LEAST_MS) {
    return { isWhole: false, next: `${fromMs}-${Math.max(LEAST_MS, Math.floor(lengthMs / STEP))}-1` };
  }
  if (isFull) return { isWhole: true, next: `${fromMs}-${lengthMs}-${page + 1}` };
  if (toMs >= window.toMs) return { isWhole: true, next: undefined };
  return { isWhole: true, next: `${toMs}-${Math.min(FIRST_MS, Math.max(LEAST_MS, lengthMs * STEP))}-1` };
}
