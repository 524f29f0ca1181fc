import { postingProfileSchema, type PostingProfile } from '../../shared/ledger/posting-profile.ts';

type Accounts = PostingProfile['accounts'];

/** The local chains' chart of accounts; each chain adds the taxes and tenders of its own tills. */
export function localPostingProfile(own: {
  readonly tax: Accounts['tax'];
  readonly tender: Omit<Accounts['tender'], 'default' | 'cash' | 'card'>;
}): PostingProfile {
  return postingProfileSchema.parse({
    accounts: {
      revenue: { default: '401000', fee: '401900' },
      tax: own.tax,
      tender: { default: '110900', cash: '110100', card: '110200', ...own.tender },
      giftCardLiability: '262100',
      deposits: '262200',
      tips: '262300',
      rounding: '618200',
      cashOverShort: '618100',
      paidIn: '618300',
      paidOut: '618400',
      safe: '110110',
    },
  });
}
