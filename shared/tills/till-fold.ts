import { MAX_EVIDENCE, type Alert, type EventReference } from '../alerts/alert.ts';
import type { TillId } from '../ids.ts';
import { countRankOf, isNewerCount } from '../pos/drawer-cash.ts';
import type { DrawerEvent, PosEvent, ShiftEvent, TransactionEvent } from '../pos/event.ts';
import { eventTimeMs } from '../pos/event-time.ts';
import { decidedScope } from '../one-effect/store-state.ts';
import { isInForce } from '../pos/transaction-versions.ts';
import { dayKey, newDay, type DayTally } from './day-tally.ts';
import { judgeDay, judgeNumbers, judgeShift } from './raise.ts';
import { referenceTo, type AnyTillRule } from './rules/rule.ts';
import { newRun, noteNumber, runKey, scopeOf } from './sequence-run.ts';
import { addSums, datedKey, newShift, shiftKey, type Shift } from './shift.ts';
import { EVENTS } from './shift-view.ts';
import { dayAt, isRun, runAt, shiftAt, type TillBook, type TillEffect } from './till-book.ts';
import { settledFor, type Settled, type TillContext } from './till-context.ts';

/**
 * Folds one admitted event into what is kept of the tills of its store, and returns the alerts that it raised.
 */
export function foldTills(book: TillBook, event: PosEvent, context: TillContext = {}): Alert[] {
  const settled = settledFor(event.storeId, context);
  return [...foldNumber(book, event, settled), ...foldShifts(book, event, settled)];
}

function foldShifts(book: TillBook, event: PosEvent, settled: Settled): Alert[] {
  switch (event.kind) {
    case 'transaction':
      return foldTransaction(book, event, settled);
    case 'drawer':
      return event.training ? [] : foldDrawer(book, event, settled);
    case 'shift':
      return event.training ? [] : foldShift(book, event, settled);
    default:
      return [];
  }
}

/** Every event uses up its number, also practice and what was given up. */
function foldNumber(book: TillBook, event: PosEvent, settled: Settled): Alert[] {
  const { tillId, sequenceNumber } = event;
  if (tillId === undefined) return [];
  const alerts =
    sequenceNumber === undefined ? [] : noteSequence(book, event, tillId, sequenceNumber, settled);
  if (event.kind !== 'shift' || event.action !== 'closed') return alerts;
  // What is missing when a till closes its shift will not come by itself.
  for (const [key, run] of book.records) {
    if (isRun(run) && run.tillId === tillId)
      alerts.push(...judgeNumbers(book, key, run, event, settled, eventTimeMs(event)));
  }
  return alerts;
}

function noteSequence(
  book: TillBook,
  event: PosEvent,
  tillId: TillId,
  sequenceNumber: number,
  settled: Settled,
): Alert[] {
  const atMs = eventTimeMs(event);
  const scope = scopeOf(event);
  const key = runKey(tillId, scope);
  let run = runAt(book, key);
  if (!run) book.put(key, (run = newRun({ tillId, scope, businessDate: event.businessDate }, atMs)));
  if (noteNumber(run, sequenceNumber, atMs)) {
    run.newestAtMs = Math.max(run.newestAtMs, atMs);
    book.touch(key);
  } else if (!run.isNoRun) {
    // Numbers that do not run are judged at every event, as an earlier version said nothing of them.
    return [];
  }
  const isClosing = event.kind === 'shift' && event.action === 'closed';
  return judgeNumbers(book, key, run, event, settled, isClosing ? atMs : undefined);
}

function foldTransaction(book: TillBook, event: TransactionEvent, settled: Settled): Alert[] {
  const version = book.versionOf(event);
  if (!version) return [];
  const { key, scope, content, rank, atMs, former } = version;
  const before = former?.effect;
  if (before) takeBack(book, event, before);
  const shift = shiftOf(book, event, atMs);
  const effect = isInForce(event)
    ? contribute(book, shift, event, atMs, settled)
    : { shift: shift.key, sums: {} };
  book.log({ key, scope, content, rank, atMs, effect }, 1);
  const left = before && before.shift !== shift.key ? judgeShift(book, before.shift, event, settled) : [];
  return [
    ...left,
    ...judgeShift(book, shift.key, event, settled),
    ...judgeDays(book, [before, effect], event, settled),
  ];
}

