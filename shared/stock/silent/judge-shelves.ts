import type { ProductId } from '../../ids.ts';
import { probabilityOf } from './boosted-trees.ts';
import { FIRST_HOUR, HOURS, type PanelSeries } from './hour-panel.ts';
import { Neighbours } from './neighbours.ts';
import { SaleShapes } from './sale-rates.ts';
import { eachHour } from './silence-features.ts';
import type { SilenceModel } from './silence-model.ts';
import { filterSeries, type FilteredSeries } from './stock-filter.ts';
import type { SoldHours } from './store-hours.ts';

/** A store of the chain whose shelves are looked at together with those of all others. */
export interface Shelves {
  readonly storeId: string;
  readonly products: readonly { readonly productId: ProductId; readonly sold: SoldHours }[];
  /** By hour of the window: 0 while it is closed or unknown. */
  readonly open: Uint8Array;
  /** Local hours since 1970 that are to be judged; undefined where none is. */
  readonly judged: HourRange | undefined;
}

export interface HourRange {
  readonly from: number;
  readonly end: number;
}

/** Days of all stores, in local days since 1970. */
export interface Window {
  readonly firstDay: number;
  readonly days: number;
}

/** What the sales of a product say about its shelf. */
export interface ShelfScore {
  readonly productId: ProductId;
  /** P(the shelf is empty) by local hour since 1970: the judged ones, and the one before where it is of the same day. */
  readonly probability: ReadonlyMap<number, number>;
  /** Of each of these hours: the store's sales so far that day, in product-hours, against what was to be expected. */
  readonly storeNow: ReadonlyMap<number, number>;
  readonly lastSaleHour: number | undefined;
  /** Hours with a sale that were to be expected since the last one, up to the last judged hour. */
  readonly expectedSince: number;
  /** Of each of these hours: P(no sale since the last one, up to the hour | the shelf is filled). */
  readonly chance: ReadonlyMap<number, number>;
}

/**
 * Scores the shelves of a chain: the evaluation's own code, fed store by store. A series is spread out over the window
 * only while it is worked on, so memory grows with what is sold.
 */
export function* judgeShelves(
  stores: readonly Shelves[],
  window: Window,
  model: SilenceModel,
): Generator<{ readonly storeId: string; readonly scores: ShelfScore[] }> {
  const shapes = new SaleShapes(window.days);
  for (const series of allSeries(stores, window)) shapes.add(series);
  const filter = (series: PanelSeries): FilteredSeries =>
    filterSeries(series, shapes.of(series.productId), model.tables, window.days);
  const days = judgedDays(stores, window);
  const neighbours = new Neighbours(days);
  for (const series of allSeries(stores, window)) neighbours.add(series, filter(series));
  for (const store of stores) {
    const { judged } = store;
    if (!judged) continue;
    const scores = store.products.map(({ productId, sold }) => {
      const series = spread(store, productId, sold, window);
      return scoreOf(series, filter(series), productId, judged, { window, model, neighbours });
    });
    yield { storeId: store.storeId, scores };
  }
}

/** Exactly one series at a time lives. */
function* allSeries(stores: readonly Shelves[], window: Window): Generator<PanelSeries> {
  for (const store of stores)
    for (const { productId, sold } of store.products) yield spread(store, productId, sold, window);
}

/** A series as the evaluation reads it. Prices and holidays are not known to the stock of a store: they count as usual. */
function spread({ storeId, open }: Shelves, productId: string, sold: SoldHours, window: Window): PanelSeries {
  const cells = new Float32Array(window.days * HOURS);
  for (let at = 0; at < sold.length; at += 2) {
    const cell = (sold[at] ?? 0) - window.firstDay * HOURS;
    if (cell >= 0 && cell < cells.length) cells[cell] = (sold[at + 1] ?? 0) / 1_000;
  }
  return {
    storeId,
    productId,
    sold: cells,
    open,
    discount: new Float32Array(window.days).fill(1),
    holiday: new Uint8Array(window.days),
    promotion: new Uint8Array(window.days),
  };
}

/** The days of the window in which anything is judged. */
function judgedDays(stores: readonly Shelves[], { firstDay, days }: Window): { first: number; end: number } {
  let [first, end] = [days - 1, days];
  for (const { judged } of stores) {
    if (!judged) continue;
    first = Math.min(first, Math.floor(judged.from / HOURS) - firstDay);
    end = Math.max(end, Math.ceil(judged.end / HOURS) - firstDay);
  }
  return { first: Math.max(0, first), end: Math.min(days, end) };
}

interface Scoring {
  readonly window: Window;
  readonly model: SilenceModel;
  readonly neighbours: Neighbours;
}

function scoreOf(
  series: PanelSeries,
  filtered: FilteredSeries,
  productId: ProductId,
  judged: HourRange,
  { window, model, neighbours }: Scoring,
): ShelfScore {
  const probability = new Map<number, number>();
  const storeNow = new Map<number, number>();
  const origin = window.firstDay * HOURS;
  const days = judgedDays([{ storeId: '', products: [], open: new Uint8Array(), judged }], window);
  for (let day = days.first; day < days.end; day += 1) {
    const weekday = (window.firstDay + day) % 7;
    const firstHour = Math.max(FIRST_HOUR, judged.from - 1 - origin - day * HOURS);
    eachHour({ series, filtered, neighbours, day, weekday, firstHour }, (hour, features) => {
      const at = origin + day * HOURS + hour;
      if (at >= judged.end) return;
      // In single precision, as the trees were grown on it.
      probability.set(at, probabilityOf(model.trees, Float32Array.from(features)));
      storeNow.set(at, neighbours.at(series, filtered, day, hour).storeToday);
    });
  }
  let last = judged.end - 1 - origin;
  while (last >= 0 && (series.sold[last] ?? 0) <= 0) last -= 1;
  const chance = new Map<number, number>();
  let [filledAndSilent, expectedSince] = [1, 0];
  for (let cell = last + 1; cell < judged.end - origin; cell += 1) {
    filledAndSilent *= 1 - (filtered.rate[cell] ?? 0);
    expectedSince += filtered.rate[cell] ?? 0;
    chance.set(origin + cell, filledAndSilent);
  }
  const lastSaleHour = last < 0 ? undefined : origin + last;
  return { productId, probability, storeNow, chance, lastSaleHour, expectedSince };
}
