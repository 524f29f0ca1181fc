import type { StoreId } from '../ids.ts';
import type { Currency, TotalMinor } from '../money.ts';

/** Both totals of a cell, as they stand in a report. */
export interface ReportCell {
  readonly storeId: StoreId;
  readonly account: string;
  readonly currency: Currency;
  readonly posMinor: TotalMinor;
  readonly ledgerMinor: TotalMinor;
}
