import { addSums, negatedSum, type MinorSum } from '../money.ts';
import type { DrawerEvent, ShiftEvent, TenderType } from '../pos/event.ts';
import { tenderAccount, type LedgerAccount, type PostingProfile } from './posting-profile.ts';

/** Expected drawer contents by tender, from the events of one till's shift. */
export interface ShiftCash {
  /** Its opening lies on this business date. Without it only a part of the shift is known. */
  readonly opened: boolean;
  /** Cash in the drawer at opening; undefined where the opening does not say. */
  readonly floatMinor: number | undefined;
  readonly takenMinor: Readonly<Partial<Record<TenderType, MinorSum>>>;
}

/** What a count is expected to post. A shift's amounts may add up to more than a number holds. */
export interface CountPosting {
  readonly account: LedgerAccount;
  readonly amountMinor: MinorSum;
}

export const EMPTY_SHIFT: ShiftCash = { opened: false, floatMinor: undefined, takenMinor: {} };

export function withDrawer(shift: ShiftCash, drawer: DrawerEvent): ShiftCash {
  if (drawer.training || drawer.action === 'noSale') return shift;
  const out = drawer.action === 'paidOut' || drawer.action === 'drop';
  return withTaken(shift, 'cash', out ? -drawer.amountMinor : drawer.amountMinor);
}

export function withOpening(shift: ShiftCash, opening: ShiftEvent): ShiftCash {
  return opening.training ? shift : { ...shift, opened: true, floatMinor: opening.openingFloatMinor };
}

/** Adds what a tender brought in, less its change. */
export function withTaken(shift: ShiftCash, tender: TenderType, amountMinor: number): ShiftCash {
  const takenMinor = addSums(shift.takenMinor[tender] ?? 0, amountMinor);
  return { ...shift, takenMinor: { ...shift.takenMinor, [tender]: takenMinor } };
}

/**
 * Over/short at the close of a shift, tender by tender. What the till itself expected counts first, since it also knows
 * sales that have not reached us. Otherwise it is the float (cash only) and everything taken in the shift, which is known
 * only where the shift was opened on this business date: without the opening, a part of its sales lies on an earlier
 * date, and what was taken today says nothing about any tender's count.
 */
export function postingsOfShiftClose(
  closing: ShiftEvent,
  shift: ShiftCash,
  profile: PostingProfile,
): CountPosting[] {
  if (closing.training || closing.action !== 'closed') return [];
  const sums = new Map<LedgerAccount, MinorSum>();
  for (const count of closing.counts ?? []) {
    const expectedMinor = count.tillExpectedMinor ?? ownExpectationOf(count.tender, closing, shift);
    if (expectedMinor === undefined) continue;
    for (const { account, amountMinor } of postingsOfCount(
      count.tender,
      count.countedMinor,
      expectedMinor,
      profile,
    ))
      sums.set(account, addSums(sums.get(account) ?? 0, amountMinor));
  }
  return [...sums].flatMap(([account, amountMinor]) => (amountMinor === 0 ? [] : [{ account, amountMinor }]));
}

/** Counted less expected: an overage debits the tender and is a gain, a shortage the reverse. */
export function postingsOfCount(
  tender: TenderType,
  countedMinor: number,
  expectedMinor: MinorSum,
  profile: PostingProfile,
): CountPosting[] {
  const overMinor = addSums(countedMinor, negatedSum(expectedMinor));
  const account = tenderAccount(profile, tender);
  const { cashOverShort } = profile.accounts;
  if (overMinor === 0 || account === cashOverShort) return [];
  return [
    { account, amountMinor: overMinor },
    { account: cashOverShort, amountMinor: negatedSum(overMinor) },
  ];
}

function ownExpectationOf(tender: TenderType, closing: ShiftEvent, shift: ShiftCash): MinorSum | undefined {
  if (!shift.opened) return undefined;
  const takenMinor = shift.takenMinor[tender] ?? 0;
  if (tender !== 'cash') return takenMinor;
  return addSums(shift.floatMinor ?? closing.openingFloatMinor ?? 0, takenMinor);
}
