import type { ProductId, StoreId } from '../ids.ts';
import type { PosSource } from './event.ts';
import type { Product } from './product.ts';
import { scaleCodeOf, scaleItemsOf } from './scale-code.ts';
import type { Store } from './store.ts';

/** What mapping needs to know of stores and products, indexed for look-ups on the hot path. */
export interface Catalog {
  readonly stores: ReadonlyMap<StoreId, Store>;
  readonly products: ReadonlyMap<ProductId, Product>;
  storeOfSource(source: PosSource, location: string): Store | undefined;
  productOfCode(code: string): Product | undefined;
}

/** Builds the look-ups. Where two products claim one code the first wins; the loader reports such files. */
export function indexCatalog(stores: readonly Store[], products: readonly Product[]): Catalog {
  const byLocation = new Map<string, Store>();
  for (const store of stores) {
    for (const [source, locations] of Object.entries(store.sourceLocations ?? {})) {
      for (const location of locations) byLocation.set(`${source}\n${location}`, store);
    }
  }
  const byCode = new Map<string, Product>();
  for (const product of products) {
    for (const code of [product.productId, ...product.codes]) {
      if (!byCode.has(normalCode(code))) byCode.set(normalCode(code), product);
    }
  }
  const byScaleItem = new Map<string, Product>();
  for (const product of products) {
    for (const item of scaleItemsOf(product)) if (!byScaleItem.has(item)) byScaleItem.set(item, product);
  }
  return {
    stores: new Map(stores.map((store) => [store.storeId, store])),
    products: new Map(products.map((product) => [product.productId, product])),
    storeOfSource: (source, location) => byLocation.get(`${source}\n${location}`),
    productOfCode: (code) =>
      byCode.get(normalCode(code)) ?? byScaleItem.get(scaleCodeOf(code.trim())?.item ?? ''),
  };
}

/** GTINs differ in leading zeros between tills (UPC-A, EAN-13, GTIN-14): they are compared without. */
export function normalCode(code: string): string {
  const trimmed = code.trim();
  return /^\d+$/.test(trimmed) ? trimmed.replace(/^0+(?=\d)/, '') : trimmed;
}
