import type { Alert } from '../alerts/alert.ts';
import type { DrawerEvent, PosEvent, ShiftEvent, TransactionEvent } from '../pos/event.ts';
import { isInForce } from '../pos/transaction-versions.ts';
import type { Activity } from './activity.ts';
import { addProfile, CASE_SUM } from './cashier-profile.ts';
import {
  addEvidence,
  dayKey,
  DATED_SUBJECTS,
  newDay,
  TRAIL_SUBJECTS,
  type DaySubject,
  type DayTally,
} from './day-tally.ts';
import { judgeDay } from './raise.ts';
import { cardFacts, isRefund } from './refund-links.ts';
import { referenceTo, type AnyTillRule } from './rules/rule.ts';
import { addSums } from './shift.ts';
import { dayAt, isDay, shiftAt, type DayEffect, type TillBook, type TillEffect } from './till-book.ts';
import type { Settled } from './till-context.ts';

/** What an event adds to the days of its operator and till, and to the trails of customers, gift cards and suspended sales. */
export interface DayContributions {
  /** For the effect of the event. */
  readonly days: readonly DayEffect[];
  /** The rules to be asked about each. */
  readonly asked: ReadonlyMap<string, readonly AnyTillRule[]>;
}

type Counted = TransactionEvent | DrawerEvent;
const SUBJECTS = [...DATED_SUBJECTS, ...TRAIL_SUBJECTS] as const;
/** A week of such evidence is as much as an alert names. */
const EVIDENCE_PER_RATE = 3;

export function contributeToDays(
  book: TillBook,
  event: Counted,
  activity: Activity | undefined,
  atMs: number,
  cases: readonly string[],
  settled: Settled,
): DayContributions {
  const days: DayEffect[] = [];
  let asked: Map<string, readonly AnyTillRule[]> | undefined;
  const isCounted = event.kind === 'drawer' ? !event.training : isInForce(event);
  for (const subject of SUBJECTS) {
    const rules = settled.rules[subject];
    for (const id of idsOf(subject, event, activity)) {
      const found = newContributed();
      for (const rule of rules)
        if (isCounted || rule.countsAll === true)
          collect(found, rule, rule.contribution?.(event, settled.known, activity, id));
      if (subject === 'operator-day') {
        for (const { kind } of addProfile(found.sums, event, activity, atMs, settled.rules.rates))
          (found.evidence ??= []).push([kind, EVIDENCE_PER_RATE]);
        for (const kind of cases) {
          found.sums[`${CASE_SUM}${kind}`] = 1;
          (found.evidence ??= []).push([`${CASE_SUM}${kind}`]);
        }
      }
      if (!found.touched && isEmpty(found.sums)) continue;
      const key = keyOf(subject, id, event);
      add(book, key, { subject, id, event, atMs }, found);
      days.push([key, found.sums]);
      if (found.touched) (asked ??= new Map()).set(key, found.touched);
    }
  }
  if (event.kind === 'transaction' && isCounted) days.push(...cardFacts(event));
  return { days, asked: asked ?? NOTHING_ASKED };
}

const NOTHING_ASKED: DayContributions['asked'] = new Map();

/** What the rules make of an event for one subject; lists are made when there is something to put in. */
interface Contributed {
  readonly sums: Record<string, number>;
  touched: AnyTillRule[] | undefined;
  evidence: [kind: string, most?: number][] | undefined;
}
const newContributed = (): Contributed => ({ sums: {}, touched: undefined, evidence: undefined });

function collect(
  found: Contributed,
  rule: AnyTillRule,
  contribution: ReturnType<NonNullable<AnyTillRule['contribution']>>,
): void {
  if (!contribution) return;
  (found.touched ??= []).push(rule);
  addSums(found.sums, contribution.sums);
  if (contribution.isEvidence) (found.evidence ??= []).push([contribution.evidenceAs ?? rule.kind]);
}

function isEmpty(sums: Readonly<Record<string, number>>): boolean {
  for (const _name in sums) return false;
  return true;
}

const NO_IDS: readonly string[] = [];

/** The subjects of a kind that an event is about: mostly one operator and one till. */
function idsOf(subject: DaySubject, event: Counted, activity: Activity | undefined): readonly string[] {
  if (subject === 'operator-day') return event.operatorId === undefined ? NO_IDS : [event.operatorId];
  if (subject === 'till-day') return [event.tillId];
  if (event.kind !== 'transaction') return NO_IDS;
  if (subject === 'suspended') return suspendedIds(event);
  if (subject === 'customer') return isRefund(event, activity) ? customersOf(event) : NO_IDS;
  return activity && activity.giftCardLines + activity.giftCardTenders > 0 ? giftCardsOf(event) : NO_IDS;
}

