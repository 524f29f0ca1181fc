import { addMinor } from '../money.ts';
import type { DrawerEvent, ShiftEvent, TenderType } from '../pos/event.ts';
import { postingsOfCount } from './expected-postings.ts';
import { PostingSum, type Posting } from './posting.ts';
import type { PostingProfile } from './posting-profile.ts';

/** What a drawer should hold, tender by tender, from the events of one till's shift. */
export interface ShiftCash {
  /** Undefined until the opening is known. */
  readonly floatMinor: number | undefined;
  readonly takenMinor: Readonly<Partial<Record<TenderType, number>>>;
}

export const EMPTY_SHIFT: ShiftCash = { floatMinor: undefined, takenMinor: {} };

export function withDrawer(shift: ShiftCash, drawer: DrawerEvent): ShiftCash {
  if (drawer.training || drawer.action === 'noSale') return shift;
  const out = drawer.action === 'paidOut' || drawer.action === 'drop';
  return withTaken(shift, 'cash', out ? -drawer.amountMinor : drawer.amountMinor);
}

export function withOpening(shift: ShiftCash, opening: ShiftEvent): ShiftCash {
  return opening.training ? shift : { ...shift, floatMinor: opening.openingFloatMinor ?? 0 };
}

/** Adds what a tender brought in, less its change. */
export function withTaken(shift: ShiftCash, tender: TenderType, amountMinor: number): ShiftCash {
  const takenMinor = addMinor(shift.takenMinor[tender] ?? 0, amountMinor);
  return { ...shift, takenMinor: { ...shift.takenMinor, [tender]: takenMinor } };
}

/**
 * Cash over/short at the close of a shift. What the till itself expected counts first, since it also knows sales that
 * have not reached us; otherwise it is the opening float and everything taken in the shift. Without either no cash can be
 * expected: the shift was opened on another business date, or its opening has not come yet.
 */
export function postingsOfShiftClose(
  closing: ShiftEvent,
  shift: ShiftCash,
  profile: PostingProfile,
): Posting[] {
  if (closing.training || closing.action !== 'closed') return [];
  const sum = new PostingSum();
  for (const count of closing.counts ?? []) {
    const floatMinor = count.tender === 'cash' ? (closing.openingFloatMinor ?? shift.floatMinor) : 0;
    const ownMinor =
      floatMinor === undefined ? undefined : addMinor(floatMinor, shift.takenMinor[count.tender] ?? 0);
    const expectedMinor = count.tillExpectedMinor ?? ownMinor;
    if (expectedMinor === undefined) continue;
    for (const posting of postingsOfCount(count.tender, count.countedMinor, expectedMinor, profile)) {
      sum.add(posting.account, posting.amountMinor);
    }
  }
  return sum.postings();
}

/** Of two openings or closings of a shift the higher version counts, then the later one, as in the till counters. */
export function isNewerShiftEvent(one: ShiftEvent, other: ShiftEvent): boolean {
  if (one.version !== other.version) return one.version > other.version;
  if (one.occurredAt !== other.occurredAt) return one.occurredAt > other.occurredAt;
  return one.eventId < other.eventId;
}
