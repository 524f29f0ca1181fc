import { PermanentError } from '../../../errors.ts';
import type { StoreId } from '../../../ids.ts';
import type { Instant } from '../../../time.ts';
import { instantOf, type Quality } from '../../enrich.ts';
import type { Store } from '../../store.ts';
import type { ReadContext } from '../source.ts';
import type { LightspeedSale } from './sale-schema.ts';

/** A sale, with what is needed to read it. */
export interface SaleContext {
  readonly sale: LightspeedSale;
  readonly store: Store;
  readonly storeId: StoreId;
  readonly version: number;
  readonly quality: Quality;
  readonly context: ReadContext;
}

/**
 * Amounts name no currency: it is the store's, so the store must be known, by its outlet or by one of its registers.
 * @throws PermanentError `unknown-location`
 */
export function placeOf(
  ids: { readonly outlet_id?: string | undefined; readonly register_id?: string | undefined },
  { catalog }: ReadContext,
): { store: Store; storeId: StoreId } {
  for (const location of [ids.outlet_id, ids.register_id]) {
    const store = location === undefined ? undefined : catalog.storeOfSource('lightspeed-x', location);
    if (store !== undefined) return { store, storeId: store.storeId };
  }
  throw new PermanentError(
    'unknown-location',
    'Neither the outlet nor the register is a location of lightspeed-x in stores.json, so the currency is not known: add one of them, and replay',
    { where: '/payload/register_id' },
  );
}

/** Times of API 1.0 are UTC and do not say so. */
export function instantAt(time: string | undefined, store: Store, quality: Quality): Instant | undefined {
  if (time === undefined) return undefined;
  const hasZone = /(?:[Zz]|[+-]\d\d:\d\d)$/.test(time);
  return instantOf(hasZone ? time : `${time}Z`, store, quality);
}
