import { createHash } from 'node:crypto';
import { alertIdOf, type Alert } from '../../../shared/alerts/alert.ts';
import type { MessageKind } from '../../../shared/alerts/messages.ts';
import { storeId } from '../../../shared/ids.ts';
import { rowsNotReadOf, type DayReport } from '../../../shared/reconciliation/day-report.ts';
import { missingFromTotals } from '../../../shared/reconciliation/uncovered.ts';

/** In the place of a store, which an alert has: the message is about all of them. */
const ALL_STORES = storeId('all-stores');

interface Outcome {
  readonly name: 'agrees' | 'exceptions' | 'incomplete' | 'proof-broken';
  readonly kind: MessageKind;
  readonly severity: Alert['severity'];
  readonly title: string;
  readonly toDo: string;
}

/**
 * What finance is told of a reconciled date. The id is of the date and its outcome alone, so that a date which is
 * reconciled ten times with the same outcome is told once, and one that first has exceptions and then agrees twice.
 */
export function nightMessage(report: DayReport): Alert {
  const { businessDate, exceptions, counts, dataAsOf } = report;
  const { name, kind, severity, title, toDo } = outcomeOf(report);
  const stores = new Set(exceptions.map((exception) => exception.storeId)).size;
  const trace = createHash('sha256').update(`${businessDate} ${name}`).digest('hex');
  return {
    alertId: alertIdOf(kind, businessDate, name),
    kind,
    severity,
    storeId: ALL_STORES,
    businessDate,
    // Of the data and not of the run, so that a repeat is the same message.
    raisedAt: dataAsOf === '' ? `${businessDate}T00:00:00.000Z` : dataAsOf,
    title: `${businessDate}: ${title}`,
    detail: `${exceptions.length} exceptions in ${stores} of ${counts.stores} stores. ${toDo} See /finance/${businessDate}.`,
    evidence: [],
    traceparent: `00-${trace.slice(0, 32)}-${trace.slice(32, 48)}-01`,
  };
}

function outcomeOf(report: DayReport): Outcome {
  const missing = missingFromTotals(report.uncovered).length + rowsNotReadOf(report);
  if (!report.proof.holds)
    return {
      name: 'proof-broken',
      kind: 'day-failed',
      severity: 'critical',
      title: 'the proof does not hold',
      toDo: 'Do not close the day; call IT.',
    };
  if (missing > 0)
    return {
      name: 'incomplete',
      kind: 'day-failed',
      severity: 'warning',
      title: 'reconciled in part',
      toDo: `${missing} parts or ledger rows are missing.`,
    };
  const hasExceptions = report.exceptions.length > 0;
  return {
    name: hasExceptions ? 'exceptions' : 'agrees',
    kind: 'day-reconciled',
    severity: 'info',
    title: hasExceptions ? 'reconciled, with exceptions' : 'reconciled, POS and ledger agree',
    toDo: hasExceptions ? 'Work them off and prepare the days.' : 'Prepare the days.',
  };
}
