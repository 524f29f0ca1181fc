import { alertIdOf, type Alert } from '../../shared/alerts/alert.ts';
import { businessDate, eventId, storeId, tillId } from '../../shared/ids.ts';

export function alertOf(more: Partial<Alert> = {}): Alert {
  return {
    alertId: alertIdOf('cash-over-short', 'S1', 'T1', 'SH1'),
    kind: 'cash-over-short',
    severity: 'warning',
    storeId: storeId('S1'),
    tillId: tillId('T1'),
    businessDate: businessDate('2026-03-02'),
    raisedAt: '2026-03-02T19:00:00.000Z',
    title: 'Cash short by 12.00 EUR at till T1 in S1',
    detail: 'Shift SH1: counted 88.00 EUR, expected 100.00 EUR.',
    evidence: [{ eventId: eventId('tillstream:e1'), occurredAt: '2026-03-02T19:00:00.000Z' }],
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    ...more,
  };
}
