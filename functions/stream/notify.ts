import { ALERT_FORMAT, alertSchema, type Alert } from '../../shared/alerts/alert.ts';
import { routesOf } from '../../shared/alerts/alert-routes.ts';
import type { AnyChannel, Route } from '../../shared/alerts/channels/channel.ts';
import { isMessage } from '../../shared/alerts/messages.ts';
import { ALERT_CHANNELS } from '../../shared/alerts/channels/list.ts';
import type { AlertLog } from '../../shared/azure/alert-log.ts';
import type { Logger } from '../../shared/log.ts';
import { QUEUES, SECRETS } from '../../shared/azure/names.ts';
import type { Secrets } from '../../shared/azure/secrets.ts';
import { messageOf, PermanentError } from '../../shared/errors.ts';
import { letterIdByContent, makeDeadLetter, type DeadLetters } from '../../shared/pos/dead-letter.ts';
import { laterFormatReason } from '../../shared/stored-format.ts';
import { toInstant, type Clock } from '../../shared/time.ts';
import type { SendWebhook } from './send-webhook.ts';

export interface NotifyOptions {
  readonly alertLog: AlertLog;
  readonly routes: () => Promise<readonly Route[]>;
  readonly channels?: readonly AnyChannel[];
  readonly secrets: Pick<Secrets, 'get'>;
  readonly send: SendWebhook;
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Handles one message of the queue `alerts`. @throws what may pass; the queue then gives the message again. */
export type Notify = (message: string) => Promise<void>;

const STAGE = 'notify';

/**
 * Sends an alert to each of its routes that does not have it yet. A delivery is recorded after it is made, so a
 * process killed in between sends once more; the receiver then sees the same `webhook-id`. A route that refuses the
 * alert for good gets a dead letter and keeps none of the other routes waiting.
 */
export function createNotify(options: NotifyOptions): Notify {
  const { alertLog, deadLetters, clock, log, channels = ALERT_CHANNELS } = options;

  async function sendTo(alert: Alert, route: Route): Promise<void> {
    try {
      const [secret] = await options.secrets.get(SECRETS.alertChannel(route.name));
      await options.send(channelOf(route).request(alert, route, secret, clock()));
    } catch (thrown) {
      if (!(thrown instanceof PermanentError)) throw thrown;
      await deadLetters.bury(letterOf(alert, route, thrown));
      log.error('A route refused an alert', { alertId: alert.alertId, route: route.name }, thrown);
      return;
    }
    await alertLog.markDelivered(alert, route.name, toInstant(clock()));
  }

  function letterOf(alert: Alert, { name }: Route, { code, message }: PermanentError) {
    const { storeId, traceparent } = alert;
    return makeDeadLetter({
      deadLetterId: `${alert.alertId}-${name}`,
      stage: STAGE,
      fault: {
        code,
        message: `Route ${name}: ${message}. Fix the route in alert-routes.json or its receiver, then replay this letter`,
      },
      about: { storeId, traceparent },
      diedAt: toInstant(clock()),
      replay: { to: 'queue', queue: QUEUES.alerts },
      payload: JSON.stringify(alert),
    });
  }

  /** The schema of the file lets no other through, but another version may have read it. */
  function channelOf({ channel }: Route): AnyChannel {
    const found = channels.find(({ name }) => name === channel);
    if (!found) throw new PermanentError('unknown-channel', `There is no channel ${channel}`);
    return found;
  }

  return async (message) => {
    const alert = parse(message);
    if (!alert) {
      await deadLetters.bury(
        makeDeadLetter({
          deadLetterId: letterIdByContent(QUEUES.alerts, message),
          stage: STAGE,
          fault: { code: 'schema', message: refusalOf(message) },
          diedAt: toInstant(clock()),
          replay: { to: 'queue', queue: QUEUES.alerts },
          payload: message,
        }),
      );
      return;
    }
    const taking = routesOf(alert, await options.routes());
    // A message that nobody has asked for is no alert that reached nobody.
    if (taking.length === 0 && isMessage(alert.kind)) return;
    const delivered = await alertLog.record(alert);
    const open = taking.filter(({ name }) => !delivered.has(name));
    const outcomes = await Promise.allSettled(open.map((route) => sendTo(alert, route)));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) {
      log.warn('An alert could not be delivered yet', {
        alertId: alert.alertId,
        error: messageOf(failed.reason),
      });
      throw failed.reason;
    }
  };
}

function parse(message: string): Alert | undefined {
  try {
    const parsed = alertSchema.safeParse(JSON.parse(message));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // Not JSON is no alert either; the dead letter holds the message.
    return undefined;
  }
}

/** Why a message is no alert, and what to do about it. */
function refusalOf(message: string): string {
  try {
    return laterFormatReason(JSON.parse(message), ALERT_FORMAT) ?? 'The message is not an alert';
  } catch {
    return 'The message is not JSON';
  }
}
