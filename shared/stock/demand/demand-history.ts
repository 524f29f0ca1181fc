/**
 * What products sold in stores, day by day: the input of the forecast. A *series* is one product in one store.
 *
 * All of this is an estimate, in floats of whole units; it is never money.
 */
export interface DemandHistory {
  /** Days with sales; day 0 is the oldest. What is known ahead of prices may reach further. */
  readonly days: number;
  /** Day 0 as local days since 1 January 1970. */
  readonly firstDay: number;
  readonly series: readonly DemandSeries[];
}

export interface DemandSeries {
  readonly storeId: string;
  readonly productId: string;
  /** What products are alike, such as the department. */
  readonly category?: string | undefined;
  readonly sold: Float32Array;
  /** By day: 0 while the store was closed or its sales are not known. */
  readonly open: Uint8Array;
  /** By day: the share of a usual day's sales for which the shelf was probably filled. */
  readonly inStock: Float32Array;
  /** By day, and for days ahead as far as they are known: the price as a share of the regular price. */
  readonly price?: Float32Array | undefined;
  /** By day, and for days ahead: 1 on a public holiday. */
  readonly holiday?: Uint8Array | undefined;
  /** By day, and for days ahead: 1 while the product is promoted. */
  readonly promotion?: Uint8Array | undefined;
}

/** 0 is Thursday, as 1 January 1970 was. */
export const weekdayOf = ({ firstDay }: DemandHistory, day: number): number => (firstDay + day) % 7;

/**
 * The share of a usual day's sales that could have been made.
 * @param trust 0 to 1: how far the estimate of empty shelves is believed. It errs, and what sold on a day that counts for
 * little is scaled up a lot.
 */
export const availableOn = ({ open, inStock }: DemandSeries, day: number, trust: number): number =>
  open[day] === 1 ? 1 - trust * (1 - (inStock[day] ?? 1)) : 0;
