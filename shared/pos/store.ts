import { z } from 'zod';
import { storeIdSchema, storedText, tillIdSchema } from '../ids.ts';
import { currencySchema } from '../money.ts';
import { timeZoneSchema } from '../time.ts';
import { POS_SOURCES } from './event.ts';

const hourMinute = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM, from 00:00 to 23:59');
const closingTime = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be HH:MM, from 00:00 to 24:00');

/** One store of `stores.json` in the master data. */
export const storeSchema = z.strictObject({
  storeId: storeIdSchema,
  name: storedText(100).min(1),
  timeZone: timeZoneSchema,
  /** Local time at which the business date changes; midnight is 00:00. */
  cutOver: hourMinute,
  currency: currencySchema,
  /** Opening hours by ISO weekday (1 = Monday); a day that is missing is closed. `closes` may be 24:00. */
  hours: z.array(z.strictObject({ weekday: z.int().min(1).max(7), opens: hourMinute, closes: closingTime })),
  /** The financial dimension that stands for this store in the ledger. */
  ledgerDimension: storedText(100).min(1),
  /** Our tills. An event of a till that is not listed is accepted all the same. */
  tills: z.array(tillIdSchema).optional(),
  /** How the POS sources name this store. */
  sourceLocations: z.partialRecord(z.enum(POS_SOURCES), z.array(storedText(200).min(1))).optional(),
});
export type Store = z.infer<typeof storeSchema>;

/** Two stores of one dimension would have their ledgers thrown together, and two of one location their events. */
export const storesFileSchema = z.strictObject({
  stores: z.array(storeSchema).superRefine((stores, context) => {
    const seen = new Set<string>();
    const once = (path: (string | number)[], ...name: string[]): void => {
      const key = JSON.stringify(name);
      if (seen.has(key)) context.addIssue({ code: 'custom', path, message: `${name.at(-1)} is there twice` });
      seen.add(key);
    };
    for (const [index, { storeId, ledgerDimension, sourceLocations = {} }] of stores.entries()) {
      once([index, 'storeId'], 'storeId', storeId);
      once([index, 'ledgerDimension'], 'ledgerDimension', ledgerDimension);
      for (const [source, locations] of Object.entries(sourceLocations))
        for (const location of new Set(locations))
          once([index, 'sourceLocations', source], 'location', source, location);
    }
  }),
});
