import { PermanentError } from '../errors.ts';
import { storeIdSchema, type BusinessDate, type ProductId, type StoreId } from '../ids.ts';
import { businessDateOf, epochMsOfLocal, minuteOf, toInstant, type Instant } from '../time.ts';
import type { PosSource } from './event.ts';
import type { QualityIssue } from './quality-issue.ts';
import type { Catalog } from './master-data.ts';
import type { Product } from './product.ts';
import type { Store } from './store.ts';

/** Mapping helpers shared by all sources: convert a source's names and times to the chain's. */

/** Collects mapping doubts, each issue once, with its places. */
export class Quality {
  readonly #issues = new Map<QualityIssue, Set<string>>();

  /** @param where the element or field concerned, in the source's own words; never a value, which may be a person's. */
  flag(issue: QualityIssue, where?: string): void {
    const places = this.#issues.get(issue) ?? new Set();
    if (where !== undefined) places.add(where);
    this.#issues.set(issue, places);
  }

  get issues(): QualityIssue[] {
    return [...this.#issues.keys()];
  }

  /** Where an issue was found; empty where no place was named. */
  placesOf(issue: QualityIssue): string[] {
    return [...(this.#issues.get(issue) ?? [])];
  }

  /** The event's `quality`, left out where there is nothing to say. */
  get field(): { quality?: QualityIssue[] } {
    const { issues } = this;
    return issues.length === 0 ? {} : { quality: issues };
  }
}

/**
 * An unknown store keeps the source's own id, so the event is landed and found once the master data is fixed.
 * @throws PermanentError `schema` for an id that cannot be a key.
 */
export function storeOf(
  catalog: Catalog,
  source: PosSource,
  location: string,
  quality: Quality,
): { storeId: StoreId; store: Store | undefined } {
  const store = catalog.stores.get(location as StoreId) ?? catalog.storeOfSource(source, location);
  if (store) return { storeId: store.storeId, store };
  quality.flag('unknown-store');
  const storeId = storeIdSchema.safeParse(location);
  if (!storeId.success) throw new PermanentError('schema', 'The id of the store is not accepted');
  return { storeId: storeId.data, store: undefined };
}

const WITH_ZONE = /(?:[Zz]|[+-]\d\d:\d\d)$/;

/** `2026-03-02T08:15`, with seconds, fractions and zone or offset, or without. */
export const DATE_TIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:\d\d)?$/;

/**
 * A date and time as a till writes it becomes an instant. Without a zone it is the store's wall time; where the store
 * is unknown UTC is assumed, and said.
 * @returns undefined when it is no date and time.
 */
export function instantOf(text: string, store: Store | undefined, quality: Quality): Instant | undefined {
  if (!DATE_TIME.test(text)) return undefined;
  const normal = text.replace(' ', 'T').toUpperCase();
  let epochMs: number;
  if (WITH_ZONE.test(normal)) {
    epochMs = Date.parse(normal);
  } else if (Number.isNaN(Date.parse(`${normal}Z`))) {
    return undefined;
  } else if (store) {
    epochMs = epochMsOfLocal(normal, store.timeZone);
  } else {
    quality.flag('zone-assumed');
    epochMs = Date.parse(`${normal}Z`);
  }
  return Number.isNaN(epochMs) ? undefined : toInstant(epochMs);
}

/**
 * The till's own business date where it has one; otherwise by the store's zone and cut-over.
 * @throws PermanentError `schema` for a time that no till can mean.
 */
export function businessDateFor(
  given: BusinessDate | undefined,
  occurredAt: Instant,
  store: Store | undefined,
  quality: Quality,
): BusinessDate {
  if (given !== undefined) return given;
  const epochMs = Date.parse(occurredAt);
  if (!store) quality.flag('business-date-assumed');
  const { timeZone, cutOver } = store ?? { timeZone: 'UTC', cutOver: '00:00' };
  const found = businessDateOf(epochMs, timeZone, minuteOf(cutOver));
  // Texts of dates compare as dates; a year of five digits begins with a sign.
  if (found >= '1970-01-01' && found < '2200-01-01') return found;
  throw new PermanentError('schema', 'is not in the years 1970 to 2199', { where: '/occurredAt' });
}

/** Adds our product id, in place, where the code is known. @returns the product */
export function identifyProduct(
  item: { readonly productCode: string; productId?: ProductId },
  catalog: Catalog,
  quality: Quality,
): Product | undefined {
  const product = catalog.productOfCode(item.productCode);
  if (product) item.productId = product.productId;
  else quality.flag('unknown-product');
  return product;
}

/** A new item with our product id where the code is known. */
export function withProduct<T extends { productCode: string }>(
  item: T,
  catalog: Catalog,
  quality: Quality,
): T & { productId?: ProductId } {
  const identified: T & { productId?: ProductId } = { ...item };
  identifyProduct(identified, catalog, quality);
  return identified;
}
