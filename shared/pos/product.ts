import { z } from 'zod';
import { productIdSchema, storedText } from '../ids.ts';
import { MAX_AMOUNT_MINOR, MAX_QUANTITY_MILLI, UNITS } from './event.ts';

/** One product of `products.json` in the master data. */
export const productSchema = z.strictObject({
  productId: productIdSchema,
  description: storedText(200),
  /** Every code that tills may send for it: GTIN, PLU, SKU. */
  codes: z.array(storedText(100).min(1)).min(1),
  unit: z.enum(UNITS),
  department: storedText(100).optional(),
  /** Time from order to shelf, in hours. */
  leadTimeHours: z.number().min(0),
  safetyStockMilli: z.int().min(0).max(MAX_QUANTITY_MILLI),
  /** Central price by currency, tax as in the store's prices. */
  priceMinor: z.record(z.string(), z.int().min(0).max(MAX_AMOUNT_MINOR)),
  taxCode: storedText(100).optional(),
});
export type Product = z.infer<typeof productSchema>;

export const productsFileSchema = z.strictObject({ products: z.array(productSchema) });
