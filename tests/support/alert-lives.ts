import { AlertDesk } from '../../functions/reconcile/pages/alert-desk.ts';
import { alertIdOf, type Alert } from '../../shared/alerts/alert.ts';
import type { AlertCommand } from '../../shared/alerts/life-commands.ts';
import { raised } from '../../shared/alerts/life-steps.ts';
import type { AlertLife } from '../../shared/alerts/life.ts';
import { respond } from '../../shared/azure/alerts/respond.ts';
import { tableResponses } from '../../shared/azure/alerts/responses.ts';
import { tableRouteSwitches } from '../../shared/azure/alerts/route-switches.ts';
import { businessDate, eventId, operatorId, productId, storeId, tillId } from '../../shared/ids.ts';
import { epochMsOf, MINUTE_MS, toInstant } from '../../shared/time.ts';
import { alertOf } from './alerts.ts';
import { memoryTable } from './memory-table.ts';

export const DESK_NOW_MS = Date.parse('2026-03-10T08:00:00Z');
const place = { businessDate: businessDate('2026-03-10'), raisedAt: '2026-03-10T07:12:00.000Z' };

/** Alerts of a morning: two stores, each state. */
export const MORNING: readonly (readonly [Alert, AlertCommand | undefined])[] = [
  [
    alertOf({
      ...place,
      alertId: alertIdOf('m', '1'),
      kind: 'stockout-imminent',
      severity: 'critical',
      tillId: undefined,
      productId: productId('P1'),
      title: 'Out of stock: Milk <fresh> 1 l in S1',
      detail:
        'On hand 0 pieces, safety stock 6 pieces, lead time 4 h. Order or transfer it now, and count it if the shelf says otherwise.',
    }),
    undefined,
  ],
  [
    alertOf({
      ...place,
      alertId: alertIdOf('m', '2'),
      storeId: storeId('S2'),
      tillId: tillId('T2'),
      operatorId: operatorId('op-iYcmNWV4fkD3DT'),
      title: 'Cash short by 23.40 EUR at till T2 in S2',
      detail:
        'Shift SH7: counted 476.60 EUR, expected 500.00 EUR; 5.00 EUR may differ. Count again, look for a drop, pay-out or offline sale that was not entered, then book the difference.',
      evidence: [{ eventId: eventId('tillstream:e7'), transactionId: 'T-7', occurredAt: place.raisedAt }],
    }),
    { action: 'acknowledge', reason: 'I count again at noon' },
  ],
  [
    alertOf({
      ...place,
      alertId: alertIdOf('m', '3'),
      kind: 'no-sale-openings',
      title: '6 openings without a sale at till T1 in S1',
      detail: 'Shift SH2: 5 are allowed.',
    }),
    { action: 'snooze', minutes: 240 },
  ],
  [
    alertOf({
      ...place,
      alertId: alertIdOf('m', '4'),
      kind: 'sequence-gap',
      severity: 'info',
      storeId: storeId('S2'),
      tillId: tillId('T9'),
      title: '1 number is missing at till T9 in S2',
      detail: 'Number 17 of the scope 2026-03-10.',
    }),
    { action: 'mute', days: 7, reason: 'this till counts oddly' },
  ],
  [
    alertOf({
      ...place,
      alertId: alertIdOf('m', '5'),
      kind: 'refund-without-receipt',
      title: '3 refunds without a receipt at till T1 in S1',
      detail: 'Shift SH2: 2 are allowed.',
    }),
    { action: 'escalate', reason: 'the same operator as yesterday' },
  ],
  [
    alertOf({
      ...place,
      alertId: alertIdOf('m', '6'),
      title: 'Cash over by 6.00 EUR at till T3 in S1',
      detail: 'Shift SH3.',
    }),
    { action: 'clear', reason: 'was a float' },
  ],
];

/** A desk with these alerts in memory. */
export async function deskWith(lives: typeof MORNING = MORNING) {
  const table = memoryTable();
  const responses = tableResponses(table.client);
  const switches = tableRouteSwitches(table.client);
  const by = { kind: 'person', id: 'anna', name: 'Anna Schmidt' } as const;
  for (const [alert, command] of lives) {
    const atMs = epochMsOf(alert.raisedAt) + 2_000;
    const planned = [{ to: 'lead', afterMinutes: 60, dueAt: toInstant(atMs + 60 * MINUTE_MS) }];
    await responses.commit(undefined, { life: raised(undefined, alert, { atMs, planned }) as AlertLife });
    const asked = { alertId: alert.alertId, businessDate: alert.businessDate };
    if (command)
      await respond(
        responses,
        { ...asked, command },
        { by, key: `key-${alert.alertId}`, nowMs: atMs + 10 * MINUTE_MS, next: () => [] },
      );
  }
  const desk = new AlertDesk({
    responses,
    switches,
    routes: () => Promise.resolve([]),
    zoneOf: () => Promise.resolve('Europe/Berlin'),
    clock: () => DESK_NOW_MS,
  });
  return { desk, responses, switches, table };
}
