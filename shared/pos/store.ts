import { z } from 'zod';
import { storeIdSchema, storedText, tillIdSchema } from '../ids.ts';
import { currencySchema } from '../money.ts';
import { timeZoneSchema } from '../time.ts';
import { posSourceSchema } from './event.ts';

const hourMinute = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM, from 00:00 to 23:59');
const closingTime = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be HH:MM, from 00:00 to 24:00');

/** One store of `stores.json` in the master data. */
export const storeSchema = z.strictObject({
  storeId: storeIdSchema.describe('Our id of the store, as events, alerts and reports name it.'),
  name: storedText(100).min(1).describe('Display name.'),
  timeZone: timeZoneSchema.describe('IANA time zone, such as Europe/Berlin.'),
  cutOver: hourMinute.describe('Local time at which the business date changes, HH:MM; midnight is 00:00.'),
  currency: currencySchema.describe('ISO 4217 code of its tills, such as EUR.'),
  hours: z
    .array(
      z.strictObject({
        weekday: z.int().min(1).max(7).describe('ISO weekday: 1 is Monday, 7 is Sunday.'),
        opens: hourMinute.describe('Local time, HH:MM.'),
        closes: closingTime.describe('Local time, HH:MM; may be 24:00.'),
      }),
    )
    .describe('Opening hours; the store is closed on weekdays that are not listed.'),
  ledgerDimension: storedText(100)
    .min(1)
    .describe("The store's value of the financial dimension in the ledger; unique per store."),
  tills: z.array(tillIdSchema).optional().describe('Its tills. Events of unlisted tills are accepted too.'),
  sourceLocations: z
    .record(posSourceSchema, z.array(storedText(200).min(1)))
    .optional()
    .describe("The store's ids in the POS sources; unique within a source."),
});
export type Store = z.infer<typeof storeSchema>;
