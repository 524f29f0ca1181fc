import { z } from 'zod';
import { businessDateSchema, productIdSchema, storeIdSchema } from '../ids.ts';
import { currencySchema } from '../money.ts';
import { UNITS } from '../pos/event.ts';

/**
 * What Dynamics 365 is set up with, as far as posting depends on it: the file `dynamics-setup.json` of the master data.
 * Without the file no forecast is made. A list that is left out has its rules not checked, and the report says so.
 */
const name = z.string().min(1).max(100);
const amount = z.int().min(0).max(1_000_000_000);

export const dynamicsSetupSchema = z.strictObject({
  forecast: z.boolean().default(true).describe('Whether receipts are forecast at all.'),
  periods: z
    .array(
      z.strictObject({
        from: businessDateSchema.describe('First date.'),
        to: businessDateSchema.describe('Last date.'),
        status: z.enum(['open', 'onHold', 'closed']).default('open').describe('Status of the ledger period.'),
      }),
    )
    .max(1_000)
    .optional()
    .describe('Periods of the fiscal calendar.'),
  currencies: z
    .array(
      z.strictObject({
        currency: currencySchema.describe('ISO 4217 code.'),
        roundingMinor: z.int().min(1).max(10_000).default(1).describe('Rounding of amounts, in minor units.'),
        maxUnderpaymentMinor: amount.default(0).describe('Maximum underpayment, in minor units.'),
        maxOverpaymentMinor: amount.default(0).describe('Maximum overpayment, in minor units.'),
      }),
    )
    .max(200)
    .optional()
    .describe('Currencies with an exchange rate, and how the store functionality profile rounds them.'),
  stores: z
    .array(
      z.strictObject({
        storeId: storeIdSchema.describe('Our id of the store.'),
        site: name.optional().describe('Site of its warehouse.'),
        warehouse: name.optional().describe('Warehouse (inventory location).'),
        dimensionActive: z
          .boolean()
          .default(true)
          .describe("Whether the account structure allows the store's dimension value."),
      }),
    )
    .max(50_000)
    .optional()
    .describe('Stores as channels are set up.'),
  products: z
    .array(
      z.strictObject({
        productId: productIdSchema.describe('Our id of the product.'),
        blocked: z.boolean().default(false).describe('Deleted, stopped for sale or without its variant.'),
        serialNumbers: z.boolean().default(false).describe('Serial number controlled.'),
        batchNumbers: z.boolean().default(false).describe('Batch controlled.'),
        units: z.array(z.enum(UNITS)).optional().describe('Units with a conversion to the inventory unit.'),
        taxCodes: z.array(name).optional().describe('Tax codes of its item sales tax group.'),
      }),
    )
    .max(200_000)
    .optional()
    .describe('Products that are more than released and sold by the piece.'),
  taxCodes: z.array(name).max(1_000).optional().describe('Sales tax codes that exist.'),
  customerRefs: z
    .array(name)
    .max(1_000_000)
    .optional()
    .describe('Pseudonyms of the customers that exist, as events have them.'),
  onHand: z
    .array(
      z.strictObject({
        storeId: storeIdSchema.describe('Our id of the store.'),
        productId: productIdSchema.describe('Our id of the product.'),
        quantityMilli: z.int().describe('Stock at the beginning of the date, in thousandths of the unit.'),
        date: businessDateSchema.describe('Business date that it is the opening stock of.'),
      }),
    )
    .max(500_000)
    .optional()
    .describe('Opening stock, of products for which Dynamics allows no negative stock.'),
});
type DynamicsSetupFile = z.infer<typeof dynamicsSetupSchema>;

/** No forecast is made. */
export const NO_SETUP: DynamicsSetupFile = dynamicsSetupSchema.parse({ forecast: false });

/** The file with look-ups. */
export interface DynamicsSetup extends DynamicsSetupFile {
  readonly currency: ReadonlyMap<string, NonNullable<DynamicsSetupFile['currencies']>[number]>;
  readonly store: ReadonlyMap<string, NonNullable<DynamicsSetupFile['stores']>[number]>;
  readonly product: ReadonlyMap<string, NonNullable<DynamicsSetupFile['products']>[number]>;
}

export function dynamicsSetup(file: DynamicsSetupFile): DynamicsSetup {
  return {
    ...file,
    currency: new Map((file.currencies ?? []).map((one) => [one.currency, one])),
    store: new Map((file.stores ?? []).map((one) => [one.storeId, one])),
    product: new Map((file.products ?? []).map((one) => [one.productId, one])),
  };
}
