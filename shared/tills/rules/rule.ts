import { alertIdOf, type Alert, type EventReference } from '../../alerts/alert.ts';
import type { AlertRule, Finding, Words } from '../../alerts/alert-rule.ts';
import { cutText, type ProductId } from '../../ids.ts';
import type { Currency } from '../../money.ts';
import type { DrawerEvent, PosEvent, TransactionEvent } from '../../pos/event.ts';
import { eventTimeMs } from '../../pos/event-time.ts';
import type { Product } from '../../pos/product.ts';
import type { Store } from '../../pos/store.ts';
import { toInstant } from '../../time.ts';
import type { DayView } from '../day-tally.ts';
import type { NumbersView } from '../sequence-run.ts';
import type { ShiftView } from '../shift-view.ts';

/** What a rule can be about, and what it sees of it. */
interface Subjects {
  /** One shift at one till, over midnight and with the events of its till that name no shift. */
  shift: ShiftView;
  /** All that one operator does in a store on a business date, in one currency. */
  'operator-day': DayView;
  /** All that is done at one till on a business date, in one currency. */
  'till-day': DayView;
  /** The running numbers of one till. */
  numbers: NumbersView;
}
export type Subject = keyof Subjects;
export type AnyView = Subjects[Subject];

/** What is known besides the events. */
export interface Knowledge {
  /** Undefined for a store that the master data does not know. */
  readonly store?: Store | undefined;
  readonly products?: ReadonlyMap<ProductId, Product> | undefined;
  /** The central price of a product in minor units, where there is one. */
  readonly priceMinor: (productId: ProductId, currency: Currency) => number | undefined;
}

interface Peers {
  /** The sums of this name of all other subjects of this kind in the store on that business date. */
  readonly peers: (name: string) => readonly number[];
}

/** A rule about tills: a file of its own, and one line in `list.ts`. */
export interface TillRule<
  Kind extends string = string,
  Limits = unknown,
  Of extends Subject = Subject,
  Found extends Finding = Finding,
> extends AlertRule<Kind, Limits> {
  readonly subject: Of;
  /**
   * What one event adds to the sums of its subject; undefined for nothing. Called only for current events. All rules
   * of a subject share its sums, so a rule names its own after itself.
   */
  contribution?(event: TransactionEvent | DrawerEvent, known: Knowledge): Contribution | undefined;
  /** What there is to say about the subject now that was not said yet. */
  finding(view: Subjects[Of], limits: Limits, known: Knowledge & Peers): Found | undefined;
  words(found: Found, view: Subjects[Of], limits: Limits): Words;
}

interface Contribution {
  /** Integers that are added to the sums of these names; a later version of the event takes them back. */
  readonly sums: Readonly<Record<string, number>>;
  /** The alert of this rule names the event. */
  readonly isEvidence: boolean;
}

/** A rule with its own types forgotten: the fold takes all rules of a subject alike. */
export type AnyTillRule = TillRule;

/** Ties a rule to its own types while it is written. */
export function tillRule<Kind extends string, Limits, Of extends Subject, Found extends Finding>(
  rule: TillRule<Kind, Limits, Of, Found>,
): TillRule<Kind, Limits, Of, Found> {
  return rule;
}

export interface Place {
  readonly tillId?: Alert['tillId'];
  readonly operatorId?: Alert['operatorId'];
  readonly businessDate: Alert['businessDate'];
}

/**
 * @param event the one that tipped the scale.
 * @param subject what the alert's id follows from, besides kind and store.
 */
export function tillAlert(
  event: PosEvent,
  kind: string,
  { tillId, operatorId, businessDate }: Place,
  subject: readonly string[],
  words: Words,
): Alert {
  const { storeId, traceparent } = event;
  const where = tillId === undefined ? `by operator ${String(operatorId)}` : `at till ${tillId}`;
  return {
    alertId: alertIdOf(kind, storeId, ...subject),
    kind,
    severity: words.severity,
    storeId,
    ...(tillId === undefined ? {} : { tillId }),
    ...(operatorId === undefined ? {} : { operatorId }),
    businessDate,
    raisedAt: toInstant(eventTimeMs(event)),
    title: cutText(`${words.title} ${where} in ${storeId}`, 200),
    detail: cutText(words.detail, 2_000),
    evidence: [...words.evidence],
    traceparent,
  };
}

export const nameOf = ({ shift: { shiftId, businessDate } }: ShiftView): string =>
  shiftId === undefined ? `Business date ${businessDate}` : `Shift ${shiftId}`;

/** How an alert names an event. */
export function referenceTo(event: PosEvent): EventReference {
  const { eventId, occurredAt } = event;
  return {
    eventId,
    ...(event.kind === 'transaction' ? { transactionId: event.transactionId } : {}),
    occurredAt,
  };
}
