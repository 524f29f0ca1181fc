import type { BusinessDate, TillId } from '../ids.ts';

/** A till as a look at the clock finds it. */
export interface SilenceView {
  readonly tillId: TillId;
  /** The business date that is running. */
  readonly businessDate: BusinessDate;
  readonly nowMs: number;
  /** When it was last heard of, by its own clock. */
  readonly lastAtMs: number;
  /** Since when the store is open today; undefined while it is closed, or where its hours are not known. */
  readonly openSinceMs: number | undefined;
  /** When another till of the store was last heard of; undefined where there is none. */
  readonly othersLastAtMs: number | undefined;
  /** Events of this till on the day before it fell silent, up to 100: a till that is hardly used is often silent. */
  readonly eventsThatDay: number;
}
