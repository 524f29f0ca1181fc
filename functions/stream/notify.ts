import { ALERT_FORMAT, type Alert } from '../../shared/alerts/alert.ts';
import { routesOf } from '../../shared/alerts/alert-routes.ts';
import type { Route } from '../../shared/alerts/channels/channel.ts';
import { deliveredName, readMessage, type Delivery } from '../../shared/alerts/delivery.ts';
import { isAudible } from '../../shared/alerts/life.ts';
import { isMessage } from '../../shared/alerts/messages.ts';
import { arrivalMs, isWithinHours } from '../../shared/alerts/route-times.ts';
import type { AlertLog } from '../../shared/azure/alert-log.ts';
import type { HeldAlerts } from '../../shared/azure/alerts/held-alerts.ts';
import { QUEUES } from '../../shared/azure/names.ts';
import type { Logger } from '../../shared/log.ts';
import { letterIdByContent, makeDeadLetter, type DeadLetters } from '../../shared/pos/dead-letter.ts';
import { laterFormatReason } from '../../shared/stored-format.ts';
import { toInstant, type Clock } from '../../shared/time.ts';
import type { AlertLives } from './alert-lives.ts';
import type { Deliver } from './deliver.ts';

export interface NotifyOptions {
  readonly alertLog: Pick<AlertLog, 'record'>;
  readonly routes: () => Promise<readonly Route[]>;
  /** Undefined for a store that the master data does not know. */
  readonly zoneOf: (storeId: string) => Promise<string | undefined>;
  readonly lives: AlertLives;
  readonly held: Pick<HeldAlerts, 'hold'>;
  readonly deliver: Deliver;
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Handles one message of the queue `alerts`. @throws what may pass; the queue then gives the message again. */
export type Notify = (message: string) => Promise<void>;

const STAGE = 'notify';

/**
 * Sends an alert to each of its routes that does not have it yet, now or when the route wants it. A delivery is recorded
 * after it is made, so a process killed in between sends once more; the receiver then sees the same `webhook-id`. Each
 * route is tried on its own ladder: one that is away or refuses the alert keeps none of the others waiting. What somebody
 * has answered in the meantime is not sent any more.
 */
export function createNotify(options: NotifyOptions): Notify {
  const { deadLetters, clock } = options;
  return async (message) => {
    const content = jsonOf(message);
    const read = readMessage(content);
    if (read)
      return read.delivery ? sendAgain(options, read.alert, read.delivery) : sendFirst(options, read.alert);
    await deadLetters.bury(
      makeDeadLetter({
        deadLetterId: letterIdByContent(QUEUES.alerts, message),
        stage: STAGE,
        fault: { code: 'schema', message: refusalOf(content) },
        diedAt: toInstant(clock()),
        replay: { to: 'queue', queue: QUEUES.alerts },
        payload: message,
      }),
    );
  };
}

async function sendFirst(options: NotifyOptions, alert: Alert): Promise<void> {
  const { lives, clock } = options;
  const [all, zone] = [await options.routes(), await options.zoneOf(alert.storeId)];
  const taking = routesOf(alert, all).filter((route) => isWithinHours(route, zone, clock()));
  // A message that nobody has asked for is no alert that reached nobody.
  if (taking.length === 0 && isMessage(alert.kind)) return;
  const delivered = await options.alertLog.record(alert);
  if (!isMessage(alert.kind)) {
    const endedAt = await lives.end(alert);
    const life = await lives.raise(alert, taking, zone);
    // Who was told that it is there is told that it is over, whatever the severity of that.
    if (alert.recovered === true)
      taking.push(...all.filter((route) => endedAt.has(route.name) && !taking.includes(route)));
    else if (!isAudible(life)) return;
  }
  const open = taking.filter(({ name }) => !delivered.has(name));
  const outcomes = await Promise.allSettled(
    open.map((route) => sendWhenDue(options, alert, route, zone, { route: route.name, attempt: 1 })),
  );
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

/** A further try, or a further occasion. */
async function sendAgain(options: NotifyOptions, alert: Alert, delivery: Delivery): Promise<void> {
  const { alertLog, deliver, lives, log } = options;
  const route = (await options.routes()).find(({ name }) => name === delivery.route);
  if (!route) {
    const message = 'It is no longer in alert-routes.json';
    return deliver.bury(alert, delivery, { code: 'unknown-route', message });
  }
  const delivered = await alertLog.record(alert);
  if (delivered.has(deliveredName(delivery))) return;
  const life = isMessage(alert.kind) || alert.recovered === true ? undefined : await lives.find(alert);
  if (life && !isAudible(life)) {
    // Whoever answers is not disturbed again (grafana/oncall#4654).
    log.info('An alert was answered before it was sent', {
      alertId: alert.alertId,
      route: route.name,
      state: life.state,
    });
    return;
  }
  await sendWhenDue(options, alert, route, await options.zoneOf(alert.storeId), delivery);
}

async function sendWhenDue(
  { held, deliver, clock }: NotifyOptions,
  alert: Alert,
  route: Route,
  zone: string | undefined,
  delivery: Delivery,
): Promise<void> {
  const dueMs = arrivalMs(route, alert.severity, zone, clock());
  // What is tried again was due before.
  if (dueMs > clock() && delivery.attempt === 1) return held.hold({ alert, delivery, dueMs });
  return deliver.one(alert, route, delivery);
}

/** Undefined for what is not JSON; the dead letter holds the message. */
function jsonOf(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

/** Why a message is no alert, and what to do about it. */
function refusalOf(content: unknown): string {
  if (content === undefined) return 'The message is not JSON';
  return laterFormatReason(content, ALERT_FORMAT) ?? 'The message is not an alert';
}
