import { postingProfileSchema } from '../../../shared/ledger/posting-profile.ts';
import type { Currency } from '../../../shared/money.ts';
import { productSchema, type Product } from '../../../shared/pos/product.ts';
import { storeSchema } from '../../../shared/pos/store.ts';
import type { MasterData } from '../resources.ts';

/** Stores as the file names them, open at any hour, and the products that it describes. No alert goes anywhere. */
export function masterDataOf(options: {
  readonly storeIds: readonly string[];
  readonly timeZone: string;
  readonly currency: Currency;
  readonly products: readonly Product[];
}): MasterData {
  const { storeIds, timeZone, currency, products } = options;
  return {
    stores: {
      stores: storeIds.map((storeId) =>
        storeSchema.parse({
          storeId,
          name: `Store ${storeId}`,
          timeZone,
          cutOver: '00:00',
          currency,
          hours: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, opens: '00:00', closes: '24:00' })),
          ledgerDimension: storeId,
          sourceLocations: { tillstream: [storeId], poslog: [storeId] },
        }),
      ),
    },
    products: { products },
    postingProfile: postingProfileSchema.parse({
      accounts: {
        revenue: { default: '401000', fee: '401900' },
        tax: { default: '261100' },
        tender: { default: '110900', cash: '110100', card: '110200', account: '120100' },
        giftCardLiability: '262100',
        deposits: '262200',
        tips: '262300',
        rounding: '618200',
        cashOverShort: '618100',
        paidIn: '618300',
        paidOut: '618400',
        safe: '110110',
      },
    }),
    alertRoutes: { routes: [] },
  };
}

/** A product that is known by its code and name alone: whether it runs out is not asked. */
export function productOf(
  code: string,
  description: string,
  currency: Currency,
  priceMinor: number,
): Product {
  return productSchema.parse({
    productId: code,
    description,
    codes: [code],
    unit: 'each',
    leadTimeHours: 0,
    safetyStockMilli: 0,
    priceMinor: { [currency]: priceMinor },
  });
}
