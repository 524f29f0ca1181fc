import { z } from 'zod';
import { businessDateSchema } from '../ids.ts';
import { currencySchema } from '../money.ts';
import { TENDER_TYPES, type LineType, type TenderType } from '../pos/event.ts';

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
  accounts: z
    .strictObject({
      revenue: z
        .strictObject({
          default: account.describe('For all kinds of lines.'),
          fee: account.optional().describe('For fees.'),
        })
        .describe('Net sales.'),
      byProduct: z
        .record(
          z.string().min(1).max(100),
          account.describe('Account of a product; the field name is the product.'),
        )
        .optional()
        .describe(
          'Products that are not revenue, such as donations and bottle deposits: by product id, or by the code that the till sends.',
        ),
      tax: z
        .object({ default: account.describe('For tax codes that are not listed.') })
        .catchall(account.describe('Account of a tax code; the field name is the tax code.'))
        .describe(
          'Tax owed, by tax code. For a tax that a marketplace collects and pays itself, use the clearing account of its tender.',
        ),
      tender: z
        .strictObject({
          default: account.describe('For tender types that are not listed.'),
          ...(Object.fromEntries(
            TENDER_TYPES.map((type) => [type, account.optional().describe(`For tenders of type ${type}.`)]),
          ) as Record<TenderType, z.ZodOptional<typeof account>>),
        })
        .describe('Clearing accounts by tender type.'),
      bankClearing: account
        .optional()
        .describe('Where payouts of acquirers are posted; compared with their settlement reports.'),
      giftCardLiability: account.describe(
        'Liability to gift card holders: it rises when a card is sold and falls when a card is redeemed.',
      ),
      breakage: account
        .optional()
        .describe('Gift cards that expired, if not revenue. Lines of type breakage are posted here.'),
      deposits: account.describe('Payments for goods that are delivered later, and prepayments.'),
      donations: account
        .optional()
        .describe('Donations taken for others; if omitted, they are posted with the deposits.'),
      tips: account.describe('Tips.'),
      rounding: account.describe('Cash rounding: amount paid less amount due.'),
      cashOverShort: account.describe('Counted cash less expected cash at the end of a shift.'),
      paidIn: account.describe('Cash put into a drawer, other than from sales.'),
      paidOut: account.describe('Cash taken out of a drawer to pay for something.'),
      paidInByReason: z
        .record(
          z.string().min(1).max(200),
          account.describe('Account of a reason; the field name is the reason.'),
        )
        .optional()
        .describe('Paid-ins by reason, as the till sends it, if they have a separate account.'),
      paidOutByReason: z
        .record(
          z.string().min(1).max(200),
          account.describe('Account of a reason; the field name is the reason.'),
        )
        .optional()
        .describe('Paid-outs by reason, as the till sends it, if they have a separate account.'),
      safe: account.describe('Cash dropped from a drawer into the safe.'),
    })
    .describe('Ledger accounts, 1 to 50 characters without spaces and / \\ # ?.'),
  correctingJournal: z
    .strictObject({
      journalName: z.string().min(1).max(10).describe('Journal name in Dynamics 365, such as GenJrn.'),
      accountDisplayValue: z
        .string()
        .min(1)
        .max(200)
        .regex(/\{account\}/, 'must hold {account}')
        .describe('An account with its dimensions, such as {account}-{store}--.'),
    })
    .optional()
    .describe('How correcting entries are written; without it GenJrn and {account}-{store}.'),
  acquirerFees: z
    .array(
      z.strictObject({
        acquirer: z.string().min(1).max(40).describe('As its settlement reports are named, such as adyen.'),
        currency: currencySchema.describe('Currency of the payments that it is agreed for.'),
        ratePpm: z
          .int()
          .min(0)
          .max(1_000_000)
          .default(0)
          .describe('Share of the payment, in millionths: 13900 is 1.39 %.'),
        fixedMinor: z.int().min(0).max(1_000_000).default(0).describe('For each payment, in minor units.'),
        toleranceMinor: z
          .int()
          .min(0)
          .max(1_000_000)
          .default(1)
          .describe('By how much the fee of one payment may differ, in minor units.'),
      }),
    )
    .max(100)
    .optional()
    .describe(
      'Fees agreed with acquirers. The fee of each payment in their settlement reports is compared with them; an acquirer or currency without an entry is not compared.',
    ),
  giftCardOpening: z
    .strictObject({
      businessDate: businessDateSchema.describe('The first business date of the roll-forward.'),
      balancesMinor: z
        .partialRecord(currencySchema, z.int().describe('Minor units of the currency.'))
        .describe('What all gift cards were worth that morning, by currency.'),
    })
    .optional()
    .describe(
      'Where the roll-forward of gift cards begins; without it only the movements of a day are shown.',
    ),
});
export type PostingProfile = z.infer<typeof postingProfileSchema>;
export type AgreedFee = NonNullable<PostingProfile['acquirerFees']>[number];
export type LedgerAccount = string;

