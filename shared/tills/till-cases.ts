import type { Alert } from '../alerts/alert.ts';
import type { Finding } from '../alerts/alert-rule.ts';
import type { LogEntry } from '../one-effect/effect-log.ts';
import { cashTakenMinor } from '../pos/drawer-cash.ts';
import type { DrawerEvent, TransactionEvent } from '../pos/event.ts';
import { isInForce, transactionKey, transactionScope } from '../pos/transaction-versions.ts';
import type { Activity } from './activity.ts';
import type { CaseView } from './case-view.ts';
import { addEvidence, newDay } from './day-tally.ts';
import { factsIn, withFacts } from './effect-facts.ts';
import { factsOf, isRefund, refundFacts, refundsKey, saleFacts, WAITING } from './refund-links.ts';
import { referenceTo, tillAlert, type AnyTillRule, type Place } from './rules/rule.ts';
import { EVENTS } from './shift-view.ts';
import { dayAt, shiftAt, type TillBook, type TillEffect } from './till-book.ts';
import type { Settled } from './till-context.ts';

/**
 * Judges single events that are proof by themselves. What was found lies among the facts of the event's effect, so a later
 * version of a transaction that no longer shows it takes it back with a word of its own, and one that still shows it
 * says nothing again.
 */
const CASE = 'case ';
/** How often it was raised, twice; and one more while it is open. */
const OPEN = 1;
const ONCE = 2;
/** The most cash that a version with this total took; see `cashBeforeMinor`. */
const CASH_SEEN = 'cash';
export const GROSS = 'grossMinor';

/** The kinds of cases that facts hold. */
export function casesOf(facts: Readonly<Record<string, number>>): string[] {
  const kinds: string[] = [];
  for (const name in facts)
    if (name.startsWith(CASE) && (facts[name] ?? 0) % ONCE === OPEN) kinds.push(name.slice(CASE.length));
  return kinds;
}

interface Of {
  readonly event: TransactionEvent | DrawerEvent;
  readonly activity: Activity | undefined;
  /** The effect of the version before. */
  readonly before: TillEffect | undefined;
  /** Of this version; what is found is added. */
  readonly facts: Record<string, number>;
}

export function judgeCases(book: TillBook, of: Of, settled: Settled): readonly Alert[] {
  const { event, activity, before, facts } = of;
  const isCounted = event.kind === 'drawer' ? !event.training : isInForce(event);
  if (event.kind === 'transaction' && isCounted) noteCash(event, before, facts);
  let asked: AnyTillRule[] | undefined;
  for (const rule of settled.rules.case) {
    if ((isCounted || rule.countsAll === true) && rule.concerns?.(event, activity) === true)
      (asked ??= []).push(rule);
  }
  // As it is with nearly every event.
  if (!asked && !(before && casesOf(factsIn(before)).length > 0)) return NONE;
  const view = viewOf(book, of);
  const place = { tillId: event.tillId, operatorId: event.operatorId, businessDate: event.businessDate };
  return settled.rules.case.flatMap((rule) => {
    const found = asked?.includes(rule) === true ? findingOf(rule, view, place, settled) : undefined;
    return keep(rule, found, { view, place, before, facts }, settled);
  });
}

const NONE: readonly Alert[] = [];

interface Kept {
  readonly view: CaseView;
  readonly place: Place;
  readonly before: TillEffect | undefined;
  readonly facts: Record<string, number>;
}

/** Notes what was found, and raises what is new. */
function keep(
  rule: AnyTillRule,
  found: Finding | undefined,
  { view, place, before, facts }: Kept,
  settled: Settled,
): Alert[] {
  const name = CASE + rule.kind;
  const former = (before && factsIn(before)[name]) ?? 0;
  const wasOpen = former % ONCE === OPEN;
  if (!found && former === 0) return [];
  const isNew = found !== undefined && !wasOpen;
  const times = Math.floor(former / ONCE) + (isNew ? 1 : 0);
  facts[name] = times * ONCE + (found ? OPEN : 0);
  const id = [...idOf(view), ...(former === 0 ? [] : [`${times}`])];
  if (isNew) {
    const limits: unknown = limitsFor(rule, view, place, settled);
    return [tillAlert(view.event, rule.kind, place, id, rule.words(found, view, limits))];
  }
  if (found || !wasOpen) return [];
  return [
    tillAlert(view.event, rule.kind, place, [...id, 'settled'], {
      severity: 'info',
      title: `No longer: ${rule.label.toLowerCase()}`,
      detail: `A later version of transaction ${String(view.reference.transactionId)} no longer shows it. Nothing is left to do.`,
      evidence: [view.reference],
    }),
  ];
}

function findingOf(rule: AnyTillRule, view: CaseView, place: Place, settled: Settled): Finding | undefined {
  const limits: unknown = limitsFor(rule, view, place, settled);
  return rule.finding(view, limits, { ...settled.known, peers: () => [] });
}

const limitsFor = (rule: AnyTillRule, { event }: CaseView, place: Place, { limits }: Settled): unknown =>
  limits.of(rule, { storeId: event.storeId, tillId: place.tillId, operatorId: place.operatorId });

/** What the alert's id follows from: the transaction, or the opened drawer. */
function idOf({ event, reference }: CaseView): string[] {
  if (event.kind === 'drawer') return [reference.eventId];
  // Where a sale comes after its refund, both are of one source.
  const { source } = event;
  const transactionId = reference.transactionId ?? event.transactionId;
  return [transactionKey({ source, transactionId })];
}

