import { MAX_EVIDENCE, type Alert } from '../alerts/alert.ts';
import type { TillId } from '../ids.ts';
import { countRankOf, isNewerCount } from '../pos/drawer-cash.ts';
import type { DrawerEvent, PosEvent, ShiftEvent, TransactionEvent } from '../pos/event.ts';
import { eventTimeMs } from '../pos/event-time.ts';
import { decidedScope } from '../one-effect/store-state.ts';
import { isInForce } from '../pos/transaction-versions.ts';
import { DEFAULT_TILL_LIMITS, type TillLimits } from './limits.ts';
import { SHIFT_RULES } from './rules/list.ts';
import { evidenceOf, tillAlert, type ShiftRule } from './rules/rule.ts';
import { sequenceAlert, sequenceGap } from './rules/sequence-gap.ts';
import { newRun, noteNumber, runKey, scopeOf } from './sequence-run.ts';
import { addSums, datedKey, newShift, shiftKey, type Shift } from './shift.ts';
import { EVENTS, keyOf, viewOf } from './shift-view.ts';
import { isRun, runAt, shiftAt, shiftsIn, type TillBook, type TillEffect } from './till-book.ts';

/** Folds one admitted event into the shifts of its store, and returns the alerts that it raised. */
export function foldTills(
  book: TillBook,
  event: PosEvent,
  limits: TillLimits = DEFAULT_TILL_LIMITS,
): Alert[] {
  return [...foldNumber(book, event, limits), ...foldShifts(book, event, limits)];
}

