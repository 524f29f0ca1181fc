import { NO_SETUP } from '../../../shared/forecast/setup.ts';
import { NOT_READ } from '../../../shared/ledger/sources/dynamics-commerce/config.ts';
import { DEFAULT_CONFIG } from '../../../shared/ledger/sources/dynamics-finance/config.ts';
import type { Currency } from '../../../shared/money.ts';
import type { Product } from '../../../shared/pos/product.ts';
import { storeSchema } from '../../../shared/pos/store.ts';
import { DEFAULT_POLICY } from '../../../shared/workflow/policy.ts';
import { localPostingProfile } from '../posting-profile.ts';
import type { MasterData } from '../resources.ts';

/** The file's stores, always open, and the products that it describes. Alerts are not delivered. */
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
    postingProfile: localPostingProfile({ tax: { default: '261100' }, tender: { account: '120100' } }),
    alertRoutes: { routes: [] },
    alertLimits: { limits: [] },
    ledgerMappings: { mappings: [] },
    settlementMappings: { mappings: [] },
    dynamicsFinance: DEFAULT_CONFIG,
    dynamicsCommerce: NOT_READ,
    dynamicsSetup: NO_SETUP,
    senders: { senders: [] },
    closePolicy: DEFAULT_POLICY,
  };
}
