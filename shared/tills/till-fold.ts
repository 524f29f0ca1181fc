import { MAX_EVIDENCE, type Alert } from '../alerts/alert.ts';
import { addMinor } from '../money.ts';
import { cashTakenMinor, countRankOf, isNewerCount } from '../pos/drawer-cash.ts';
import type { DrawerEvent, PosEvent, ShiftEvent, TransactionEvent } from '../pos/event.ts';
import { eventTimeMs } from '../pos/event-time.ts';
import { StoreBook } from '../pos/store-book.ts';
import { isInForce } from '../pos/transaction-versions.ts';
import {
  cashFinding,
  hasTooManyNoSales,
  hasTooManyRefundsWithoutReceipt,
  refundWithoutReceiptMinor,
} from './anomaly-rules.ts';
import { DEFAULT_TILL_LIMITS, type TillLimits } from './limits.ts';
import { newShift, shiftKey, type Shift } from './shift.ts';
import { cashAlert, evidenceOf, noSaleAlert, refundAlert } from './till-alerts.ts';

/** What a transaction did to a shift. */
export interface TillEffect {
  readonly shift: string;
  readonly cashMinor: number;
  /** What it refunded without a receipt; 0 for any other. */
  readonly refundMinor: number;
  /** 1 where it counts, 0 where it was voided, parked, given up or practice. */
  readonly counts: 0 | 1;
}
export type TillBook = StoreBook<Shift, TillEffect, Record<string, never>>;

export const newTillBook = (): TillBook => new StoreBook({ header: {} });

/** Folds one admitted event into the shifts of its store, and returns the alerts that it raised. */
export function foldTills(
  book: TillBook,
  event: PosEvent,
  limits: TillLimits = DEFAULT_TILL_LIMITS,
): Alert[] {
  switch (event.kind) {
    case 'transaction':
      return foldTransaction(book, event, limits);
    case 'drawer':
      return event.training ? [] : foldDrawer(book, event, limits);
    case 'shift':
      return event.training ? [] : foldShift(book, event, limits);
    default:
      return [];
  }
}

function foldTransaction(book: TillBook, event: TransactionEvent, limits: TillLimits): Alert[] {
  const version = book.versionOf(event);
  if (!version) return [];
  const { key, scope, content, rank, atMs, former } = version;

  const touched = former ? takeBack(book, event, former.effect) : undefined;
  const shift = shiftOf(book, event, atMs);
  const effect = effectOf(event);
  shift.transactions += effect.counts;
  shift.cashMinor = addMinor(shift.cashMinor, effect.cashMinor);
  if (effect.refundMinor > 0) {
    shift.refundsWithoutReceipt += 1;
    shift.refundsWithoutReceiptMinor = addMinor(shift.refundsWithoutReceiptMinor, effect.refundMinor);
    if (shift.refundEvidence.length < MAX_EVIDENCE) shift.refundEvidence.push(evidenceOf(event));
  }
  book.log({ key, scope, content, rank, atMs, effect }, 1);
  return [
    ...(touched && touched !== shift ? judge(touched, event, limits) : []),
    ...judge(shift, event, limits),
  ];
}

function effectOf(event: TransactionEvent): TillEffect {
  const shift = shiftKey(event);
  if (!isInForce(event)) return { shift, cashMinor: 0, refundMinor: 0, counts: 0 };
  return {
    shift,
    cashMinor: cashTakenMinor(event),
    refundMinor: refundWithoutReceiptMinor(event),
    counts: 1,
  };
}

/** Takes the former version out of the shift that it counted in. */
function takeBack(book: TillBook, event: TransactionEvent, former: TillEffect): Shift | undefined {
  const shift = book.records.get(former.shift);
  if (!shift) return undefined;
  book.touch(former.shift);
  shift.transactions -= former.counts;
  shift.cashMinor = addMinor(shift.cashMinor, -former.cashMinor);
  if (former.refundMinor > 0) {
    shift.refundsWithoutReceipt -= 1;
    shift.refundsWithoutReceiptMinor = addMinor(shift.refundsWithoutReceiptMinor, -former.refundMinor);
    const at = shift.refundEvidence.findIndex(({ transactionId }) => transactionId === event.transactionId);
    if (at >= 0) shift.refundEvidence.splice(at, 1);
  }
  return shift;
}

