import { createHash } from 'node:crypto';
import type { Route } from '../../shared/alerts/channels/channel.ts';
import { deliveredName, noticeIdOf, reasonOf } from '../../shared/alerts/delivery.ts';
import { isAudible } from '../../shared/alerts/life.ts';
import type { Notice, NoticeItem } from '../../shared/alerts/notice.ts';
import { nextTryMs } from '../../shared/alerts/retry-ladder.ts';
import type { AlertLog } from '../../shared/azure/alert-log.ts';
import {
  MAX_BATCH,
  type Batch,
  type HeldAlert,
  type HeldAlerts,
} from '../../shared/azure/alerts/held-alerts.ts';
import type { Responses } from '../../shared/azure/alerts/responses.ts';
import { PermanentError, TransientError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/log.ts';
import { toInstant, type Clock } from '../../shared/time.ts';
import type { Deliver } from './deliver.ts';

export interface DigestOptions {
  readonly held: HeldAlerts;
  readonly responses: Pick<Responses, 'life'>;
  readonly routes: () => Promise<readonly Route[]>;
  readonly deliver: Deliver;
  readonly alertLog: Pick<AlertLog, 'record' | 'markDelivered'>;
  readonly itemOf: (alert: HeldAlert['alert'], route: Route) => Promise<NoticeItem>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly ladderMs?: readonly number[] | undefined;
}

/** Binds held alerts that are due together, and sends what is bound. @throws TransientError */
export type SendDigests = () => Promise<void>;

/** Bound in UTF-16 units, of which a row holds half a million. */
const MAX_BATCH_CHARACTERS = 400_000;

export function createSendDigests(options: DigestOptions): SendDigests {
  return async () => {
    const { held, clock, log } = options;
    for (const [route, due] of byRoute(await held.due(clock())))
      for (const some of inPortions(due)) await held.bind(route, some, clock());
    const failures: unknown[] = [];
    for (const batch of await held.batches(clock())) {
      try {
        await sendBatch(options, batch);
      } catch (thrown) {
        failures.push(thrown);
        log.error('A digest could not be handled', { route: batch.route }, thrown);
      }
    }
    if (failures.length > 0) throw failures[0];
  };
}

function byRoute(due: readonly HeldAlert[]): Map<string, HeldAlert[]> {
  const routes = new Map<string, HeldAlert[]>();
  for (const one of due) routes.set(one.delivery.route, [...(routes.get(one.delivery.route) ?? []), one]);
  return routes;
}

function inPortions(due: readonly HeldAlert[]): HeldAlert[][] {
  const portions: HeldAlert[][] = [];
  let characters = Number.POSITIVE_INFINITY;
  for (const one of due) {
    const length = JSON.stringify(one).length;
    if (characters + length > MAX_BATCH_CHARACTERS || portions.at(-1)?.length === MAX_BATCH) {
      portions.push([]);
      characters = 0;
    }
    portions.at(-1)?.push(one);
    characters += length;
  }
  return portions;
}

async function sendBatch(options: DigestOptions, batch: Batch): Promise<void> {
  const { alertLog, held, clock } = options;
  const route = (await options.routes()).find(({ name }) => name === batch.route);
  if (!route) {
    const message = 'It is no longer in alert-routes.json';
    return buryBatch(options, batch, { code: 'unknown-route', message });
  }
  const open = await stillWanted(options, batch);
  const [first, ...others] = open;
  if (first) {
    try {
      await options.deliver.notice(await noticeOf(options, route, batch, [first, ...others]), route);
    } catch (thrown) {
      return batchFailed(options, batch, thrown);
    }
  }
  for (const { alert, delivery } of open)
    await alertLog.markDelivered(alert, deliveredName(delivery), toInstant(clock()));
  await held.remove(batch);
}

/** Those that are still open and not delivered; of the others the log says why they were not sent. */
async function stillWanted(
  { alertLog, responses, clock }: DigestOptions,
  { held }: Batch,
): Promise<HeldAlert[]> {
  const wanted: HeldAlert[] = [];
  for (const one of held) {
    const { alert, delivery } = one;
    const name = deliveredName(delivery);
    if ((await alertLog.record(alert)).has(name)) continue;
    const stored = await responses.life(alert.alertId, alert.businessDate);
    if (!stored || isAudible(stored.life) || alert.recovered === true) wanted.push(one);
    else await alertLog.markDelivered(alert, `${name} (not sent: ${stored.life.state})`, toInstant(clock()));
  }
  return wanted;
}

async function noticeOf(
  { itemOf }: DigestOptions,
  route: Route,
  { id, held }: Batch,
  open: readonly [HeldAlert, ...HeldAlert[]],
): Promise<Notice> {
  const [first, ...rest] = open;
  const items: [NoticeItem, ...NoticeItem[]] = [await itemOf(first.alert, route)];
  for (const { alert } of rest) items.push(await itemOf(alert, route));
  if (held.length === 1)
    return {
      noticeId: noticeIdOf(first.alert, first.delivery),
      reason: reasonOf(first.delivery),
      items,
      remark: first.delivery.remark,
    };
  const left = held.length - open.length;
  const remark = left > 0 ? `${left} more have been answered, or were over, before this message.` : undefined;
  return { noticeId: digestIdOf(id, route.name), reason: 'digest', items, remark };
}

const digestIdOf = (batchId: string, route: string): string =>
  `digest_${createHash('sha256').update(batchId).digest('hex').slice(0, 32)}_${route}`;

async function batchFailed(options: DigestOptions, batch: Batch, thrown: unknown): Promise<void> {
  const { log, held, clock } = options;
  const about = { route: batch.route, alerts: batch.held.length, attempt: batch.attempt };
  if (thrown instanceof PermanentError) {
    log.error('A route refused a digest', about, thrown);
    return buryBatch(options, batch, thrown);
  }
  if (!(thrown instanceof TransientError)) throw thrown;
  const delayMs = nextTryMs(batch.attempt, thrown.retryAfterMs, options.random(), options.ladderMs);
  if (delayMs === undefined) {
    const message = `${thrown.message}; given up after ${batch.attempt} tries`;
    return buryBatch(options, batch, { code: 'retries-exhausted', message });
  }
  await held.postpone(batch, clock() + delayMs);
  log.warn('A digest could not be delivered yet', { ...about, delayMs, error: thrown.message });
}

/** Each alert by itself, so that each can be replayed by itself. */
async function buryBatch(
  { deliver, held }: DigestOptions,
  batch: Batch,
  fault: { code: string; message: string },
): Promise<void> {
  for (const { alert, delivery } of batch.held) await deliver.bury(alert, delivery, fault);
  await held.remove(batch);
}
