import { addMinor } from '../money.ts';
import { takenIn } from '../pos/drawer-cash.ts';
import type { TransactionEvent } from '../pos/event.ts';
import { netOf } from './expected-postings.ts';
import { lineAccount, tenderAccount, type LedgerAccount, type PostingProfile } from './posting-profile.ts';

/** What a transaction does to the liability to gift card holders, in minor units of its currency. */
export interface GiftCardMovement {
  /** Sold and loaded, less what was taken back. */
  readonly soldMinor: number;
  /** Paid with, less what was paid back to cards. */
  readonly redeemedMinor: number;
  readonly expiredMinor: number;
}

/** The accounts that hold the liability: two where the profile clears redeemed cards on an account of their own. */
export function giftCardAccounts(profile: PostingProfile): ReadonlySet<LedgerAccount> {
  return new Set([profile.accounts.giftCardLiability, tenderAccount(profile, 'giftCard')]);
}

/** @returns undefined where no gift card is concerned, as in most transactions. */
export function giftCardMovementOf(
  transaction: TransactionEvent,
  profile: PostingProfile,
): GiftCardMovement | undefined {
  const accounts = giftCardAccounts(profile);
  let [soldMinor, redeemedMinor, expiredMinor] = [0, 0, 0];
  for (const line of transaction.lines) {
    if (line.voided === true) continue;
    const netMinor = netOf(line, transaction.taxIncluded);
    if (line.type === 'breakage') expiredMinor = addMinor(expiredMinor, netMinor);
    else if (accounts.has(lineAccount(profile, line) ?? '')) soldMinor = addMinor(soldMinor, netMinor);
  }
  for (const [type, amountMinor] of takenIn(transaction))
    if (accounts.has(tenderAccount(profile, type))) redeemedMinor = addMinor(redeemedMinor, amountMinor);
  // The card of an expiry goes out by a line of its own, which is no card taken back.
  soldMinor = addMinor(soldMinor, expiredMinor);
  return soldMinor === 0 && redeemedMinor === 0 && expiredMinor === 0
    ? undefined
    : { soldMinor, redeemedMinor, expiredMinor };
}
