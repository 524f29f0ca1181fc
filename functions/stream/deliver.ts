import type { Alert } from '../../shared/alerts/alert.ts';
import type { AnyChannel, Route } from '../../shared/alerts/channels/channel.ts';
import {
  deliveredName,
  deliveryMessage,
  noticeIdOf,
  reasonOf,
  type Delivery,
} from '../../shared/alerts/delivery.ts';
import type { Notice, NoticeItem } from '../../shared/alerts/notice.ts';
import { nextTryMs } from '../../shared/alerts/retry-ladder.ts';
import type { AlertLog } from '../../shared/azure/alert-log.ts';
import type { RouteSwitches } from '../../shared/azure/alerts/route-switches.ts';
import { QUEUES, SECRETS } from '../../shared/azure/names.ts';
import type { Secrets } from '../../shared/azure/secrets.ts';
import { PermanentError, TransientError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/log.ts';
import { makeDeadLetter, type DeadLetters } from '../../shared/pos/dead-letter.ts';
import { toInstant, type Clock } from '../../shared/time.ts';
import type { Send } from './send.ts';

export interface DeliverOptions {
  readonly channels: readonly AnyChannel[];
  readonly secrets: Pick<Secrets, 'get'>;
  readonly send: Send;
  readonly alertLog: Pick<AlertLog, 'markDelivered'>;
  readonly switches: Pick<RouteSwitches, 'offReason' | 'switchOff'>;
  /** Puts a message on the queue `alerts`, to be handled after a delay. */
  readonly putLater: (message: string, delayMs: number) => Promise<void>;
  readonly itemOf: (alert: Alert, route: Route) => Promise<NoticeItem>;
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  readonly log: Logger;
  /** 0 to 1. */
  readonly random: () => number;
  /** How long to wait after each failed try; `RETRY_LADDER_MS` without it. */
  readonly ladderMs?: readonly number[] | undefined;
}

export interface Deliver {
  /**
   * Sends one alert to one route, and notes it. What fails for now is put back for a later try, what fails for good
   * becomes a dead letter: in each case the route is done with. @throws TransientError when not even that is possible
   */
  one(alert: Alert, route: Route, delivery: Delivery): Promise<void>;
  /** Sends a notice. @throws PermanentError; TransientError */
  notice(notice: Notice, route: Route): Promise<void>;
  /** @throws TransientError */
  bury(alert: Alert, delivery: Delivery, fault: { code: string; message: string }): Promise<void>;
}

const STAGE = 'notify';

export function createDeliver(options: DeliverOptions): Deliver {
  return {
    one: (alert, route, delivery) => deliverOne(options, alert, route, delivery),
    notice: (what, route) => sendNotice(options, what, route),
    bury: (alert, delivery, fault) => buryDelivery(options, alert, delivery, fault),
  };
}

/** The schema of the file lets no other through, but another version may have read it. */
function channelOf(channels: readonly AnyChannel[], { channel }: Route): AnyChannel {
  const found = channels.find(({ name }) => name === channel);
  if (!found) throw new PermanentError('unknown-channel', `There is no channel ${channel}`);
  return found;
}

async function sendNotice(options: DeliverOptions, what: Notice, route: Route): Promise<void> {
  const { switches, clock, log } = options;
  const channel = channelOf(options.channels, route);
  const needsSecret = channel.needsSecret?.(route) ?? true;
  const secret = needsSecret ? (await options.secrets.get(SECRETS.alertChannel(route.name)))[0] : '';
  const off = await switches.offReason(route, secret);
  if (off) throw new PermanentError('route-off', `Switched off since ${off.at}, because ${off.reason}`);
  try {
    await options.send(channel.request(what, route, secret, clock()));
  } catch (thrown) {
    if (!(thrown instanceof PermanentError) || thrown.code !== 'webhook-gone') throw thrown;
    await switches.switchOff(route, secret, { at: toInstant(clock()), reason: thrown.message });
    log.error(
      'A route is switched off: its receiver wants no more alerts (410)',
      { route: route.name },
      thrown,
    );
    throw new PermanentError('route-off', `Switched off now, because ${thrown.message}`, { cause: thrown });
  }
}

async function buryDelivery(
  { deadLetters, clock }: DeliverOptions,
  alert: Alert,
  delivery: Delivery,
  fault: { code: string; message: string },
): Promise<void> {
  const { storeId, traceparent, alertId } = alert;
  const { route, occasion } = delivery;
  await deadLetters.bury(
    makeDeadLetter({
      deadLetterId: `${alertId}-${route}${occasion === undefined ? '' : `-${occasion}`}`,
      stage: STAGE,
      fault: {
        code: fault.code,
        message: `Route ${route}: ${fault.message}. Fix the route in alert-routes.json or its receiver, then replay this letter`,
      },
      about: { storeId, traceparent },
      diedAt: toInstant(clock()),
      replay: { to: 'queue', queue: QUEUES.alerts },
      payload: deliveryMessage(alert, { ...delivery, attempt: 1 }),
    }),
  );
}

async function deliverOne(
  options: DeliverOptions,
  alert: Alert,
  route: Route,
  delivery: Delivery,
): Promise<void> {
  try {
    const item = await options.itemOf(alert, route);
    const notice: Notice = {
      noticeId: noticeIdOf(alert, delivery),
      reason: reasonOf(delivery),
      items: [item],
      remark: delivery.remark,
    };
    await sendNotice(options, notice, route);
  } catch (thrown) {
    await deliveryFailed(options, alert, delivery, thrown);
    return;
  }
  await options.alertLog.markDelivered(alert, deliveredName(delivery), toInstant(options.clock()));
}

async function deliveryFailed(
  options: DeliverOptions,
  alert: Alert,
  delivery: Delivery,
  thrown: unknown,
): Promise<void> {
  const { log } = options;
  const { attempt, route } = delivery;
  const about = { alertId: alert.alertId, route, attempt };
  if (thrown instanceof PermanentError) {
    await buryDelivery(options, alert, delivery, thrown);
    log.error('A route refused an alert', about, thrown);
    return;
  }
  if (!(thrown instanceof TransientError)) throw thrown;
  const delayMs = nextTryMs(attempt, thrown.retryAfterMs, options.random(), options.ladderMs);
  if (delayMs === undefined) {
    const message = `${thrown.message}; given up after ${attempt} tries`;
    await buryDelivery(options, alert, delivery, { code: 'retries-exhausted', message });
    log.error('A route could not be reached, and the alert is a dead letter now', about, thrown);
    return;
  }
  await options.putLater(deliveryMessage(alert, { ...delivery, attempt: attempt + 1 }), delayMs);
  log.warn('An alert could not be delivered yet', { ...about, delayMs, error: thrown.message });
}
