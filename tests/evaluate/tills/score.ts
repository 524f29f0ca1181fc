import type { Alert } from '../../../shared/alerts/alert.ts';
import type { Scored } from './judge.ts';
import type { Label } from './simulate.ts';

export interface SchemeLine {
  readonly scheme: string;
  readonly kind: string;
  readonly planted: number;
  readonly found: number;
  /** Alerts of the kind, and those that a plant explains. */
  readonly raised: number;
  readonly right: number;
}

export const ratio = (part: number, of: number): number => (of === 0 ? 1 : part / of);

/** An alert that says that all is settled asks nobody to look. */
const asks = ({ severity }: Alert): boolean => severity !== 'info';

export function schemeLines(labels: readonly Label[], all: readonly Alert[]): SchemeLine[] {
  const alerts = all.filter(asks);
  const schemes = new Map<string, Label[]>();
  for (const label of labels) schemes.set(label.scheme, [...(schemes.get(label.scheme) ?? []), label]);
  return [...schemes].map(([scheme, planted]) => {
    const kind = planted[0]?.kind ?? '';
    const ofKind = alerts.filter((alert) => alert.kind === kind);
    const found = planted.filter((label) => ofKind.some((alert) => isAbout(alert, label))).length;
    return {
      scheme,
      kind,
      planted: planted.length,
      found,
      raised: ofKind.length,
      right: ofKind.filter((alert) => isRight(alert, labels)).length,
    };
  });
}

/** Alerts that no plant explains. */
export const falseAlerts = (labels: readonly Label[], alerts: readonly Alert[]): Alert[] =>
  alerts.filter((alert) => asks(alert) && !isRight(alert, labels));

const isRight = (alert: Alert, labels: readonly Label[]): boolean =>
  labels.some(
    (label) =>
      (label.kind === alert.kind || label.also.includes(alert.kind as never)) && isAbout(alert, label),
  );

function isAbout(alert: Alert, label: Label): boolean {
  if (alert.storeId !== label.storeId) return false;
  if (alert.evidence.some(({ eventId }) => label.eventIds.includes(eventId))) return true;
  if (label.businessDate === undefined) return alert.operatorId === label.operatorId;
  // Rates look back over a week.
  if (alert.kind.endsWith('-rate'))
    return alert.operatorId === label.operatorId && alert.businessDate >= label.businessDate;
  if (alert.businessDate !== label.businessDate) return false;
  if (label.eventIds.length > 0 && alert.evidence.length > 0) return false;
  return alert.tillId === undefined ? alert.operatorId === label.operatorId : alert.tillId === label.tillId;
}

export interface CurvePoint {
  readonly recall: number;
  readonly precision: number;
  readonly score: number;
}

/** Habits against all other cashiers and rates, from the oddest down. */
export function rateCurve(labels: readonly Label[], scored: readonly Scored[]): CurvePoint[] {
  const habits = labels.filter(({ businessDate }) => businessDate === undefined);
  const isHabit = ({ storeId, operatorId, kind }: Scored): boolean =>
    habits.some(
      (label) => label.storeId === storeId && label.operatorId === operatorId && label.kind === kind,
    );
  const order = [...scored].sort((one, other) => other.score - one.score);
  let right = 0;
  return order.map((one, at) => {
    if (isHabit(one)) right += 1;
    return { recall: ratio(right, habits.length), precision: right / (at + 1), score: one.score };
  });
}

/** The area under the curve, by steps (average precision). */
export function areaUnder(curve: readonly CurvePoint[]): number {
  let area = 0;
  let before = 0;
  for (const { recall, precision } of curve) {
    area += (recall - before) * precision;
    before = recall;
  }
  return area;
}
