import { addMinor } from '../money.ts';
import type { DrawerEvent, ShiftEvent, TenderType } from '../pos/event.ts';
import { postingsOfCount } from './expected-postings.ts';
import { PostingSum, type Posting } from './posting.ts';
import type { PostingProfile } from './posting-profile.ts';

/** What a drawer should hold, tender by tender, from the events of one till's shift. */
export interface ShiftCash {
  readonly floatMinor: number;
  readonly takenMinor: Readonly<Partial<Record<TenderType, number>>>;
}

export const EMPTY_SHIFT: ShiftCash = { floatMinor: 0, takenMinor: {} };

export function withDrawer(shift: ShiftCash, drawer: DrawerEvent): ShiftCash {
  if (drawer.training || drawer.action === 'noSale') return shift;
  const out = drawer.action === 'paidOut' || drawer.action === 'drop';
  return withTaken(shift, 'cash', out ? -drawer.amountMinor : drawer.amountMinor);
}

export function withOpening(shift: ShiftCash, opening: ShiftEvent): ShiftCash {
  return opening.openingFloatMinor === undefined
    ? shift
    : { ...shift, floatMinor: opening.openingFloatMinor };
}

/** Adds what a tender brought in, less its change. */
export function withTaken(shift: ShiftCash, tender: TenderType, amountMinor: number): ShiftCash {
  const takenMinor = addMinor(shift.takenMinor[tender] ?? 0, amountMinor);
  return { ...shift, takenMinor: { ...shift.takenMinor, [tender]: takenMinor } };
}

/**
 * Cash over/short at the close of a shift. What the till itself expected counts first, since it also knows sales that
 * have not reached us; otherwise it is the opening float and everything taken in the shift.
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
    const expectedMinor =
      count.tillExpectedMinor ?? addMinor(floatMinor, shift.takenMinor[count.tender] ?? 0);
    for (const posting of postingsOfCount(count.tender, count.countedMinor, expectedMinor, profile)) {
      sum.add(posting.account, posting.amountMinor);
    }
  }
  return sum.postings();
}