function foldShifts(book: TillBook, event: PosEvent, limits: TillLimits): Alert[] {
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

/** Every event uses up its number, also practice and what was given up. */
function foldNumber(book: TillBook, event: PosEvent, limits: TillLimits): Alert[] {
  const { tillId, sequenceNumber } = event;
  if (tillId === undefined) return [];
  const alerts =
    sequenceNumber === undefined ? [] : noteSequence(book, event, tillId, sequenceNumber, limits);
  if (event.kind !== 'shift' || event.action !== 'closed') return alerts;
  // What is missing when a till closes its shift will not come by itself.
  for (const [key, run] of book.records) {
    if (!isRun(run) || run.tillId !== tillId) continue;
    const alert = sequenceAlert(event, run, limits[sequenceGap.kind]);
    if (alert) alerts.push(alert);
    if (alert) book.touch(key);
  }
  return alerts;
}

function noteSequence(
  book: TillBook,
  event: PosEvent,
  tillId: TillId,
  sequenceNumber: number,
  limits: TillLimits,
): Alert[] {
  const atMs = eventTimeMs(event);
  const scope = scopeOf(event);
  const key = runKey(tillId, scope);
  let run = runAt(book, key);
  if (!run) book.put(key, (run = newRun({ tillId, scope, businessDate: event.businessDate }, atMs)));
  if (!noteNumber(run, sequenceNumber, atMs)) return [];
  run.newestAtMs = Math.max(run.newestAtMs, atMs);
  book.touch(key);
  const alert = sequenceAlert(event, run, limits[sequenceGap.kind]);
  return alert ? [alert] : [];
}

function foldTransaction(book: TillBook, event: TransactionEvent, limits: TillLimits): Alert[] {
  const version = book.versionOf(event);
  if (!version) return [];
  const { key, scope, content, rank, atMs, former } = version;
  const formerKey = former?.effect.shift;
  if (former) takeBack(book, event, former.effect);
  const shift = shiftOf(book, event, atMs);
  const sums = isInForce(event) ? contribute(shift.record, event) : {};
  book.log({ key, scope, content, rank, atMs, effect: { shift: shift.key, sums } }, 1);
  return [
    ...(formerKey !== undefined && formerKey !== shift.key ? judge(book, formerKey, event, limits) : []),
    ...judge(book, shift.key, event, limits),
  ];
}

/** Adds what every rule makes of an event to its shift; returns all of it. */
function contribute(shift: Shift, event: TransactionEvent | DrawerEvent): Record<string, number> {
  const sums: Record<string, number> = { [EVENTS]: 1 };
  if (event.kind === 'transaction') sums['transactions'] = 1;
  for (const rule of SHIFT_RULES) {
    const contribution = rule.contribution?.(event);
    if (!contribution) continue;
    addSums(sums, contribution.sums);
    if (!contribution.isEvidence) continue;
    const events = (shift.evidence[rule.kind] ??= []);
    if (events.length < MAX_EVIDENCE) events.push(evidenceOf(event));
  }
  addSums(shift.sums, sums);
  return sums;
}

/** Takes the former version out of the shift that it counted in. */
function takeBack(book: TillBook, event: TransactionEvent, former: TillEffect): void {
  const shift = shiftAt(book, former.shift);
  if (!shift) return;
  book.touch(former.shift);
  addSums(shift.sums, former.sums, -1);
  for (const events of Object.values(shift.evidence)) {
    const at = events.findIndex(({ transactionId }) => transactionId === event.transactionId);
    if (at >= 0) events.splice(at, 1);
  }
}

function foldDrawer(book: TillBook, event: DrawerEvent, limits: TillLimits): Alert[] {
  const atMs = eventTimeMs(event);
  const { key, record } = shiftOf(book, event, atMs);
  const sums = contribute(record, event);
  // Never taken back, and yet logged: by its time it is known to which of several shifts it belongs.
  const scope = event.decision ? decidedScope(event) : 'drawer';
  book.log({ key: event.eventId, scope, rank: 0, atMs, effect: { shift: key, sums } }, 1);
  return judge(book, key, event, limits);
}

function foldShift(book: TillBook, event: ShiftEvent, limits: TillLimits): Alert[] {
  const { key, record: shift } = shiftOf(book, event, eventTimeMs(event));
  const rank = countRankOf(event);
  if (event.action === 'opened') {
    if (event.version === 1) shift.openings += 1;
    if (isNewerCount(rank, shift.opening))
      shift.opening = { ...rank, floatMinor: event.openingFloatMinor ?? 0 };
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
  return judge(book, key, event, limits);
}

function shiftOf(
  book: TillBook,
  event: TransactionEvent | DrawerEvent | ShiftEvent,
  atMs: number,
): { key: string; record: Shift } {
  const firstKey = shiftKey(event);
  const first = shiftAt(book, firstKey);
  const isOther =
    first !== undefined && event.shiftId !== undefined && first.businessDate !== event.businessDate;
  const key = isOther ? datedKey(event) : firstKey;
  let record = isOther ? shiftAt(book, key) : first;
  if (record) {
    book.touch(key);
    record.newestAtMs = Math.max(record.newestAtMs, atMs);
  } else {
    forgetOld(book);
    record = newShift(event, atMs);
    book.put(key, record);
    if (isOther) {
      first.otherDates.push(event.businessDate);
      book.touch(firstKey);
    }
  }
  return { key, record };
}

/** Done when a new shift is met, as that is seldom enough and follows from the events alone. */
function forgetOld(book: TillBook): void {
  for (const [key, record] of book.records) {
    // The first part of a shift leads to the others, and goes last.
    if (record.newestAtMs < book.horizonMs && !('otherDates' in record && record.otherDates.length > 0)) {
      book.remove(key);
      if ('otherDates' in record) forgetDate(book, record);
    }
  }
}

function forgetDate(book: TillBook, gone: Shift): void {
  const firstKey = shiftKey(gone);
  const first = shiftAt(book, firstKey);
  const at = first?.otherDates.indexOf(gone.businessDate) ?? -1;
  if (at < 0) return;
  first?.otherDates.splice(at, 1);
  book.touch(firstKey);
}

/** Raises what the shift now calls for and has not been said yet. */
function judge(book: TillBook, key: string, event: PosEvent, limits: TillLimits): Alert[] {
  const shift = shiftAt(book, key);
  if (!shift) return [];
  const alerts: Alert[] = [];
  for (const [shiftKeyNow, record] of judged(book, key, shift)) {
    const view = viewOf(book, shiftKeyNow, record);
    for (const rule of SHIFT_RULES as readonly ShiftRule<Alert['kind'], unknown>[]) {
      const parameters: unknown = limits[rule.kind as keyof TillLimits];
      const found = rule.finding(view, parameters);
      if (!found) continue;
      const revision = (view.said(rule.kind)?.revision ?? 0) + 1;
      view.shift.said[rule.kind] = { value: found.value, revision };
      book.touch(view.key);
      const subject = [view.key, ...(found.again === true ? [`${revision}`] : [])];
      const { tillId, businessDate } = view.shift;
      alerts.push(
        tillAlert(
          event,
          { kind: rule.kind, tillId, businessDate, subject },
          rule.words(found, view, parameters),
        ),
      );
    }
  }
  return alerts;
}

/** What names no shift is judged with the shifts of its till on that date, or by itself where there is none. */
function judged(book: TillBook, key: string, shift: Shift): [string, Shift][] {
  if (shift.shiftId !== undefined) return [[key, shift]];
  const named = shiftsIn(book.records.values()).filter(
    (other) =>
      other.shiftId !== undefined &&
      other.tillId === shift.tillId &&
      other.businessDate === shift.businessDate &&
      other.currency === shift.currency,
  );
  if (named.length === 0) return [[key, shift]];
  return named.map((other) => [keyOf(book, other), other]);
}
