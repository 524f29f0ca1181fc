import { alertIdOf, type Alert, type EventReference } from '../../alerts/alert.ts';
import type { AlertRule, Finding, Words } from '../../alerts/alert-rule.ts';
import { cutText, type ProductId } from '../../ids.ts';
import type { Currency } from '../../money.ts';
import type { DrawerEvent, PosEvent, TransactionEvent } from '../../pos/event.ts';
import { eventTimeMs } from '../../pos/event-time.ts';
import type { Product } from '../../pos/product.ts';
import type { Store } from '../../pos/store.ts';
import { toInstant } from '../../time.ts';
import type { Activity } from '../activity.ts';
import type { CaseView } from '../case-view.ts';
import type { DayView } from '../day-tally.ts';
import type { RateView } from '../rate-view.ts';
import type { NumbersView } from '../sequence-run.ts';
import type { ShiftView } from '../shift-view.ts';
import type { SilenceView } from '../silence-view.ts';

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
  /** The refunds of one customer or one card in a store, in one currency, as far as they are remembered. */
  customer: DayView;
  /** What is loaded on and spent from one gift card in a store. */
  'gift-card': DayView;
  /** One suspended transaction. */
  suspended: DayView;
  /** One transaction or drawer event, which is proof by itself. */
  case: CaseView;
  /** A till and when it was last heard of; asked by the clock. */
  silence: SilenceView;
  /** One rate of one cashier beside that of peers; asked by the clock, once a day. */
  cashier: RateView;
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
  /** Also asked about what did not count: training, suspended, cancelled and voided transactions. */
  readonly countsAll?: true;
  /** For a case: false where the event cannot be one, without a look at limits. Asked for every event. */
  concerns?(event: TransactionEvent | DrawerEvent, activity: Activity | undefined): boolean;
  /** For a case: what may come later and make a case of an earlier event. */
  readonly dependsOn?: 'sale' | 'version';
  /**
   * What one event adds to the sums of its subject; undefined for nothing. Called only for current events. All rules
   * of a subject share its sums, so a rule names its own after itself.
   * @param activity of a transaction.
   * @param id of the subject, where one event may concern several.
   */
  contribution?(
    event: TransactionEvent | DrawerEvent,
    known: Knowledge,
    activity: Activity | undefined,
    id: string,
  ): Contribution | undefined;
  /** What there is to say about the subject now that was not said yet. */
  finding(view: Subjects[Of], limits: Limits, known: Knowledge & Peers): Found | undefined;
  words(found: Found, view: Subjects[Of], limits: Limits): Words;
}

interface Contribution {
  /** Integers that are added to the sums of these names; a later version of the event takes them back. */
  readonly sums: Readonly<Record<string, number>>;
  /** The alert of this rule names the event. */
  readonly isEvidence: boolean;
  /** Where a rule keeps more than one list of events, the one that the event belongs to. */
  readonly evidenceAs?: string;
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

/** What an alert takes over from the event that tipped the scale, or from a look at the clock. */
export type Trigger = Pick<PosEvent, 'storeId' | 'traceparent' | 'occurredAt' | 'receivedAt'>;

/**
 * @param event the one that tipped the scale.
 * @param subject what the alert's id follows from, besides kind and store.
 */
export function tillAlert(
  event: Trigger,
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