function viewOf(book: TillBook, { event, activity, facts }: Of): CaseView {
  const refunding = event.kind === 'transaction' && isRefund(event, activity) ? event : undefined;
  const sale = refunding && saleFacts(book, refunding);
  if (refunding && sale) waitForSale(book, refunding, sale);
  return {
    event,
    reference: referenceTo(event),
    activity,
    refund: refunding && refundFacts(refunding),
    sale,
    cashMinor: event.kind === 'transaction' ? cashTakenMinor(event) : 0,
    cashBeforeMinor: facts[CASH_SEEN],
  };
}

/** Keeps in mind how much cash an earlier version took for the same total. */
function noteCash(
  event: TransactionEvent,
  before: TillEffect | undefined,
  facts: Record<string, number>,
): void {
  if (!before || before.sums[GROSS] !== event.totals.grossMinor) return;
  const seenMinor = Math.max(factsIn(before)[CASH_SEEN] ?? 0, before.sums['cashMinor'] ?? 0);
  if (seenMinor > cashTakenMinor(event)) facts[CASH_SEEN] = seenMinor;
}

/** A refund may arrive before its sale, where that was made without a connection. */
function waitForSale(
  book: TillBook,
  event: TransactionEvent,
  { operatorId, cards }: NonNullable<CaseView['sale']>,
): void {
  const { returnOf, source, businessDate, currency } = event;
  const transactionId = returnOf?.transactionId;
  if (transactionId === undefined || (operatorId !== undefined && cards.length > 0)) return;
  if (book.effects.ofKey(transactionKey({ source, transactionId })).length > 0) return;
  const key = refundsKey({ source, transactionId });
  const atMs = Date.parse(event.occurredAt);
  const waiting =
    dayAt(book, key) ?? newDay({ subject: 'refunded', id: transactionId, businessDate, currency }, atMs);
  const refunds = (waiting.evidence[WAITING] ??= []);
  if (!refunds.some((other) => other.transactionId === event.transactionId))
    addEvidence(refunds, referenceTo(event));
  waiting.newestAtMs = Math.max(waiting.newestAtMs, atMs);
  book.put(key, waiting);
}

/** Judges the refunds that came before their sale. */
export function judgeWaiting(book: TillBook, sale: TransactionEvent, settled: Settled): Alert[] {
  const waiting = dayAt(book, refundsKey(sale));
  if (!waiting) return [];
  return (waiting.evidence[WAITING] ?? []).flatMap((reference) => {
    const { transactionId = '' } = reference;
    const entries = book.effects.ofKey(transactionKey({ source: sale.source, transactionId }));
    return entries.flatMap((entry) => judgeRefund(book, entry, { sale, reference }, settled));
  });
}

function judgeRefund(
  book: TillBook,
  entry: LogEntry<TillEffect>,
  { sale, reference }: { sale: TransactionEvent; reference: CaseView['reference'] },
  settled: Settled,
): Alert[] {
  const { effect } = entry;
  const shift = shiftAt(book, effect.shift);
  const refund = factsOf(effect);
  if (!shift || !refund || effect.sums[EVENTS] === undefined) return [];
  const cards = sale.tenders.flatMap(({ cardRef }) => (cardRef === undefined ? [] : [cardRef]));
  const view: CaseView = {
    event: sale,
    reference,
    activity: undefined,
    refund,
    sale: { operatorId: sale.operatorId, cards },
    cashMinor: 0,
    cashBeforeMinor: undefined,
  };
  const place = { tillId: shift.tillId, operatorId: refund.operatorId, businessDate: shift.businessDate };
  const added: Record<string, number> = {};
  const open = casesOf(factsIn(effect));
  const alerts = settled.rules.case
    .filter((rule) => rule.dependsOn === 'sale' && !open.includes(rule.kind))
    .flatMap((rule) => {
      const found = findingOf(rule, view, place, settled);
      return found ? keep(rule, found, { view, place, before: effect, facts: added }, settled) : [];
    });
  if (alerts.length > 0) book.log({ ...entry, effect: withFacts(effect, added) }, 1);
  return alerts;
}

/**
 * A version that comes after a higher one changes nothing but this: if it took more cash for the same total, the
 * tender was swapped.
 */
export function judgeLateVersion(book: TillBook, event: TransactionEvent, settled: Settled): Alert[] {
  if (!isInForce(event)) return [];
  const entry = book.effects.inForce(transactionKey(event), transactionScope(event));
  if (!entry || entry.effect.sums[EVENTS] === undefined) return [];
  const { sums } = entry.effect;
  const cashMinor = cashTakenMinor(event);
  const seenMinor = Math.max(factsIn(entry.effect)[CASH_SEEN] ?? 0, sums['cashMinor'] ?? 0);
  if (sums[GROSS] !== event.totals.grossMinor || cashMinor <= seenMinor) return [];
  const added: Record<string, number> = { [CASH_SEEN]: cashMinor };
  const open = casesOf(factsIn(entry.effect));
  const { tillId, operatorId, businessDate } = event;
  const place = { tillId, operatorId, businessDate };
  const view: CaseView = {
    event,
    reference: referenceTo(event),
    activity: undefined,
    refund: undefined,
    sale: undefined,
    cashMinor: sums['cashMinor'] ?? 0,
    cashBeforeMinor: cashMinor,
  };
  const alerts = settled.rules.case
    .filter((rule) => rule.dependsOn === 'version' && !open.includes(rule.kind))
    .flatMap((rule) => {
      const found = findingOf(rule, view, place, settled);
      return found ? keep(rule, found, { view, place, before: entry.effect, facts: added }, settled) : [];
    });
  book.log({ ...entry, effect: withFacts(entry.effect, added) }, 1);
  return alerts;
}