function foldDrawer(book: TillBook, event: DrawerEvent, limits: TillLimits): Alert[] {
  const shift = shiftOf(book, event, eventTimeMs(event));
  switch (event.action) {
    case 'noSale':
      shift.noSaleOpenings += 1;
      if (shift.noSaleEvidence.length < MAX_EVIDENCE) shift.noSaleEvidence.push(evidenceOf(event));
      break;
    case 'paidIn':
      shift.paidInMinor = addMinor(shift.paidInMinor, event.amountMinor);
      break;
    case 'paidOut':
      shift.paidOutMinor = addMinor(shift.paidOutMinor, event.amountMinor);
      break;
    case 'drop':
      shift.droppedMinor = addMinor(shift.droppedMinor, event.amountMinor);
      break;
    case 'float':
      shift.floatAddedMinor = addMinor(shift.floatAddedMinor, event.amountMinor);
      break;
  }
  return judge(shift, event, limits);
}

function foldShift(book: TillBook, event: ShiftEvent, limits: TillLimits): Alert[] {
  const atMs = eventTimeMs(event);
  const shift = shiftOf(book, event, atMs);
  const rank = countRankOf(event);
  if (event.action === 'opened') {
    if (isNewerCount(rank, shift.opening)) {
      shift.opening = { ...rank, floatMinor: event.openingFloatMinor ?? 0 };
    }
  } else {
    const cash = event.counts?.find(({ tender }) => tender === 'cash');
    // A closing without a cash count leaves nothing to compare, and must not hide a count that came before.
    if (cash && isNewerCount(rank, shift.closing)) {
      const { countedMinor, tillExpectedMinor } = cash;
      shift.closing = {
        ...rank,
        evidence: evidenceOf(event),
        countedMinor,
        ...(tillExpectedMinor === undefined ? {} : { tillExpectedMinor }),
      };
    }
  }
  return judge(shift, event, limits);
}

function shiftOf(book: TillBook, event: TransactionEvent | DrawerEvent | ShiftEvent, atMs: number): Shift {
  const key = shiftKey(event);
  let shift = book.records.get(key);
  if (shift) {
    book.touch(key);
    shift.newestAtMs = Math.max(shift.newestAtMs, atMs);
  } else {
    forgetOldShifts(book);
    const { tillId, shiftId, businessDate, currency } = event;
    shift = newShift({ tillId, shiftId, businessDate, currency }, atMs);
    book.put(key, shift);
  }
  return shift;
}

/** Done when a new shift is met, as that is seldom enough and follows from the events alone. */
function forgetOldShifts(book: TillBook): void {
  for (const [key, { newestAtMs }] of book.records) if (newestAtMs < book.horizonMs) book.remove(key);
}

/** Raises what the shift now calls for and has not been said yet. */
function judge(shift: Shift, event: PosEvent, limits: TillLimits): Alert[] {
  const alerts: Alert[] = [];
  if (!shift.noSaleRaised && hasTooManyNoSales(shift, limits)) {
    shift.noSaleRaised = true;
    alerts.push(noSaleAlert(event, shift, limits));
  }
  if (!shift.refundRaised && hasTooManyRefundsWithoutReceipt(shift, limits)) {
    shift.refundRaised = true;
    alerts.push(refundAlert(event, shift, limits));
  }
  const finding = cashFinding(shift, limits);
  if (finding) {
    const revision = (shift.cashVerdict?.revision ?? 0) + 1;
    shift.cashVerdict = { differenceMinor: finding.settled ? 0 : finding.differenceMinor, revision };
    alerts.push(cashAlert(event, shift, limits, { ...finding, revision }));
  }
  return alerts;
}