/** Adds what every rule makes of an event to its shift and its days; returns all of it. */
function contribute(
  book: TillBook,
  shift: { readonly key: string; readonly record: Shift },
  event: TransactionEvent | DrawerEvent,
  atMs: number,
  { rules, known }: Settled,
): TillEffect {
  const sums: Record<string, number> = { [EVENTS]: 1 };
  if (event.kind === 'transaction') sums['transactions'] = 1;
  addContributions(rules.shift, shift.record, sums, event, known);
  addSums(shift.record.sums, sums);
  const days: [string, Record<string, number>][] = [];
  for (const subject of ['operator-day', 'till-day'] as const) {
    const id = subject === 'operator-day' ? event.operatorId : event.tillId;
    if (rules[subject].length === 0 || id === undefined) continue;
    const of = { subject, id, businessDate: event.businessDate, currency: event.currency };
    const key = dayKey(of);
    const former = dayAt(book, key);
    const day = former ?? newDay(of, atMs);
    const added: Record<string, number> = {};
    if (!addContributions(rules[subject], day, added, event, known)) continue;
    addSums(day.sums, added);
    day.newestAtMs = Math.max(day.newestAtMs, atMs);
    if (former) book.touch(key);
    else book.put(key, day);
    days.push([key, added]);
  }
  return { shift: shift.key, sums, ...(days.length === 0 ? {} : { days }) };
}

/** @returns false where no rule makes anything of the event. */
function addContributions(
  rules: readonly AnyTillRule[],
  { evidence }: { readonly evidence: Record<string, EventReference[]> },
  sums: Record<string, number>,
  event: TransactionEvent | DrawerEvent,
  known: Settled['known'],
): boolean {
  let isAny = false;
  for (const rule of rules) {
    const contribution = rule.contribution?.(event, known);
    if (!contribution) continue;
    isAny = true;
    addSums(sums, contribution.sums);
    if (!contribution.isEvidence) continue;
    const events = (evidence[rule.kind] ??= []);
    if (events.length < MAX_EVIDENCE) events.push(referenceTo(event));
  }
  return isAny;
}

/** Takes the former version out of the shift and the days in which it counted. */
function takeBack(book: TillBook, event: TransactionEvent, { shift, sums, days = [] }: TillEffect): void {
  for (const [key, added] of [[shift, sums] as const, ...days]) {
    const record = shiftAt(book, key) ?? dayAt(book, key);
    if (!record) continue;
    book.touch(key);
    addSums(record.sums, added, -1);
    for (const events of Object.values(record.evidence)) {
      const at = events.findIndex(({ transactionId }) => transactionId === event.transactionId);
      if (at >= 0) events.splice(at, 1);
    }
  }
}

function judgeDays(
  book: TillBook,
  effects: readonly (TillEffect | undefined)[],
  event: PosEvent,
  settled: Settled,
): Alert[] {
  if (effects.every((effect) => effect?.days === undefined)) return [];
  const keys = new Set(effects.flatMap((effect) => effect?.days?.map(([key]) => key) ?? []));
  return [...keys].flatMap((key) => {
    const day: DayTally | undefined = dayAt(book, key);
    return day ? judgeDay(book, key, day, event, settled) : [];
  });
}

function foldDrawer(book: TillBook, event: DrawerEvent, settled: Settled): Alert[] {
  const atMs = eventTimeMs(event);
  const shift = shiftOf(book, event, atMs);
  const effect = contribute(book, shift, event, atMs, settled);
  // Never taken back, and yet logged: by its time it is known to which of several shifts it belongs.
  const scope = event.decision ? decidedScope(event) : 'drawer';
  book.log({ key: event.eventId, scope, rank: 0, atMs, effect }, 1);
  return [...judgeShift(book, shift.key, event, settled), ...judgeDays(book, [effect], event, settled)];
}

function foldShift(book: TillBook, event: ShiftEvent, settled: Settled): Alert[] {
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
        evidence: referenceTo(event),
        countedMinor,
        ...(tillExpectedMinor === undefined ? {} : { tillExpectedMinor }),
      };
    }
  }
  return judgeShift(book, key, event, settled);
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
