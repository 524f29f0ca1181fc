import { z } from 'zod';
import { sourceNamed, unknownSourceMessage } from './sources/registry.ts';
import { storeSchema } from './store.ts';

/**
 * `stores.json` of the master data. Two stores with the same dimension would share one ledger, and two with the same
 * location would share their events.
 */
export const storesFileSchema = z.strictObject({
  stores: z
    .array(storeSchema)
    .describe('All stores.')
    .superRefine((stores, context) => {
      const seen = new Set<string>();
      const once = (path: (string | number)[], ...name: string[]): void => {
        const key = JSON.stringify(name);
        if (seen.has(key))
          context.addIssue({ code: 'custom', path, message: `${name.at(-1)} is a duplicate` });
        seen.add(key);
      };
      for (const [index, { storeId, ledgerDimension, sourceLocations = {} }] of stores.entries()) {
        once([index, 'storeId'], 'storeId', storeId);
        once([index, 'ledgerDimension'], 'ledgerDimension', ledgerDimension);
        for (const [source, locations] of Object.entries(sourceLocations)) {
          const path = [index, 'sourceLocations', source];
          if (!sourceNamed(source))
            context.addIssue({ code: 'custom', path, message: unknownSourceMessage(source) });
          for (const location of new Set(locations)) once(path, 'location', source, location);
        }
      }
    }),
});
