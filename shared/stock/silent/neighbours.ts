import { HOURS, type PanelSeries } from './hour-panel.ts';
import type { FilteredSeries } from './stock-filter.ts';

/** What the same product does in other stores, and the store with other products. */
export interface Around {
  /** Mean P(out) of the product elsewhere; -1 where no other store has it. */
  readonly elsewhereOut: number;
  /** Sales of the product elsewhere today, against what was to be expected; -1 where no other store has it. */
  readonly elsewhereSold: number;
  readonly elsewhereSoldNow: number;
  /** Sales of the whole store today and in this hour, against what was to be expected. */
  readonly storeToday: number;
  readonly storeNow: number;
  readonly storeOut: number;
}

/** Sums over the stores of a product or the products of a store, by hour of the days that are asked for. */
interface Sums {
  members: number;
  readonly out: Float64Array;
  readonly sales: Float64Array;
  readonly expected: Float64Array;
}

/**
 * Looks from one series at the same product elsewhere and at the rest of its store. The series of a chain are added one
 * by one, before anyone looks.
 */
export class Neighbours {
  private readonly byProduct = new Map<string, Sums>();
  private readonly byStore = new Map<string, Sums>();
  private readonly days: { readonly first: number; readonly end: number };

  constructor(days: { readonly first: number; readonly end: number }) {
    this.days = days;
  }

  add(series: PanelSeries, filtered: FilteredSeries): void {
    for (const sums of [
      this.sumsOf(this.byProduct, series.productId),
      this.sumsOf(this.byStore, series.storeId),
    ]) {
      sums.members += 1;
      const from = this.days.first * HOURS;
      for (let at = 0; at < sums.out.length; at += 1) {
        sums.out[at] = (sums.out[at] ?? 0) + (filtered.out[from + at] ?? 0);
        sums.expected[at] = (sums.expected[at] ?? 0) + (filtered.rate[from + at] ?? 0);
        if ((series.sold[from + at] ?? 0) > 0) sums.sales[at] = (sums.sales[at] ?? 0) + 1;
      }
    }
  }

  at({ productId, storeId, sold }: PanelSeries, filtered: FilteredSeries, day: number, hour: number): Around {
    const product = this.sumsOf(this.byProduct, productId);
    const store = this.sumsOf(this.byStore, storeId);
    const offset = this.days.first * HOURS;
    const cell = day * HOURS + hour;
    const others = product.members - 1;
    let [elseSales, elseExpected, storeSales, storeExpected] = [0, 0, 0, 0];
    for (let at = day * HOURS; at <= cell; at += 1) {
      elseSales += (product.sales[at - offset] ?? 0) - ((sold[at] ?? 0) > 0 ? 1 : 0);
      elseExpected += (product.expected[at - offset] ?? 0) - (filtered.rate[at] ?? 0);
      storeSales += store.sales[at - offset] ?? 0;
      storeExpected += store.expected[at - offset] ?? 0;
    }
    const now = cell - offset;
    const soldNow = (product.sales[now] ?? 0) - ((sold[cell] ?? 0) > 0 ? 1 : 0);
    return {
      elsewhereOut: others > 0 ? ((product.out[now] ?? 0) - (filtered.out[cell] ?? 0)) / others : -1,
      elsewhereSold: others > 0 ? (elseSales + 1) / (elseExpected + 1) : -1,
      elsewhereSoldNow: others > 0 ? soldNow / others : -1,
      storeToday: (storeSales + 5) / (storeExpected + 5),
      storeNow: ((store.sales[now] ?? 0) + 3) / ((store.expected[now] ?? 0) + 3),
      storeOut: (store.out[now] ?? 0) / store.members,
    };
  }

  private sumsOf(by: Map<string, Sums>, key: string): Sums {
    let sums = by.get(key);
    if (!sums) {
      const cells = (this.days.end - this.days.first) * HOURS;
      const empty = () => new Float64Array(cells);
      by.set(key, (sums = { members: 0, out: empty(), sales: empty(), expected: empty() }));
    }
    return sums;
  }
}
