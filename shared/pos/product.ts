import { z } from 'zod';
import { productIdSchema } from '../ids.ts';
import { UNITS } from './event.ts';

/** One product of `products.json` in the master data. */
export const productSchema = z.strictObject({
  productId: productIdSchema,
  description: z.string().max(200),
  /** Every code that tills may send for it: GTIN, PLU, SKU. */
  codes: z.array(z.string().min(1).max(100)).min(1),
  unit: z.enum(UNITS),
  department: z.string().max(100).optional(),
  /** Time from order to shelf, in hours. */
  leadTimeHours: z.number().min(0),
  safetyStockMilli: z.int().min(0),
  /** Central price by currency, tax as in the store's prices. */
  priceMinor: z.record(z.string(), z.int().min(0)),
  taxCode: z.string().max(100).optional(),
});
export type Product = z.infer<typeof productSchema>;

export const productsFileSchema = z.strictObject({ products: z.array(productSchema) });
