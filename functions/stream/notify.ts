import { ALERT_FORMAT, type Alert } from '../../shared/alerts/alert.ts';
import { routesOf } from '../../shared/alerts/alert-routes.ts';
import type { Route } from '../../shared/alerts/channels/channel.ts';
import { deliveredName, readMessage, type Delivery } from '../../shared/alerts/delivery.ts';
import { isMessage } from '../../shared/alerts/messages.ts';
import type { AlertLog } from '../../shared/azure/alert-log.ts';
import { QUEUES } from '../../shared/azure/names.ts';
import { letterIdByContent, makeDeadLetter, type DeadLetters } from '../../shared/pos/dead-letter.ts';
import { laterFormatReason } from '../../shared/stored-format.ts';
import { toInstant, type Clock } from '../../shared/time.ts';
import type { Deliver } from './deliver.ts';

export interface NotifyOptions {
  readonly alertLog: Pick<AlertLog, 'record'>;
  readonly routes: () => Promise<readonly Route[]>;
  readonly deliver: Deliver;
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
}

/** Handles one message of the queue `alerts`. @throws what may pass; the queue then gives the message again. */
export type Notify = (message: string) => Promise<void>;

const STAGE = 'notify';

/**
 * Sends an alert to each of its routes that does not have it yet. A delivery is recorded after it is made, so a
 * process killed in between sends once more; the receiver then sees the same `webhook-id`. Each route is tried on its own
 * ladder: one that is away or refuses the alert keeps none of the others waiting.
 */
export function createNotify(options: NotifyOptions): Notify {
  const { alertLog, deliver, deadLetters, clock } = options;

  /** A further try, or a further occasion. */
  async function again(alert: Alert, delivery: Delivery): Promise<void> {
    const route = (await options.routes()).find(({ name }) => name === delivery.route);
    if (!route) {
      const message = 'It is no longer in alert-routes.json';
      return deliver.bury(alert, delivery, { code: 'unknown-route', message });
    }
    const delivered = await alertLog.record(alert);
    if (!delivered.has(deliveredName(delivery))) await deliver.one(alert, route, delivery);
  }

  async function first(alert: Alert): Promise<void> {
    const taking = routesOf(alert, await options.routes());
    // A message that nobody has asked for is no alert that reached nobody.
    if (taking.length === 0 && isMessage(alert.kind)) return;
    const delivered = await alertLog.record(alert);
    const open = taking.filter(({ name }) => !delivered.has(name));
    const outcomes = await Promise.allSettled(
      open.map((route) => deliver.one(alert, route, { route: route.name, attempt: 1 })),
    );
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }

  return async (message) => {
    const content = jsonOf(message);
    const read = readMessage(content);
    if (read) return read.delivery ? again(read.alert, read.delivery) : first(read.alert);
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
