import type { Alert } from '../alerts/alert.ts';
import type { TillId } from '../ids.ts';
import { countRankOf, isNewerCount } from '../pos/drawer-cash.ts';
import type { DrawerEvent, PosEvent, ShiftEvent, TransactionEvent } from '../pos/event.ts';
import { eventTimeMs } from '../pos/event-time.ts';
import { decidedScope } from '../one-effect/store-state.ts';
import { isInForce } from '../pos/transaction-versions.ts';
import { activityOf, type Activity } from './activity.ts';
import { addEvidence } from './day-tally.ts';
import { countDuplicate, isUsedByAnother, noteOwnNumber, noteShiftNumber } from './duplicate-numbers.ts';
import { factsEntry } from './effect-facts.ts';
import { judgeNumbers, judgeShift } from './raise.ts';
import { referenceTo } from './rules/rule.ts';
import { newRun, noteNumber, runKey, scopeOf } from './sequence-run.ts';
import { addSums, datedKey, newShift, shiftKey, type Shift } from './shift.ts';
import { EVENTS } from './shift-view.ts';
import { dayAt, isRun, runAt, shiftAt, type TillBook, type TillEffect } from './till-book.ts';
import { casesOf, GROSS, judgeCases, judgeLateVersion, judgeWaiting } from './till-cases.ts';
import { settledFor, type Settled, type TillContext } from './till-context.ts';
import { contributeToDays, judgeDays, judgeSuspended, type DayContributions } from './till-days.ts';

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
      alerts.push(
        ...judgeNumbers(book, key, run, event, settled, { closedAtMs: eventTimeMs(event), duplicates: 0 }),
      );
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
  let duplicates = 0;
  if (noteNumber(run, sequenceNumber, atMs)) {
    run.newestAtMs = Math.max(run.newestAtMs, atMs);
    noteShiftNumber(run, event);
    book.touch(key);
  } else if (!run.isNoRun) {
    if (!isUsedByAnother(book, run, event)) return [];
    duplicates = countDuplicate(run);
    book.touch(key);
  }
  // Numbers that do not run are judged at every event, as an earlier version said nothing of them.
  const isClosing = event.kind === 'shift' && event.action === 'closed';
  return judgeNumbers(book, key, run, event, settled, {
    closedAtMs: isClosing ? atMs : undefined,
    duplicates,
  });
}

function foldTransaction(book: TillBook, event: TransactionEvent, settled: Settled): Alert[] {
  const version = book.versionOf(event);
  if (!version) return judgeLateVersion(book, event, settled);
  const { key, scope, content, rank, atMs, former } = version;
  const before = former?.effect;
  if (before) takeBack(book, event, before);
  const shift = shiftOf(book, event, atMs);
  const { effect, days, cases } = contribute(book, shift, event, activityOf(event), atMs, before, settled);
  book.log({ key, scope, content, rank, atMs, effect }, 1);
  const left = before && before.shift !== shift.key ? judgeShift(book, before.shift, event, settled) : [];
  return [
    ...left,
    ...judgeShift(book, shift.key, event, settled),
    ...judgeDays(book, before, days, event, settled),
    ...cases,
    ...(isInForce(event) ? judgeWaiting(book, event, settled) : []),
  ];
}

interface Contributed {
  readonly effect: TillEffect;
  readonly days: DayContributions;
  /** Of the event itself. */
  readonly cases: readonly Alert[];
}

/** Adds what every rule makes of an event to its shift, its days and its trails; returns all of it. */
function contribute(
  book: TillBook,
  shift: { readonly key: string; readonly record: Shift },
  event: TransactionEvent | DrawerEvent,
  activity: Activity | undefined,
  atMs: number,
  before: TillEffect | undefined,
  settled: Settled,
): Contributed {
  const sums: Record<string, number> = {};
  if (event.kind === 'drawer' || isInForce(event)) {
    sums[EVENTS] = 1;
    if (event.kind === 'transaction') {
      sums['transactions'] = 1;
      addSums(sums, { [GROSS]: event.totals.grossMinor });
    }
    addContributions(settled, shift.record, sums, event, activity);
  }
  const facts: Record<string, number> = {};
  noteOwnNumber(facts, event);
  const cases = judgeCases(book, { event, activity, before, facts }, settled);
  addSums(shift.record.sums, sums);
  const open = casesOf(facts);
  const days = contributeToDays(book, event, activity, atMs, open, settled);
  const all = [...days.days, ...factsEntry(facts)];
  return { effect: { shift: shift.key, sums, ...(all.length === 0 ? {} : { days: all }) }, days, cases };
}

/** Adds what the rules about shifts make of the event. */
function addContributions(
  { rules, known }: Settled,
  { evidence, shiftId = '' }: Shift,
  sums: Record<string, number>,
  event: TransactionEvent | DrawerEvent,
  activity: Activity | undefined,
): void {
  for (const rule of rules.shift) {
    const contribution = rule.contribution?.(event, known, activity, shiftId);
    if (!contribution) continue;
    addSums(sums, contribution.sums);
    if (contribution.isEvidence) addEvidence((evidence[rule.kind] ??= []), referenceTo(event));
  }
}

/** Takes the former version out of the shift, the days and the trails in which it counted. */
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

function foldDrawer(book: TillBook, event: DrawerEvent, settled: Settled): Alert[] {
  const atMs = eventTimeMs(event);
  const shift = shiftOf(book, event, atMs);
  const { effect, days, cases } = contribute(book, shift, event, undefined, atMs, undefined, settled);
  // Never taken back, and yet logged: by its time it is known to which of several shifts it belongs.
  const scope = event.decision ? decidedScope(event) : 'drawer';
  book.log({ key: event.eventId, scope, rank: 0, atMs, effect }, 1);
  return [
    ...judgeShift(book, shift.key, event, settled),
    ...judgeDays(book, undefined, days, event, settled),
    ...cases,
  ];
}

function foldShift(book: TillBook, event: ShiftEvent, settled: Settled): Alert[] {
  const { key, record: shift } = shiftOf(book, event, eventTimeMs(event));
  const rank = countRankOf(event);
  if (event.action === 'opened') {
    if (event.version === 1) shift.openings += 1;
    if (isNewerCount(rank, shift.opening))
      shift.opening = { ...rank, floatMinor: event.openingFloatMinor ?? 0 };
  } else {
    noteZReport(shift, event);
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
  return [
    ...judgeShift(book, key, event, settled),
    ...(event.action === 'closed' ? judgeSuspended(book, event, settled) : []),
  ];
}

function noteZReport(shift: Shift, event: ShiftEvent): void {
  const { salesCount, salesTotalMinor, returnsTotalMinor = 0 } = event.zReport ?? {};
  const rank = countRankOf(event);
  if (salesCount === undefined || !isNewerCount(rank, shift.zReport)) return;
  const gross = salesTotalMinor === undefined ? {} : { grossMinor: salesTotalMinor - returnsTotalMinor };
  shift.zReport = { ...rank, receipts: salesCount, ...gross };
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
