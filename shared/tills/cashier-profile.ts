import type { DrawerEvent, TransactionEvent } from '../pos/event.ts';
import { HOUR_MS } from '../time.ts';
import type { Activity } from './activity.ts';
import type { AnyCashierRate } from './cashier-rate.ts';

/**
 * What a cashier did on a day, by parts of the day: how many transactions, lines and card payments, and how many of them
 * were voided, discounted and so on. These are the figures that are compared with those of other cashiers, each part of the day with the
 * same part, since an evening has other customers than a morning.
 *
 * The sums have short names, as every transaction stores its own: a letter of the exposure or of the rate, and the number of the
 * part of the day.
 */
const PART_MS = 4 * HOUR_MS;
export const PARTS_OF_DAY = 6;

export const sumName = (letter: string, part: number): string => `${letter}${part}`;

/** Counts the single cases of a day by their kind, for the cashier's case file. */
export const CASE_SUM = 'case ';

const NAMES = new Map<string, readonly string[]>();
function nameOf(letter: string, part: number): string {
  let names = NAMES.get(letter);
  if (!names) {
    names = Array.from({ length: PARTS_OF_DAY }, (_, at) => sumName(letter, at));
    NAMES.set(letter, names);
  }
  return names[part] ?? '';
}

/**
 * Adds what a transaction or an opened drawer adds to its cashier's day. Practice adds nothing.
 * @returns the rates that it adds to.
 */
export function addProfile(
  sums: Record<string, number>,
  event: TransactionEvent | DrawerEvent,
  activity: Activity | undefined,
  atMs: number,
  rates: readonly AnyCashierRate[],
): readonly AnyCashierRate[] {
  if (event.training) return NONE;
  const part = Math.floor(atMs / PART_MS) % PARTS_OF_DAY;
  if (activity) {
    add(sums, nameOf('t', part), 1);
    add(sums, nameOf('l', part), activity.lines);
    add(sums, nameOf('e', part), activity.entered);
    add(sums, nameOf('c', part), activity.cardsRead);
    add(sums, nameOf('m', part), activity.timed);
  }
  let touched: AnyCashierRate[] | undefined;
  for (const rate of rates) {
    const count = rate.countOf(event, activity);
    if (count === 0) continue;
    add(sums, nameOf(rate.letter, part), count);
    (touched ??= []).push(rate);
  }
  return touched ?? NONE;
}

const NONE: readonly AnyCashierRate[] = [];

function add(sums: Record<string, number>, name: string, count: number): void {
  if (count !== 0) sums[name] = (sums[name] ?? 0) + count;
}
