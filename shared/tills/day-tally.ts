import { MAX_EVIDENCE, type EventReference } from '../alerts/alert.ts';
import type { BusinessDate, OperatorId, TillId } from '../ids.ts';
import type { Currency } from '../money.ts';
import type { Said } from './shift.ts';

/**
 * What a tally is about: one operator's or one till's business date in a store; or, over all dates that are remembered,
 * the refunds of one customer or card, one gift card, one suspended transaction, or one sale that comes after its refund.
 */
export const DATED_SUBJECTS = ['operator-day', 'till-day'] as const;
export const TRAIL_SUBJECTS = ['customer', 'gift-card', 'suspended'] as const;
/** `refunded`: a sale that has not come yet, with the refunds that wait for it. */
export const DAY_SUBJECTS = [...DATED_SUBJECTS, ...TRAIL_SUBJECTS, 'refunded'] as const;
export type DaySubject = (typeof DAY_SUBJECTS)[number];

/** Sums and evidence about a subject, in one currency. It is kept where there is a rule about it. */
export interface DayTally {
  readonly subject: DaySubject;
  /** Of the operator, the till, the customer, the gift card, or the suspended transaction. */
  readonly id: string;
  /** Of a trail the date on which it began. */
  readonly businessDate: BusinessDate;
  readonly currency: Currency;
  /** Integers by name, added up from the contributions of the rules; a name that is missing stands for 0. */
  readonly sums: Record<string, number>;
  /** The events that an alert will name, oldest first, by kind. */
  readonly evidence: Record<string, EventReference[]>;
  readonly said: Record<string, Said>;
  newestAtMs: number;
}

/** As rules see it. */
export interface DayView {
  readonly operatorId: OperatorId | undefined;
  readonly tillId: TillId | undefined;
  readonly id: string;
  readonly businessDate: BusinessDate;
  readonly currency: Currency;
  readonly sums: Readonly<Record<string, number>>;
  /** When the rule is asked: the time of the event that is folded, or of the clock. */
  readonly nowMs: number;
  /** The till of the subject closes its shift now, or has closed it since. */
  readonly isClosed: boolean;
  evidenceOf(kind: string): readonly EventReference[];
  said(kind: string): Said | undefined;
}

type Of = Pick<DayTally, 'subject' | 'id' | 'businessDate' | 'currency'>;

const isDated = (subject: DaySubject): boolean => subject === 'operator-day' || subject === 'till-day';

/** An object, where the key of a shift is a list: neither can look like the other. */
export const dayKey = ({ subject, id, businessDate, currency }: Of): string =>
  JSON.stringify({ [subject]: isDated(subject) ? [id, businessDate, currency] : [id, currency] });

/** The operator of a key that `dayKey` made. */
export function operatorOfKey(key: string): OperatorId | undefined {
  if (!key.startsWith('{"operator-day":')) return undefined;
  return (JSON.parse(key) as { 'operator-day': [OperatorId] })['operator-day'][0];
}

export const newDay = ({ subject, id, businessDate, currency }: Of, atMs: number): DayTally => ({
  subject,
  id,
  businessDate,
  currency,
  sums: {},
  evidence: {},
  said: {},
  newestAtMs: atMs,
});

/**
 * Adds an event to the evidence in the order of time. The oldest stay, so the order of arrival does not show; the sums
 * have the total.
 */
export function addEvidence(events: EventReference[], event: EventReference, most = MAX_EVIDENCE): void {
  const at = events.findIndex((other) => isBefore(event, other));
  events.splice(at < 0 ? events.length : at, 0, event);
  if (events.length > most) events.length = most;
}

const isBefore = (one: EventReference, other: EventReference): boolean =>
  one.occurredAt === other.occurredAt ? one.eventId < other.eventId : one.occurredAt < other.occurredAt;

export function dayViewOf(day: DayTally, nowMs: number, isClosed = false): DayView {
  const { subject, id, businessDate, currency, sums } = day;
  return {
    operatorId: subject === 'operator-day' ? (id as OperatorId) : undefined,
    tillId: subject === 'till-day' ? (id as TillId) : undefined,
    id,
    businessDate,
    currency,
    sums,
    nowMs,
    isClosed,
    evidenceOf: (kind) => day.evidence[kind] ?? [],
    said: (kind) => day.said[kind],
  };
}
