import { z } from 'zod';
import { productIdSchema, type ProductId } from '../../ids.ts';
import { DAY_MS, HOUR_MS, offsetMsAt } from '../../time.ts';
import type { StockBook, StockEffect } from '../stock-fold.ts';
import { HOURS } from './hour-panel.ts';

/**
 * What a store sold of each product, by hour of its own clock, for some weeks back. The newest days follow from the
 * effect log of the store's stock, so a void, a new version of a transaction or an offline sale changes them; once the
 * log forgets a day, it stays as it was. What came back is not taken off: this is about what left the shelf.
 *
 * Hours and days count from 1 January 1970, 00:00, on the store's wall clock.
 */
export interface StoreHours {
  /** Days of which all sales are here, ascending. Of any other day nothing is known, which is not the same as no sale. */
  readonly days: readonly number[];
  readonly products: ReadonlyMap<ProductId, SoldHours>;
}

/** Hour, quantity in thousandths, next hour, its quantity, and so on: ascending, hours without a sale left out. */
export type SoldHours = Int32Array;

/** Half of what the features look back on is twice four weeks: rates forget in three. */
export const HISTORY_DAYS = 56;
/** An estimate needs no more; the quantities of an hour are kept within 32 bits. */
const MOST_MILLI = 2 ** 31 - 1;

export const NO_HOURS: StoreHours = { days: [], products: new Map() };

const localHourOf = (atMs: number, timeZone: string): number =>
  Math.floor((atMs + offsetMsAt(atMs, timeZone)) / HOUR_MS);

/** What the effect log still holds, up to an instant. Its first day is one that it holds whole. */
export function recentHours(
  book: Pick<StockBook, 'effects' | 'horizonMs'>,
  nowMs: number,
  timeZone: string,
): StoreHours {
  const horizon = (book.horizonMs + offsetMsAt(book.horizonMs, timeZone)) / DAY_MS;
  const today = Math.floor(localHourOf(nowMs, timeZone) / HOURS);
  const sold = new Map<ProductId, Map<number, number>>();
  let oldest = today;
  for (const { atMs, rank, effect } of book.effects.entries()) {
    const hour = localHourOf(atMs, timeZone);
    // Only transactions have a rank; what a delivery or an adjustment moved was not sold.
    if (rank === 0 || atMs > nowMs || hour < Math.ceil(horizon) * HOURS) continue;
    oldest = Math.min(oldest, Math.floor(hour / HOURS));
    addSales(sold, hour, effect);
  }
  const products = new Map([...sold].map(([productId, hours]) => [productId, soldHoursOf(hours)] as const));
  return { days: Array.from({ length: today - oldest + 1 }, (_, at) => oldest + at), products };
}

function addSales(sold: Map<ProductId, Map<number, number>>, hour: number, effect: StockEffect): void {
  for (let at = 0; at < effect.length; at += 2) {
    const [productId, movedMilli] = [effect[at] as ProductId, effect[at + 1] as number];
    if (movedMilli >= 0) continue;
    let hours = sold.get(productId);
    if (!hours) sold.set(productId, (hours = new Map<number, number>()));
    hours.set(hour, Math.min(MOST_MILLI, (hours.get(hour) ?? 0) - movedMilli));
  }
}

function soldHoursOf(hours: ReadonlyMap<number, number>): SoldHours {
  return Int32Array.from([...hours].sort(([one], [other]) => one - other).flat());
}

/** The days that were kept, with the recent ones as they are now known; no more than `HISTORY_DAYS`. */
export function withRecent(kept: StoreHours, recent: StoreHours): StoreHours {
  const [from, today] = [recent.days[0], recent.days.at(-1)];
  if (from === undefined || today === undefined) return kept;
  const oldest = today - HISTORY_DAYS + 1;
  const days = [...kept.days.filter((day) => day >= oldest && day < from), ...recent.days];
  const products = new Map<ProductId, SoldHours>();
  for (const productId of new Set([...kept.products.keys(), ...recent.products.keys()])) {
    const former = between(kept.products.get(productId), oldest * HOURS, from * HOURS);
    const later = between(recent.products.get(productId), oldest * HOURS, (today + 1) * HOURS);
    const all = new Int32Array(former.length + later.length);
    all.set(former);
    all.set(later, former.length);
    if (all.length > 0) products.set(productId, all);
  }
  return { days, products };
}

/** The part that is to be kept once `today` has begun: whole days only. */
export function wholeDays({ days, products }: StoreHours, today: number): StoreHours {
  return {
    days: days.filter((day) => day < today),
    products: new Map(
      [...products]
        .map(([productId, hours]) => [productId, between(hours, 0, today * HOURS)] as const)
        .filter(([, hours]) => hours.length > 0),
    ),
  };
}

function between(hours: SoldHours = new Int32Array(), from: number, end: number): SoldHours {
  let [first, last] = [0, hours.length];
  while (first < last && (hours[first] ?? 0) < from) first += 2;
  while (last > first && (hours[last - 2] ?? 0) >= end) last -= 2;
  return hours.subarray(first, last);
}

const HOURS_FORMAT = 1;
const storedSchema = z.looseObject({
  /** What a later version adds is left out; what is here keeps its meaning. */
  format: z.int().min(1),
  days: z.array(z.int().min(0)),
  products: z.array(z.tuple([productIdSchema, z.string().regex(/^[0-9a-z: ]*$/)], z.unknown())),
});

/**
 * As JSON: products in the order of their ids, each with its hours as a text. An hour is the distance from the hour
 * before it, in base 36, and its quantity in thousandths after a colon; a single piece is left out.
 */
export function storedHours({ days, products }: StoreHours): unknown {
  const ids = [...products.keys()].sort();
  return {
    format: HOURS_FORMAT,
    days,
    products: ids.map((productId) => [productId, textOf(products.get(productId) ?? new Int32Array())]),
  };
}

function textOf(hours: SoldHours): string {
  const parts: string[] = [];
  let before = 0;
  for (let at = 0; at < hours.length; at += 2) {
    const [hour, milli] = [hours[at] ?? 0, hours[at + 1] ?? 0];
    parts.push((hour - before).toString(36) + (milli === 1_000 ? '' : `:${milli.toString(36)}`));
    before = hour;
  }
  return parts.join(' ');
}

/** @throws ZodError or RangeError for what is no such history. */
export function hoursOfStored(stored: unknown): StoreHours {
  const { days, products } = storedSchema.parse(stored);
  return { days, products: new Map(products.map(([productId, text]) => [productId, ofText(text)])) };
}

function ofText(text: string): SoldHours {
  const parts = text === '' ? [] : text.split(' ');
  const hours = new Int32Array(parts.length * 2);
  let hour = 0;
  for (const [at, part] of parts.entries()) {
    const [distance = '', milli] = part.split(':');
    hour += Number.parseInt(distance, 36);
    const quantity = milli === undefined ? 1_000 : Number.parseInt(milli, 36);
    if (!Number.isInteger(hour) || !Number.isInteger(quantity))
      throw new RangeError(`No hours of sale: ${text.slice(0, 40)}`);
    hours[2 * at] = hour;
    hours[2 * at + 1] = quantity;
  }
  return hours;
}
