/**
 * What products sold in stores, hour by hour: the input of the search for shelves that stand empty while the books say
 * otherwise. A *series* is one product in one store.
 *
 * Quantities and all that follows from them here are floats: they are estimates, and never become money.
 */
export interface HourPanel {
  /** Whole local days in the panel; day 0 is the oldest. */
  readonly days: number;
  /** Day 0 as local days since 1 January 1970, which was a Thursday: it tells the weekday. */
  readonly firstDay: number;
  readonly series: readonly PanelSeries[];
}

export interface PanelSeries {
  readonly storeId: string;
  readonly productId: string;
  /** Quantity sold in each hour: 24 cells a day. What came back is not taken off. */
  readonly sold: Float32Array;
  /** By day: the price as a share of the regular price. */
  readonly discount: Float32Array;
  /** By day: 1 on a public holiday. */
  readonly holiday: Uint8Array;
  /** By day: 1 while the product is promoted. */
  readonly promotion: Uint8Array;
  /** By hour: 0 while the store is closed or its sales are not known. Without it the store never closes. */
  readonly open?: Uint8Array;
  /**
   * By hour: 1 where the shelf is known to have been empty. Only for training and evaluation; nothing that scores reads
   * it, except the history of a retailer that records it (`labelledFeatures`).
   */
  readonly out?: Uint8Array;
}

export const HOURS = 24;
/** The hours in which a silence is judged: 6:00 to 22:59. */
export const FIRST_HOUR = 6;
export const LAST_HOUR = 22;
export const JUDGED_HOURS = LAST_HOUR - FIRST_HOUR + 1;

/** Whether a silence in an hour would say anything. Where something was sold, the store was open. */
export const isOpen = ({ open, sold }: PanelSeries, cell: number): boolean =>
  open === undefined || (open[cell] ?? 0) > 0 || (sold[cell] ?? 0) > 0;

/** The quantity of each day. */
export function dayTotals(sold: Float32Array): Float64Array {
  const totals = new Float64Array(sold.length / HOURS);
  for (let cell = 0; cell < sold.length; cell += 1) {
    const day = Math.floor(cell / HOURS);
    totals[day] = (totals[day] ?? 0) + (sold[cell] ?? 0);
  }
  return totals;
}

const DEPLETION_DAYS = 14;
/** Sums of decimal quantities are compared with this much room. */
const SLACK = 1e-6;

/**
 * How far a day's usual supply is used up: the share of the last 14 day totals that today's units have reached. Most
 * stockouts begin right after a sale, and mostly one that brings this share close to 1.
 */
export function depletion(totals: Float64Array, day: number, unitsToday: number): number {
  const from = Math.max(0, day - DEPLETION_DAYS);
  if (from === day) return 0.5;
  let reached = 0;
  for (let past = from; past < day; past += 1) if ((totals[past] ?? 0) <= unitsToday + SLACK) reached += 1;
  return reached / (day - from);
}
