import { z } from 'zod';
import { storeIdSchema, tillIdSchema } from '../ids.ts';
import { currencySchema } from '../money.ts';
import { timeZoneSchema } from '../time.ts';
import { POS_SOURCES } from './event.ts';

const hourMinute = z.string().regex(/^([01]\d|2[0-4]):[0-5]\d$/, 'must be HH:MM');

/** One store of `stores.json` in the master data. */
export const storeSchema = z.strictObject({
  storeId: storeIdSchema,
  name: z.string().min(1).max(100),
  timeZone: timeZoneSchema,
  /** Local time at which the business date changes. */
  cutOver: hourMinute,
  currency: currencySchema,
  /** Opening hours by ISO weekday (1 = Monday); a day that is missing is closed. `closes` may be 24:00. */
  hours: z.array(z.strictObject({ weekday: z.int().min(1).max(7), opens: hourMinute, closes: hourMinute })),
  /** The financial dimension that stands for this store in the ledger. */
  ledgerDimension: z.string().min(1).max(100),
  /** Our tills. An event of a till that is not listed is accepted all the same. */
  tills: z.array(tillIdSchema).optional(),
  /** How the POS sources name this store. */
  sourceLocations: z.partialRecord(z.enum(POS_SOURCES), z.array(z.string().min(1))).optional(),
});
export type Store = z.infer<typeof storeSchema>;

export const storesFileSchema = z.strictObject({ stores: z.array(storeSchema) });
