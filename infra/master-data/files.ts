import type { z } from 'zod';
import { alertLimitsFileSchema, alertRoutesFileSchema } from '../../shared/alert-rules/files.ts';
import type { MASTER_DATA_FILES } from '../../shared/azure/names.ts';
import { dynamicsSetupSchema } from '../../shared/forecast/setup.ts';
import { dynamicsCommerceConfigSchema } from '../../shared/ledger/sources/dynamics-commerce/config.ts';
import { dynamicsFinanceConfigSchema } from '../../shared/ledger/sources/dynamics-finance/config.ts';
import { ledgerMappingsFileSchema } from '../../shared/ledger/sources/files/mapping.ts';
import { settlementMappingsFileSchema } from '../../shared/ledger/settlement/mapped/settlement-mapping.ts';
import { postingProfileSchema } from '../../shared/ledger/posting-profile.ts';
import { productsFileSchema } from '../../shared/pos/product.ts';
import { sendersFileSchema } from '../../shared/pos/senders.ts';
import { storesFileSchema } from '../../shared/pos/stores-file.ts';
import { closePolicySchema } from '../../shared/workflow/policy.ts';

export type MasterDataName = keyof typeof MASTER_DATA_FILES;

/** The schema of each file in the container `master-data`. Add new files here. */
export const SCHEMAS = {
  stores: storesFileSchema,
  products: productsFileSchema,
  postingProfile: postingProfileSchema,
  alertRoutes: alertRoutesFileSchema,
  alertLimits: alertLimitsFileSchema,
  ledgerMappings: ledgerMappingsFileSchema,
  settlementMappings: settlementMappingsFileSchema,
  dynamicsFinance: dynamicsFinanceConfigSchema,
  dynamicsCommerce: dynamicsCommerceConfigSchema,
  dynamicsSetup: dynamicsSetupSchema,
  senders: sendersFileSchema,
  closePolicy: closePolicySchema,
} satisfies Record<MasterDataName, z.ZodType>;

/** Files that the product can run without. */
export const OPTIONAL: ReadonlySet<MasterDataName> = new Set([
  'alertLimits',
  'ledgerMappings',
  'settlementMappings',
  'dynamicsFinance',
  'dynamicsCommerce',
  'dynamicsSetup',
  'senders',
  'closePolicy',
]);

export type MasterData = { readonly [N in MasterDataName]?: z.infer<(typeof SCHEMAS)[N]> };
