import { z } from 'zod';
import type { Catalog } from '../../master-data.ts';
import { DAY_MS, SECOND_MS, toInstant } from '../../../time.ts';
import { listAnswer } from '../list-answer.ts';
import { OriginalIds } from '../original-ids.ts';
import { hydrateRequest, maybe } from '../payload.ts';
import { Reading } from '../reading.ts';
import type { HydrateContext, ListClient, ListedObject } from '../source.ts';
import { zettleHydration } from './hydrate.ts';
import { isLocation, mapZettlePurchase } from './purchase.ts';
import { identityOf, operatorOf, parsePurchase, purchaseIdOf, scrubbedZettle } from './purchase-schema.ts';

const PER_PAGE = 200;
const place = maybe(z.string().max(100));
const pageSchema = z.object({
  purchases: z
    .array(
      z.looseObject({
        products: maybe(z.array(z.looseObject({ fromLocationUuid: place, toLocationUuid: place }))),
      }),
    )
    .max(1_000),
  lastPurchaseHash: maybe(z.string().max(1_900)),
});
type ListedPurchase = z.infer<typeof pageSchema>['purchases'][number];

/** Zettle reads minutes of UTC; what lies beyond the window does no harm. */
const minuteOf = (ms: number): string => toInstant(ms).slice(0, 16);

/**
 * Zettle: an organisation's purchases by when they were made; a purchase never changes. A till that was offline sends them
 * later, so the day before is listed again. https://github.com/iZettle/api-documentation/blob/master/purchase.adoc
 */
export const zettleList: ListClient = {
  access: zettleHydration,
  per: 'location',
  // Zettle publishes no limit; it answers 429.
  pauseMs: SECOND_MS,
  reachMs: 365 * DAY_MS,
  async page({ location = '', fromMs, toMs, cursor }, api, context) {
    const query = new URLSearchParams({
      startDate: minuteOf(fromMs - DAY_MS),
      endDate: minuteOf(toMs + 60 * SECOND_MS - 1),
      limit: String(PER_PAGE),
      ...(cursor === undefined ? {} : { lastPurchaseHash: cursor }),
    });
    const answer = await api.get(`/purchases/v2?${query.toString()}`);
    const { purchases, lastPurchaseHash: next } = listAnswer(
      pageSchema,
      answer,
      "Zettle's list of purchases",
    );
    const owner = ownerOf(location, purchases, context.catalog);
    return {
      objects: purchases.flatMap((purchase) => listed(purchase, location, owner, context)),
      // A page names its last purchase also where none follows: the list ends with an empty page.
      ...(purchases.length === 0 || next === undefined || next === cursor ? {} : { next }),
    };
  },
};

/**
 * Which store a purchase is of that names no location: the API's purchases name no organisation either. It is the place
 * that is listed, unless that is one location of an organisation with several stores: then nothing says it.
 */
function ownerOf(
  location: string,
  purchases: readonly ListedPurchase[],
  catalog: Catalog,
): string | undefined {
  const stores = [...catalog.stores.values()].filter(
    ({ sourceLocations }) => (sourceLocations?.['zettle'] ?? []).length > 0,
  );
  if (stores.length <= 1) return location;
  const named = purchases
    .flatMap(({ products = [] }) => products.flatMap((one) => [one.fromLocationUuid, one.toLocationUuid]))
    .filter((one) => one !== undefined && isLocation(catalog, one));
  const own = catalog.storeOfSource('zettle', location);
  const isOneOfSeveral = named.some(
    (one) => one === location || catalog.storeOfSource('zettle', one ?? '') !== own,
  );
  return isOneOfSeveral ? undefined : location;
}

/** The list holds whole purchases: each is read as its webhook would have been. */
function listed(
  sent: unknown,
  location: string,
  owner: string | undefined,
  given: HydrateContext,
): ListedObject[] {
  const ids = new OriginalIds(given.pseudonymise);
  const context = { ...given, pseudonymise: ids.pseudonymise };
  const scrubbed = scrubbedZettle(sent, context);
  const id = purchaseIdOf(identityOf(scrubbed));
  if (id === undefined) return listAnswer(z.never(), sent, "A purchase of Zettle's list");
  const object = { object: 'purchase', id: `${owner ?? location}/${ids.originalOf(id)}`, version: 0 };
  const reading = new Reading(given.catalog);
  reading.record(
    () =>
      mapZettlePurchase(parsePurchase(scrubbed), {
        ...context,
        organization: owner,
        operator: operatorOf(sent),
      }),
    () => ({
      id,
      payload: JSON.stringify({ purchaseUUID1: id }),
      replayable: false,
      ask: hydrateRequest({ source: 'zettle', ...object }, given),
    }),
  );
  const { result: read } = reading;
  return [
    { ...object, transactions: read.rejected.length > 0 ? [] : [{ transactionId: id, version: 1 }], read },
  ];
}