export function revenueAccount(profile: PostingProfile, lineType: string): LedgerAccount {
  const { revenue } = profile.accounts;
  return lineType === 'fee' ? (revenue.fee ?? revenue.default) : revenue.default;
}

export function taxAccount(profile: PostingProfile, taxCode: string): LedgerAccount {
  const { tax } = profile.accounts;
  return Object.hasOwn(tax, taxCode) ? (tax[taxCode] ?? tax.default) : tax.default;
}

/** The account of a product whose lines are no sales; undefined for all others. */
export function productAccount(
  profile: PostingProfile,
  { productId, productCode }: { readonly productId?: string | undefined; readonly productCode: string },
): LedgerAccount | undefined {
  const { byProduct = {} } = profile.accounts;
  return own(byProduct, productId) ?? own(byProduct, productCode);
}

/** Where the money of a paid-in comes from, and that of a paid-out goes. */
export function drawerAccount(
  profile: PostingProfile,
  action: 'paidIn' | 'paidOut',
  reason: string | undefined,
): LedgerAccount {
  const { paidIn, paidOut, paidInByReason = {}, paidOutByReason = {} } = profile.accounts;
  return action === 'paidIn'
    ? (own(paidInByReason, reason) ?? paidIn)
    : (own(paidOutByReason, reason) ?? paidOut);
}

function own(
  accounts: Readonly<Record<string, LedgerAccount>>,
  name: string | undefined,
): LedgerAccount | undefined {
  return name !== undefined && Object.hasOwn(accounts, name) ? accounts[name] : undefined;
}

/**
 * Paying with a gift card settles a liability, so liability is its clearing account. Store credit has that of vouchers, if it
 * has none of its own.
 */
export function tenderAccount(profile: PostingProfile, type: TenderType): LedgerAccount {
  const { tender, giftCardLiability } = profile.accounts;
  const ofType = tender[type];
  if (ofType !== undefined) return ofType;
  if (type === 'giftCard') return giftCardLiability;
  return (type === 'storeCredit' ? tender.voucher : undefined) ?? tender.default;
}

/** The account of a line that is no plain sale; undefined for the lines that make up the revenue. */
export function lineAccount(
  profile: PostingProfile,
  line: { readonly type: LineType; readonly productId?: string | undefined; readonly productCode: string },
): LedgerAccount | undefined {
  const ofProduct = productAccount(profile, line);
  if (ofProduct !== undefined) return ofProduct;
  const { revenue, giftCardLiability, breakage, deposits, donations } = profile.accounts;
  switch (line.type) {
    case 'giftCard':
      return giftCardLiability;
    case 'breakage':
      return breakage;
    case 'deposit':
      return deposits;
    case 'donation':
      return donations ?? deposits;
    case 'fee':
      return revenue.fee;
    default:
      return undefined;
  }
}
