import type { EventReference } from '../alerts/alert.ts';
import type { BusinessDate, OperatorId, TillId } from '../ids.ts';
import type { Currency } from '../money.ts';
import type { Said } from './shift.ts';

/**
 * What one operator did in a store, or what was done at one till, on one business date in one currency. It is kept where
 * there is a rule about it.
 */
export interface DayTally {
  readonly subject: 'operator-day' | 'till-day';
  /** Of the operator, or of the till. */
  readonly id: string;
  readonly businessDate: BusinessDate;
  readonly currency: Currency;
  /** Integers by name, added up from the contributions of the rules; a name that is missing stands for 0. */
  readonly sums: Record<string, number>;
  /** The events that an alert will name, oldest arrival first, by kind. */
  readonly evidence: Record<string, EventReference[]>;
  readonly said: Record<string, Said>;
  newestAtMs: number;
}

/** As rules see it. */
export interface DayView {
  readonly operatorId: OperatorId | undefined;
  readonly tillId: TillId | undefined;
  readonly businessDate: BusinessDate;
  readonly currency: Currency;
  readonly sums: Readonly<Record<string, number>>;
  evidenceOf(kind: string): readonly EventReference[];
  said(kind: string): Said | undefined;
}

type Of = Pick<DayTally, 'subject' | 'id' | 'businessDate' | 'currency'>;

/** An object, where the key of a shift is a list: neither can look like the other. */
export const dayKey = ({ subject, id, businessDate, currency }: Of): string =>
  JSON.stringify({ [subject]: [id, businessDate, currency] });

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

export function dayViewOf(day: DayTally): DayView {
  const { subject, id, businessDate, currency, sums } = day;
  return {
    operatorId: subject === 'operator-day' ? (id as OperatorId) : undefined,
    tillId: subject === 'till-day' ? (id as TillId) : undefined,
    businessDate,
    currency,
    sums,
    evidenceOf: (kind) => day.evidence[kind] ?? [],
    said: (kind) => day.said[kind],
  };
}
