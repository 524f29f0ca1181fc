import { alertIdOf, type Alert } from '../../shared/alerts/alert.ts';
import { createDeliver, type DeliverOptions } from '../../functions/stream/deliver.ts';
import { createAlertLives } from '../../functions/stream/alert-lives.ts';
import { createSendDigests } from '../../functions/stream/digests.ts';
import { createFollowUp } from '../../functions/stream/follow-up.ts';
import { createNotify, type Notify } from '../../functions/stream/notify.ts';
import { ALERT_CHANNELS } from '../../shared/alerts/channels/list.ts';
import type { ChannelMessage, Route } from '../../shared/alerts/channels/channel.ts';
import type { AlertCommand } from '../../shared/alerts/life-commands.ts';
import type { Notice, NoticeItem } from '../../shared/alerts/notice.ts';
import { tableAlertLog } from '../../shared/azure/alert-log.ts';
import { tableHeldAlerts } from '../../shared/azure/alerts/held-alerts.ts';
import { respond } from '../../shared/azure/alerts/respond.ts';
import { tableResponses } from '../../shared/azure/alerts/responses.ts';
import { tableRouteSwitches } from '../../shared/azure/alerts/route-switches.ts';
import { deadLetterSchema, type DeadLetter } from '../../shared/pos/dead-letter.ts';
import { memoryTable } from './memory-table.ts';
import { silentLog } from './stream-fixture.ts';
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

export function itemOf(alert: Alert = alertOf(), links: NoticeItem['links'] = []): NoticeItem {
  return { alert, raisedAtText: '2026-03-02 20:00 (Europe/Berlin)', links };
}

export function noticeOf(more: Partial<Notice> = {}): Notice {
  const items = more.items ?? [itemOf()];
  return { noticeId: `${items[0].alert.alertId}_ops`, reason: 'raised', items, ...more };
}

export const WEBHOOK_SECRET = `whsec_${Buffer.from('k'.repeat(24)).toString('base64')}`;

let keys = 0;

/** Delivery with everything around it in memory. */
export function notifier(routes: readonly Route[], more: Partial<DeliverOptions> = {}) {
  const table = memoryTable();
  const responses = memoryTable();
  const sent: ChannelMessage[] = [];
  const letters: DeadLetter[] = [];
  /** Messages that were put back, with their delay. */
  const later: { message: string; delayMs: number }[] = [];
  const world = {
    nowMs: Date.UTC(2026, 2, 2, 19),
    routes,
    zone: 'Europe/Berlin' as string | undefined,
    answer: (_message: ChannelMessage): Error | undefined => undefined,
  };
  const alertLog = tableAlertLog(table.client);
  const switches = tableRouteSwitches(responses.client);
  const clock = () => world.nowMs;
  const deadLetters = {
    bury: (letter: DeadLetter) => Promise.resolve(void letters.push(deadLetterSchema.parse(letter))),
  };
  const deliver = createDeliver({
    channels: ALERT_CHANNELS,
    secrets: { get: () => Promise.resolve([WEBHOOK_SECRET]) },
    send: (message) => {
      const fault = world.answer(message);
      if (fault) return Promise.reject(fault);
      sent.push(message);
      return Promise.resolve();
    },
    alertLog,
    switches,
    putLater: (message, delayMs) => Promise.resolve(void later.push({ message, delayMs })),
    itemOf: (alert) => Promise.resolve(itemOf(alert)),
    deadLetters,
    clock,
    log: silentLog,
    random: () => 0,
    ...more,
  });
  const routesNow = () => Promise.resolve(world.routes);
  const zoneOf = () => Promise.resolve(world.zone);
  const stored = tableResponses(responses.client);
  const held = tableHeldAlerts(responses.client);
  const notify: Notify = createNotify({
    alertLog,
    routes: routesNow,
    zoneOf,
    lives: createAlertLives({ responses: stored, alertLog, clock }),
    held,
    deliver,
    deadLetters,
    clock,
    log: silentLog,
  });
  const followUp = createFollowUp({
    responses: stored,
    routes: routesNow,
    zoneOf,
    putMessage: (message) => Promise.resolve(void later.push({ message, delayMs: 0 })),
    sendDigests: createSendDigests({
      held,
      responses: stored,
      routes: routesNow,
      deliver,
      alertLog,
      itemOf: (alert) => Promise.resolve(itemOf(alert)),
      clock,
      log: silentLog,
      random: () => 0,
    }),
    clock,
    log: silentLog,
  });
  /** What a person does about the alert of the tests, or another one. */
  const person = (command: AlertCommand, alert = alertOf(), key = `key ${(keys += 1)}`) =>
    respond(
      stored,
      { alertId: alert.alertId, businessDate: alert.businessDate, command },
      { by: { kind: 'person', id: 'anna', name: 'Anna' }, nowMs: world.nowMs, key, next: () => [] },
    );
  /** Lets time pass, and then what is due happens, as the timer and the queue do it. */
  const passes = async (ms: number): Promise<void> => {
    world.nowMs += ms;
    await followUp();
    const due = later.splice(0);
    for (const { message } of due) await notify(message);
  };
  const urls = (): string[] => sent.flatMap((message) => ('url' in message ? [message.url] : []));
  return {
    world,
    notify,
    followUp,
    person,
    passes,
    sent,
    urls,
    letters,
    later,
    alertLog,
    switches,
    stored,
    held,
    table,
    responses,
  };
}
