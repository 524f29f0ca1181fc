import type { z } from 'zod';
import { alertIdOf, type Alert, type AlertKind, type Evidence } from '../../alerts/alert.ts';
import { cutText } from '../../ids.ts';
import type { DrawerEvent, PosEvent, TransactionEvent } from '../../pos/event.ts';
import { eventTimeMs } from '../../pos/event-time.ts';
import { toInstant } from '../../time.ts';
import type { ShiftView } from '../shift-view.ts';

/**
 * A rule about one shift at one till: a file of its own, and one line in `list.ts`. Each is right by itself and needs no
 * other till to compare with.
 */
export interface ShiftRule<Kind extends AlertKind, Parameters, Found extends Finding = Finding> {
  readonly kind: Kind;
  /** What people call it, such as in the summary of the demonstration. */
  readonly label: string;
  /** Every parameter has a default: where most chains start, tight enough to show a habit in one shift. */
  readonly parameters: z.ZodType<Parameters>;
  /** What one event adds to the sums of its shift; undefined for nothing. Only events in force are asked about. */
  contribution?(event: TransactionEvent | DrawerEvent): Contribution | undefined;
  /** What there is to say about the shift now that was not said yet. */
  finding(view: ShiftView, parameters: Parameters): Found | undefined;
  words(found: Found, view: ShiftView, parameters: Parameters): Words;
}

interface Contribution {
  /** Integers that are added to the sums of these names; a later version of the event takes them back. */
  readonly sums: Readonly<Record<string, number>>;
  /** The alert of this rule names the event. */
  readonly isEvidence: boolean;
}

export interface Finding {
  /** What is kept as said, such as a difference in minor units; 0 once it is settled. */
  readonly value: number;
  /** Raised again when it changes: the revision is a part of the alert's id. */
  readonly again?: boolean;
}

/** The words of an alert; the title goes on with till and store. */
export interface Words extends Pick<Alert, 'severity' | 'detail'> {
  readonly title: string;
  readonly evidence: readonly Evidence[];
}

/** Ties a rule to its own types, and forgets them: the fold takes all rules alike. */
export function shiftRule<Kind extends AlertKind, Parameters, Found extends Finding>(
  rule: ShiftRule<Kind, Parameters, Found>,
): ShiftRule<Kind, Parameters> {
  return rule;
}

/** @param event the one that tipped the scale. */
export function tillAlert(
  event: PosEvent,
  of: {
    kind: AlertKind;
    tillId: NonNullable<Alert['tillId']>;
    businessDate: Alert['businessDate'];
    subject: string[];
  },
  words: Words,
): Alert {
  const { storeId, operatorId, traceparent } = event;
  return {
    alertId: alertIdOf(of.kind, storeId, ...of.subject),
    kind: of.kind,
    severity: words.severity,
    storeId,
    tillId: of.tillId,
    ...(operatorId === undefined ? {} : { operatorId }),
    businessDate: of.businessDate,
    raisedAt: toInstant(eventTimeMs(event)),
    title: cutText(`${words.title} at till ${of.tillId} in ${storeId}`, 200),
    detail: cutText(words.detail, 2_000),
    evidence: [...words.evidence],
    traceparent,
  };
}

export const nameOf = ({ shift: { shiftId, businessDate } }: ShiftView): string =>
  shiftId === undefined ? `Business date ${businessDate}` : `Shift ${shiftId}`;

/** How an alert names an event. */
export function evidenceOf(event: PosEvent): Evidence {
  const { eventId, occurredAt } = event;
  return {
    eventId,
    ...(event.kind === 'transaction' ? { transactionId: event.transactionId } : {}),
    occurredAt,
  };
}
