import { HOURS, type HourPanel } from './hour-panel.ts';
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

/** Sums over the stores of a product and over the products of a store, by hour. */
interface Sums {
  readonly members: number;
  readonly out: Float64Array;
  readonly sales: Float64Array;
  readonly expected: Float64Array;
}

/** Looks from one series at the same product elsewhere and at the rest of its store. */
export class Neighbours {
  private readonly byProduct: ReadonlyMap<string, Sums>;
  private readonly byStore: ReadonlyMap<string, Sums>;

  private readonly panel: HourPanel;
  private readonly filtered: readonly FilteredSeries[];

  constructor(panel: HourPanel, filtered: readonly FilteredSeries[]) {
    this.panel = panel;
    this.filtered = filtered;
    this.byProduct = this.sumsBy(({ productId }) => productId);
    this.byStore = this.sumsBy(({ storeId }) => storeId);
  }

  at(index: number, day: number, hour: number): Around {
    const { productId, storeId, sold } = this.panel.series[index]!;
    const { out, rate } = this.filtered[index]!;
    const product = this.byProduct.get(productId)!;
    const store = this.byStore.get(storeId)!;
    const cell = day * HOURS + hour;
    const others = product.members - 1;
    let [elseSales, elseExpected, storeSales, storeExpected] = [0, 0, 0, 0];
    for (let at = day * HOURS; at <= cell; at += 1) {
      elseSales += (product.sales[at] ?? 0) - ((sold[at] ?? 0) > 0 ? 1 : 0);
      elseExpected += (product.expected[at] ?? 0) - (rate[at] ?? 0);
      storeSales += store.sales[at] ?? 0;
      storeExpected += store.expected[at] ?? 0;
    }
    const soldNow = (product.sales[cell] ?? 0) - ((sold[cell] ?? 0) > 0 ? 1 : 0);
    return {
      elsewhereOut: others > 0 ? ((product.out[cell] ?? 0) - (out[cell] ?? 0)) / others : -1,
      elsewhereSold: others > 0 ? (elseSales + 1) / (elseExpected + 1) : -1,
      elsewhereSoldNow: others > 0 ? soldNow / others : -1,
      storeToday: (storeSales + 5) / (storeExpected + 5),
      storeNow: ((store.sales[cell] ?? 0) + 3) / ((store.expected[cell] ?? 0) + 3),
      storeOut: (store.out[cell] ?? 0) / store.members,
    };
  }

  private sumsBy(keyOf: (series: HourPanel['series'][number]) => string): Map<string, Sums> {
    const sums = new Map<string, Sums>();
    const cells = this.panel.days * HOURS;
    for (const [index, series] of this.panel.series.entries()) {
      const key = keyOf(series);
      const before = sums.get(key);
      const one = before
        ? { ...before, members: before.members + 1 }
        : {
            members: 1,
            out: new Float64Array(cells),
            sales: new Float64Array(cells),
            expected: new Float64Array(cells),
          };
      sums.set(key, one);
      const { out, rate } = this.filtered[index]!;
      for (let cell = 0; cell < cells; cell += 1) {
        one.out[cell] = (one.out[cell] ?? 0) + (out[cell] ?? 0);
        one.expected[cell] = (one.expected[cell] ?? 0) + (rate[cell] ?? 0);
        if ((series.sold[cell] ?? 0) > 0) one.sales[cell] = (one.sales[cell] ?? 0) + 1;
      }
    }
    return sums;
  }
}