/** Its own, where it is suspended; of the one that it resumes. */
function suspendedIds({
  status,
  source,
  transactionId,
  resumes,
  training,
}: TransactionEvent): readonly string[] {
  if (training || (status !== 'suspended' && resumes === undefined)) return NO_IDS;
  const own = status === 'suspended' ? [`${source}:${transactionId}`] : [];
  return resumes === undefined || resumes === transactionId ? own : [...own, `${source}:${resumes}`];
}

/** The customer, or else the cards to which money went back. */
function customersOf({ customerRef, tenders }: TransactionEvent): readonly string[] {
  if (customerRef !== undefined) return [customerRef];
  const cards = tenders.flatMap(({ cardRef, amountMinor }) =>
    cardRef !== undefined && amountMinor < 0 ? [cardRef] : [],
  );
  return [...new Set(cards)];
}

function giftCardsOf({ lines, tenders }: TransactionEvent): readonly string[] {
  const refs = [...lines, ...tenders].flatMap(({ giftCardRef }) =>
    giftCardRef === undefined ? [] : [giftCardRef],
  );
  return [...new Set(refs)];
}

/** Of operators, whose day every event names: the same text again and again. */
const keys = new Map<string, string>();
const MAX_KEYS = 10_000;

function keyOf(subject: DaySubject, id: string, event: Counted): string {
  const { businessDate, currency } = event;
  if (subject !== 'operator-day') return dayKey({ subject, id, businessDate, currency });
  const short = `${businessDate}${currency}${id}`;
  let key = keys.get(short);
  if (key === undefined) {
    if (keys.size >= MAX_KEYS) keys.clear();
    keys.set(short, (key = dayKey({ subject, id, businessDate, currency })));
  }
  return key;
}

interface Added {
  readonly subject: DaySubject;
  readonly id: string;
  readonly event: Counted;
  readonly atMs: number;
}

function add(
  book: TillBook,
  key: string,
  { subject, id, event, atMs }: Added,
  { sums, evidence }: Contributed,
): void {
  const { businessDate, currency } = event;
  const former = dayAt(book, key);
  const day = former ?? newDay({ subject, id, businessDate, currency }, atMs);
  addSums(day.sums, sums);
  for (const [kind, most] of evidence ?? [])
    addEvidence((day.evidence[kind] ??= []), referenceTo(event), most);
  day.newestAtMs = Math.max(day.newestAtMs, atMs);
  if (former) book.touch(key);
  else book.put(key, day);
}

/** Asks the rules about what an event changed: those that it adds to, and all where a former version is taken back. */
export function judgeDays(
  book: TillBook,
  before: TillEffect | undefined,
  { days, asked }: DayContributions,
  event: PosEvent,
  settled: Settled,
): Alert[] {
  const alerts: Alert[] = [];
  for (const [key, rules] of asked) alerts.push(...judgeKey(book, key, event, settled, rules));
  if (!before?.days) return alerts;
  const isHere = new Set(days.map(([key]) => key));
  for (const [key] of before.days) {
    // What is still there was asked above where it matters; its former rules are asked about what was taken out.
    const day = dayAt(book, key);
    if (day && !(isHere.has(key) && asked.has(key)))
      alerts.push(...judgeKey(book, key, event, settled, settled.rules[ruledSubject(day)] ?? []));
  }
  return alerts;
}

const ruledSubject = ({ subject }: DayTally): Exclude<DaySubject, 'refunded'> =>
  subject === 'refunded' ? 'suspended' : subject;

function judgeKey(
  book: TillBook,
  key: string,
  event: PosEvent,
  settled: Settled,
  rules: readonly AnyTillRule[],
): Alert[] {
  const day = dayAt(book, key);
  return day ? judgeDay(book, key, day, event, settled, { rules, isClosed: isClosed(book, day) }) : [];
}

/** Whether the shift of a suspended sale has been closed since. */
function isClosed(book: TillBook, day: DayTally): boolean {
  if (day.subject !== 'suspended') return false;
  const shift = shiftOfSuspended(book, day);
  return shift?.closing !== undefined && shift.closing.atMs >= day.newestAtMs;
}

function shiftOfSuspended(book: TillBook, { id }: Pick<DayTally, 'id'>) {
  const [entry] = book.effects.ofKey(id);
  return entry ? shiftAt(book, entry.effect.shift) : undefined;
}

/** Asks about the suspended sales of a shift that closes: who has not come back by then will not. */
export function judgeSuspended(book: TillBook, event: ShiftEvent, settled: Settled): Alert[] {
  if (settled.rules.suspended.length === 0) return [];
  const rules = settled.rules.suspended;
  return [...book.records].flatMap(([key, record]) => {
    if (!isDay(record) || record.subject !== 'suspended') return [];
    const shift = shiftOfSuspended(book, record);
    // Hand-over overlaps: what the next shift has suspended is not due yet.
    if (shift?.tillId !== event.tillId || (shift.shiftId ?? event.shiftId) !== event.shiftId) return [];
    return judgeDay(book, key, record, event, settled, { rules, isClosed: true });
  });
}
