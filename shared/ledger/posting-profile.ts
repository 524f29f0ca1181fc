import { z } from 'zod';
import { TENDER_TYPES, type TenderType } from '../pos/event.ts';

/**
 * The posting profile says to which ledger account each part of a transaction is posted, as the posting profile of a
 * retail channel does in Dynamics 365. It is the file `posting-profile.json` of the master data.
 */
const account = z
  .string()
  .min(1)
  .max(50)
  .regex(/^[^/\\#?\s]+$/, 'must be a ledger account without spaces and / \\ # ?');

export const postingProfileSchema = z.strictObject({
  accounts: z.strictObject({
    /** Net sales. `default` takes every kind of line; `fee` may have an account of its own. */
    revenue: z.strictObject({ default: account, fee: account.optional() }),
    /** Tax owed, by tax code; `default` takes the codes that are not listed. */
    tax: z.object({ default: account }).catchall(account),
    /** Clearing accounts by tender type; `default` takes the types that are not listed. */
    tender: z.strictObject({
      default: account,
      ...(Object.fromEntries(TENDER_TYPES.map((type) => [type, account.optional()])) as Record<
        TenderType,
        z.ZodOptional<typeof account>
      >),
    }),
    /** What we owe to the holders of gift cards: it grows when one is sold and shrinks when one pays. */
    giftCardLiability: account,
    /** Money taken for goods that are handed over later. */
    deposits: account,
    tips: account,
    /** Cash rounding: what is paid less what is owed. */
    rounding: account,
    /** Counted less expected at the end of a shift. */
    cashOverShort: account,
    paidIn: account,
    paidOut: account,
    /** Cash that drops from a drawer into the safe. */
    safe: account,
  }),
});
export type PostingProfile = z.infer<typeof postingProfileSchema>;
export type LedgerAccount = string;

export function revenueAccount(profile: PostingProfile, lineType: string): LedgerAccount {
  const { revenue } = profile.accounts;
  return lineType === 'fee' ? (revenue.fee ?? revenue.default) : revenue.default;
}

export function taxAccount(profile: PostingProfile, taxCode: string): LedgerAccount {
  const { tax } = profile.accounts;
  return Object.hasOwn(tax, taxCode) ? (tax[taxCode] ?? tax.default) : tax.default;
}

/** A gift card that pays settles what we owe to its holder, so that its clearing account is that liability. */
export function tenderAccount(profile: PostingProfile, type: TenderType): LedgerAccount {
  const { tender, giftCardLiability } = profile.accounts;
  return tender[type] ?? (type === 'giftCard' ? giftCardLiability : tender.default);
}
