import {
  drawerAccount,
  lineAccount,
  postingProfileSchema,
  productAccount,
  revenueAccount,
  taxAccount,
  tenderAccount,
} from '../../shared/ledger/posting-profile.ts';
import type { LineType } from '../../shared/pos/event.ts';
import { PROFILE } from '../support/ledger-fixtures.ts';

const { giftCard: _giftCard, ...tender } = PROFILE.accounts.tender;
const profile = postingProfileSchema.parse({
  accounts: {
    ...PROFILE.accounts,
    tender,
    byProduct: { P1: '480000', 4711: '480001' },
    paidInByReason: { rent: '450100' },
    paidOutByReason: { window: '630100' },
  },
});

const withVoucher = postingProfileSchema.parse({
  accounts: { ...PROFILE.accounts, tender: { ...tender, voucher: '261900' } },
});
const lineOf = (type: LineType) => ({ type, productCode: '1' });

test.each([
  ['revenue of a sale', revenueAccount(profile, 'sale'), '401000'],
  ['revenue of a fee', revenueAccount(profile, 'fee'), '401900'],
  ['a tax code with an account', taxAccount(profile, 'reduced'), '261101'],
  ['a tax code without', taxAccount(profile, 'standard'), '261100'],
  ['a tax code that objects have by themselves', taxAccount(profile, 'toString'), '261100'],
  ['a product by our id', productAccount(profile, { productId: 'P1', productCode: '4711' }), '480000'],
  ['a product by its code', productAccount(profile, { productId: 'P2', productCode: '4711' }), '480001'],
  ['a product that is sold', productAccount(profile, { productId: 'P2', productCode: '1' }), undefined],
  ['a product without an id', productAccount(profile, { productCode: '4711' }), '480001'],
  ['a paid-in with an account', drawerAccount(profile, 'paidIn', 'rent'), '450100'],
  ['a paid-in for the reason of a paid-out', drawerAccount(profile, 'paidIn', 'window'), '690300'],
  ['a paid-in without a reason', drawerAccount(profile, 'paidIn', undefined), '690300'],
  ['a paid-out with an account', drawerAccount(profile, 'paidOut', 'window'), '630100'],
  ['a paid-out for another reason', drawerAccount(profile, 'paidOut', 'constructor'), '690400'],
  ['cash', tenderAccount(profile, 'cash'), '110100'],
  ['a tender without an account', tenderAccount(profile, 'voucher'), '110900'],
  ['store credit without an account of its own', tenderAccount(withVoucher, 'storeCredit'), '261900'],
  ['store credit in a profile without vouchers', tenderAccount(profile, 'storeCredit'), '110900'],
  ['a donation without an account of its own', lineAccount(profile, lineOf('donation')), '261600'],
  ['breakage without an account of its own', lineAccount(profile, lineOf('breakage')), undefined],
  ['a deposit', lineAccount(profile, lineOf('deposit')), '261600'],
  ['a gift card that pays', tenderAccount(profile, 'giftCard'), '261500'],
])('%s has its account', (_what, found, expected) => {
  expect(found).toBe(expected);
});
