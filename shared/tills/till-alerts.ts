import { alertIdOf, MAX_EVIDENCE, type Alert, type Evidence } from '../alerts/alert.ts';
import { cutText } from '../ids.ts';
import { formatAmount } from '../money.ts';
import type { PosEvent } from '../pos/event.ts';
import { eventTimeMs } from '../pos/event-time.ts';
import { toInstant } from '../time.ts';
import { allowedCashDifferenceMinor, type TillLimits } from './limits.ts';
import { expectedCashMinor, shiftKey, type Shift } from './shift.ts';

/** The words of the till alerts. `event` is the one that tipped the scale. */
export function noSaleAlert(event: PosEvent, shift: Shift, limits: TillLimits): Alert {
  return {
    ...common(event, shift, 'no-sale-openings'),
    severity: 'warning',
    title: title(`Drawer opened ${shift.noSaleOpenings} times without a sale`, event, shift),
    detail:
      `${nameOf(shift)} has ${shift.noSaleOpenings} openings without a sale; the limit is ` +
      `${limits.noSaleOpeningsPerShift}. Ask the operator, and look at what the camera saw at these times.`,
    evidence: shift.noSaleEvidence.slice(0, MAX_EVIDENCE),
  };
}

export function refundAlert(event: PosEvent, shift: Shift, limits: TillLimits): Alert {
  return {
    ...common(event, shift, 'refund-without-receipt'),
    severity: 'warning',
    title: title(`${shift.refundsWithoutReceipt} refunds without a receipt`, event, shift),
    detail:
      `${nameOf(shift)} paid back ${formatAmount(shift.refundsWithoutReceiptMinor, shift.currency)} ` +
      `${shift.currency} in ${shift.refundsWithoutReceipt} refunds that name no sale; the limit is ` +
      `${limits.refundsWithoutReceiptPerShift}. Check that the goods came back and who approved it.`,
    evidence: shift.refundEvidence.slice(0, MAX_EVIDENCE),
  };
}

export function cashAlert(
  event: PosEvent,
  shift: Shift,
  limits: TillLimits,
  finding: { differenceMinor: number; settled: boolean; revision: number },
): Alert {
  const { differenceMinor, settled, revision } = finding;
  const money = (amountMinor: number): string =>
    `${formatAmount(Math.abs(amountMinor), shift.currency)} ${shift.currency}`;
  const allowedMinor = allowedCashDifferenceMinor(limits, shift.currency);
  const isCritical = Math.abs(differenceMinor) >= limits.criticalCashFactor * allowedMinor;
  const found = `${differenceMinor < 0 ? 'short' : 'over'} by ${money(differenceMinor)}`;
  return {
    ...common(event, shift, 'cash-over-short', `${revision}`),
    severity: settled ? 'info' : isCritical ? 'critical' : 'warning',
    title: title(settled ? `Cash difference settled, now ${found}` : `Cash ${found}`, event, shift),
    detail:
      `${nameOf(shift)}: counted ${money(shift.closing?.countedMinor ?? 0)}, expected ` +
      `${money(expectedCashMinor(shift) ?? 0)}; ${money(allowedMinor)} may differ. ` +
      (settled
        ? 'Events that came late explain the difference reported before. Nothing is left to do.'
        : 'Count again, look for a drop, pay-out or offline sale that was not entered, then book the difference.'),
    evidence: shift.closing ? [shift.closing.evidence] : [],
  };
}

function common(event: PosEvent, shift: Shift, kind: Alert['kind'], ...episode: string[]) {
  const { storeId, operatorId, traceparent } = event;
  return {
    alertId: alertIdOf(kind, storeId, shiftKey(shift), ...episode),
    kind,
    storeId,
    tillId: shift.tillId,
    ...(operatorId === undefined ? {} : { operatorId }),
    businessDate: shift.businessDate,
    raisedAt: toInstant(eventTimeMs(event)),
    traceparent,
  };
}

const nameOf = ({ shiftId, businessDate }: Shift): string =>
  shiftId === undefined ? `Business date ${businessDate}` : `Shift ${shiftId}`;

const title = (what: string, { storeId }: PosEvent, { tillId }: Shift): string =>
  cutText(`${what} at till ${tillId} in ${storeId}`, 200);

/** How an alert names an event. */
export function evidenceOf(event: PosEvent): Evidence {
  const { eventId, occurredAt } = event;
  return {
    eventId,
    ...(event.kind === 'transaction' ? { transactionId: event.transactionId } : {}),
    occurredAt,
  };
}
