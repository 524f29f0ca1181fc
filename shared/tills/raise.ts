import { alertIdOf, type Alert } from '../alerts/alert.ts';
import type { Finding } from '../alerts/alert-rule.ts';
import type { PosEvent } from '../pos/event.ts';
import type { OperatorId, TillId } from '../ids.ts';
import { eventTimeMs } from '../pos/event-time.ts';
import { dayViewOf, type DayTally } from './day-tally.ts';
import { factsOf } from './refund-links.ts';
import {
  referenceTo,
  tillAlert,
  type AnyTillRule,
  type AnyView,
  type Place,
  type Subject,
} from './rules/rule.ts';
import type { NumbersView, SequenceRun } from './sequence-run.ts';
import type { Said, Shift } from './shift.ts';
import { keyOf, viewOf } from './shift-view.ts';
import { daysIn, namedShiftsAt, shiftAt, shiftsIn, type TillBook } from './till-book.ts';
import type { Settled } from './till-context.ts';

/** Raises what a subject now calls for and has not been said yet: for shifts, days and running numbers. */
interface Judged {
  readonly subject: Subject;
  readonly view: AnyView;
  readonly place: Place;
  /** What an alert's id follows from. */
  readonly id: readonly string[];
  said(kind: string): Said | undefined;
  keep(kind: string, said: Said): void;
  readonly peers: (name: string) => readonly number[];
}

function raise(
  event: PosEvent,
  settled: Settled,
  judged: Judged,
  rules = settled.rules[judged.subject],
): Alert[] {
  const { storeId, operatorId } = event;
  const of = { storeId, tillId: judged.place.tillId, operatorId: judged.place.operatorId ?? operatorId };
  const { store, products, priceMinor } = settled.known;
  const known = { store, products, priceMinor, peers: judged.peers };
  const alerts: Alert[] = [];
  for (const rule of rules) {
    const limits: unknown = settled.limits.of(rule, of);
    const found = rule.finding(judged.view, limits, known);
    if (!found) continue;
    const revision = (judged.said(rule.kind)?.revision ?? 0) + 1;
    const words = rule.words(found, judged.view, limits);
    judged.keep(rule.kind, { value: found.value, revision });
    const id = found.again === true ? [...judged.id, `${revision}`] : judged.id;
    const alert = tillAlert(event, rule.kind, judged.place, id, words);
    alerts.push(
      found.again === true && revision > 1
        ? { ...alert, ...endOf(alert, judged.id, revision, found) }
        : alert,
    );
  }
  return alerts;
}

/** What is said again takes the place of what was said before; a value of 0 says that it is settled. */
function endOf(
  { kind, storeId }: Alert,
  id: readonly string[],
  revision: number,
  { value }: Finding,
): Pick<Alert, 'format' | 'resolves' | 'recovered'> {
  return {
    format: 2,
    resolves: [alertIdOf(kind, storeId, ...id, `${revision - 1}`)],
    ...(value === 0 && { recovered: true }),
  };
}

export function judgeShift(book: TillBook, key: string, event: PosEvent, settled: Settled): Alert[] {
  const shift = book.records.get(key) as Shift | undefined;
  if (!shift) return [];
  return judgedWith(book, key, shift).flatMap(([keyNow, record]) => {
    const view = viewOf(book, keyNow, record);
    const { tillId, businessDate } = view.shift;
    return raise(event, settled, {
      subject: 'shift',
      view,
      place: { tillId, operatorId: event.operatorId, businessDate },
      id: [view.key],
      said: (kind) => view.said(kind),
      keep(kind, said) {
        view.shift.said[kind] = said;
        book.touch(view.key);
      },
      peers: (name) =>
        shiftsIn(book.records.values())
          .filter((other) => other !== view.shift && isPeer(other, view.shift))
          .map(({ sums }) => sums[name] ?? 0),
    });
  });
}

/** What names no shift is judged with the shifts of its till on that date, or by itself where there is none. */
function judgedWith(book: TillBook, key: string, shift: Shift): [string, Shift][] {
  if (shift.shiftId !== undefined) return [[key, shift]];
  const named = namedShiftsAt(book, shift);
  if (named.length === 0) return [[key, shift]];
  return named.map((other) => [keyOf(book, other), other]);
}

const isPeer = (
  one: Pick<Shift, 'businessDate' | 'currency'>,
  other: Pick<Shift, 'businessDate' | 'currency'>,
): boolean => one.businessDate === other.businessDate && one.currency === other.currency;

/**
 * @param rules those to ask.
 * @param isClosed the till of a suspended sale has closed its shift.
 */
export function judgeDay(
  book: TillBook,
  key: string,
  day: DayTally,
  event: PosEvent,
  settled: Settled,
  { rules, isClosed }: { readonly rules: readonly AnyTillRule[]; readonly isClosed: boolean },
): Alert[] {
  if (day.subject === 'refunded') return [];
  const view = dayViewOf(day, eventTimeMs(event), isClosed);
  return raise(
    event,
    settled,
    {
      subject: day.subject,
      view,
      place: placeOf(book, day, event),
      id: [key],
      said: (kind) => day.said[kind],
      keep(kind, said) {
        day.said[kind] = said;
        book.touch(key);
      },
      peers: (name) =>
        daysIn(book.records.values())
          .filter((other) => other !== day && other.subject === day.subject && isPeer(other, day))
          .map(({ sums }) => sums[name] ?? 0),
    },
    rules,
  );
}

function placeOf(book: TillBook, { subject, id, businessDate }: DayTally, event: PosEvent): Place {
  if (subject === 'operator-day') return { operatorId: id as OperatorId, businessDate };
  const { operatorId } = event;
  if (subject === 'till-day') return { tillId: id as TillId, operatorId, businessDate };
  // A trail goes on for days: its alert is of the day on which it has grown too long.
  if (subject !== 'suspended') return { tillId: event.tillId, operatorId, businessDate: event.businessDate };
  const [entry] = book.effects.ofKey(id);
  const shift = entry && shiftAt(book, entry.effect.shift);
  const by = factsOf(entry?.effect)?.operatorId;
  return { tillId: shift?.tillId ?? event.tillId, operatorId: by ?? operatorId, businessDate };
}

export function judgeNumbers(
  book: TillBook,
  key: string,
  run: SequenceRun,
  event: PosEvent,
  settled: Settled,
  { closedAtMs, duplicates }: Pick<NumbersView, 'closedAtMs' | 'duplicates'>,
): Alert[] {
  const said = (kind: string): Said | undefined => run.said[kind];
  return raise(event, settled, {
    subject: 'numbers',
    view: { run, closedAtMs, duplicates, evidence: referenceTo(event), said },
    place: { tillId: run.tillId, operatorId: event.operatorId, businessDate: run.businessDate },
    id: [run.tillId, run.scope],
    said,
    keep(kind, kept) {
      run.said[kind] = kept;
      book.touch(key);
    },
    // Numbers have no sums to compare.
    peers: () => [],
  });
}
