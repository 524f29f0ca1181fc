import type { BusinessDate, TillId } from '../ids.ts';
import type { Currency } from '../money.ts';
import { gapsOf, missingIn } from './sequence-run.ts';
import { sumOf } from './shift.ts';
import { GROSS } from './till-cases.ts';
import { isRun, shiftsIn, type TillRecord } from './till-book.ts';

/** The first step of the completeness equation for one shift, as the stream has it now. */
export interface LiveShift {
  readonly tillId: TillId;
  /** Empty where the events name none. */
  readonly shiftId: string;
  readonly currency: Currency;
  /** By the Z report; undefined while the shift is open, or where its till sends none. */
  readonly till: { readonly receipts: number; readonly grossMinor: number | undefined } | undefined;
  readonly received: { readonly receipts: number; readonly grossMinor: number };
  /** Counted by the till, and not received (below zero: received, and not counted). Undefined without a Z report. */
  readonly missing: { readonly receipts: number; readonly grossMinor: number | undefined } | undefined;
}

/** A store's business date, as the stream has it now. */
export interface LiveDay {
  readonly businessDate: BusinessDate;
  /** By till, shift and currency. */
  readonly shifts: readonly LiveShift[];
  /** Running numbers that never came, by till. */
  readonly missingNumbers: readonly { readonly tillId: TillId; readonly numbers: number }[];
}

/** @param records everything that is kept of a store's tills. */
export function liveDay(records: readonly TillRecord[], businessDate: BusinessDate): LiveDay {
  const shifts = shiftsIn(records)
    .filter((shift) => shift.businessDate === businessDate)
    .map((shift): LiveShift => {
      const received = { receipts: sumOf(shift, 'transactions'), grossMinor: sumOf(shift, GROSS) };
      const { zReport } = shift;
      return {
        tillId: shift.tillId,
        shiftId: shift.shiftId ?? '',
        currency: shift.currency,
        till: zReport && { receipts: zReport.receipts, grossMinor: zReport.grossMinor },
        received,
        missing: zReport && {
          receipts: zReport.receipts - received.receipts,
          grossMinor: zReport.grossMinor === undefined ? undefined : zReport.grossMinor - received.grossMinor,
        },
      };
    })
    .sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const numbers = new Map<TillId, number>();
  for (const run of records.filter(isRun)) {
    if (run.businessDate !== businessDate || run.isNoRun) continue;
    const missing = missingIn(gapsOf(run));
    if (missing > 0) numbers.set(run.tillId, (numbers.get(run.tillId) ?? 0) + missing);
  }
  return {
    businessDate,
    shifts,
    missingNumbers: [...numbers]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([tillId, count]) => ({ tillId, numbers: count })),
  };
}

const keyOf = ({ tillId, shiftId, currency }: LiveShift): string =>
  JSON.stringify([tillId, shiftId, currency]);
