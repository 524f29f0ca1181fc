import { z } from 'zod';
import { productIdSchema, storedText } from '../ids.ts';
import { MAX_AMOUNT_MINOR, MAX_QUANTITY_MILLI, UNITS } from './event.ts';

/** One product of `products.json` in the master data. */
export const productSchema = z.strictObject({
  productId: productIdSchema.describe('Our id of the product.'),
  description: storedText(200).describe('What people call it.'),
  codes: z
    .array(storedText(100).min(1))
    .min(1)
    .describe(
      'Every code that tills may send for it: GTIN, PLU, SKU. GTINs are compared without leading zeros.',
    ),
  unit: z.enum(UNITS).describe('What one unit of its quantity is.'),
  scaleCode: z
    .enum(['weight', 'price'])
    .optional()
    .describe(
      'What the five digits of its in-store bar codes (prefix 02, 20 to 29) hold: the weight in thousandths of the unit, or the price. A line that the till sends as one piece gets its weight from the code.',
    ),
  department: storedText(100).optional().describe('For analysis alone.'),
  leadTimeHours: z.number().min(0).describe('Time from order to shelf, in hours.'),
  safetyStockMilli: z
    .int()
    .min(0)
    .max(MAX_QUANTITY_MILLI)
    .describe('Stock that should never be sold into, in thousandths of the unit.'),
  priceMinor: z
    .record(z.string(), z.int().min(0).max(MAX_AMOUNT_MINOR))
    .describe("Central price by ISO 4217 currency, in minor units, with tax as in the store's prices."),
  taxCode: storedText(100).optional().describe('The tax code that the posting profile knows.'),
});
export type Product = z.infer<typeof productSchema>;

export const productsFileSchema = z.strictObject({
  products: z.array(productSchema).describe('All products.'),
});
