import type { Evidence } from '../alerts/alert.ts';
import type { BusinessDate, TillId } from '../ids.ts';
import { addMinor, type Currency } from '../money.ts';
import type { CountRank } from '../pos/drawer-cash.ts';

/**
 * What happened in one shift at one till, in one currency. An event that names no shift counts for the till's
 * business date, as a shift of its own. All counters are sums over the events in force, so that they do not depend on
 * the order in which events came: an offline sale that arrives after the shift was closed is added all the same.
 */
export interface Shift {
  readonly tillId: TillId;
  /** Undefined where the events name no shift. */
  readonly shiftId: string | undefined;
  readonly businessDate: BusinessDate;
  readonly currency: Currency;
  transactions: number;
  /** Cash taken less change and less cash refunds. */
  cashMinor: number;
  paidInMinor: number;
  paidOutMinor: number;
  /** Taken out to the safe. */
  droppedMinor: number;
  /** Change money put in during the shift. */
  floatAddedMinor: number;
  noSaleOpenings: number;
  refundsWithoutReceipt: number;
  refundsWithoutReceiptMinor: number;
  opening?: ShiftOpening;
  closing?: ShiftClosing;
  /** The openings and refunds that an alert will name, oldest arrival first. */
  readonly noSaleEvidence: Evidence[];
  readonly refundEvidence: Evidence[];
  noSaleRaised?: true;
  refundRaised?: true;
  cashVerdict?: CashVerdict;
  /** Event time of the newest event; the shift is forgotten a while after it. */
  newestAtMs: number;
}

interface ShiftOpening extends CountRank {
  readonly floatMinor: number;
}
interface ShiftClosing extends CountRank {
  readonly evidence: Evidence;
  readonly countedMinor: number;
  /** What the till itself reckons should be in the drawer. */
  readonly tillExpectedMinor?: number;
}
/** The last that was said about the shift's cash. */
interface CashVerdict {
  /** 0 once a difference was settled. */
  readonly differenceMinor: number;
  /** How many alerts there have been. */
  readonly revision: number;
}

export function newShift(
  of: Pick<Shift, 'tillId' | 'shiftId' | 'businessDate' | 'currency'>,
  atMs: number,
): Shift {
  return {
    ...of,
    transactions: 0,
    cashMinor: 0,
    paidInMinor: 0,
    paidOutMinor: 0,
    droppedMinor: 0,
    floatAddedMinor: 0,
    noSaleOpenings: 0,
    refundsWithoutReceipt: 0,
    refundsWithoutReceiptMinor: 0,
    noSaleEvidence: [],
    refundEvidence: [],
    newestAtMs: atMs,
  };
}

/** The key of a shift within its store. */
export function shiftKey(event: {
  tillId: TillId;
  shiftId?: string | undefined;
  businessDate: BusinessDate;
  currency: Currency;
}): string {
  const { tillId, shiftId, businessDate, currency } = event;
  return JSON.stringify([
    tillId,
    shiftId === undefined ? `day ${businessDate}` : `shift ${shiftId}`,
    currency,
  ]);
}

/**
 * Cash that should be in the drawer: float + cash sales - change - cash refunds + paid in - paid out - drops.
 * Where the opening is not known the till's own figure stands in; without either nothing can be expected.
 */
export function expectedCashMinor(shift: Shift): number | undefined {
  if (!shift.opening) return shift.closing?.tillExpectedMinor;
  return addMinor(
    shift.opening.floatMinor,
    shift.floatAddedMinor,
    shift.cashMinor,
    shift.paidInMinor,
    -shift.paidOutMinor,
    -shift.droppedMinor,
  );
}

/** Counted less expected: positive is over, negative is short. Undefined until both are known. */
export function cashDifferenceMinor(shift: Shift): number | undefined {
  const expectedMinor = expectedCashMinor(shift);
  if (!shift.closing || expectedMinor === undefined) return undefined;
  return addMinor(shift.closing.countedMinor, -expectedMinor);
}
