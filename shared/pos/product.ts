import { z } from 'zod';
import { productIdSchema, storedText } from '../ids.ts';
import { MAX_AMOUNT_MINOR, MAX_QUANTITY_MILLI, UNITS } from './event.ts';

/** One product of `products.json` in the master data. */
export const productSchema = z.strictObject({
  productId: productIdSchema.describe('Our id of the product.'),
  description: storedText(200).describe('Display name.'),
  codes: z
    .array(storedText(100).min(1))
    .min(1)
    .describe(
      'All codes that tills may send for it: GTIN, PLU, SKU. GTINs are compared without leading zeros.',
    ),
  unit: z.enum(UNITS).describe('Unit of its quantities.'),
  scaleCode: z
    .enum(['weight', 'price'])
    .optional()
    .describe(
      'What the five digits of its in-store bar codes (prefix 02, 20 to 29) hold: the weight in thousandths of the unit, or the price. If the till sends one piece, the line takes its weight from the code.',
    ),
  department: storedText(100).optional().describe('For analysis only.'),
  leadTimeHours: z.number().min(0).describe('Time from order to shelf, in hours.'),
  safetyStockMilli: z
    .int()
    .min(0)
    .max(MAX_QUANTITY_MILLI)
    .describe('Safety stock, in thousandths of the unit.'),
  priceMinor: z
    .record(z.string(), z.int().min(0).max(MAX_AMOUNT_MINOR))
    .describe(
      "Central price by ISO 4217 currency, in minor units, with or without tax like the store's prices.",
    ),
  costMinor: z
    .record(z.string(), z.int().min(0).max(MAX_AMOUNT_MINOR))
    .optional()
    .describe(
      'What a unit costs the chain, by ISO 4217 currency, in minor units, without tax. Without it no sale is known to be below cost.',
    ),
  taxCode: storedText(100).optional().describe('A tax code of the posting profile.'),
});
export type Product = z.infer<typeof productSchema>;

export const productsFileSchema = z.strictObject({
  products: z.array(productSchema).describe('All products.'),
});
