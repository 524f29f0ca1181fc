import { routesOf } from '../../shared/alerts/alert-routes.ts';
import type { Alert } from '../../shared/alerts/alert.ts';
import type { Route } from '../../shared/alerts/channels/channel.ts';
import { deliveryMessage } from '../../shared/alerts/delivery.ts';
import { escalationsOf } from '../../shared/alerts/escalations.ts';
import type { PlannedEscalation } from '../../shared/alerts/life.ts';
import { clockStep } from '../../shared/alerts/life-steps.ts';
import { isWithinHours } from '../../shared/alerts/route-times.ts';
import type { Responses, StoredAnnouncement, StoredLife } from '../../shared/azure/alerts/responses.ts';
import { forEachBounded } from '../../shared/bounded.ts';
import { messageOf } from '../../shared/errors.ts';
import type { Logger } from '../../shared/log.ts';
import { DAY_MS, epochMsOf, type Clock } from '../../shared/time.ts';
import type { SendDigests } from './digests.ts';

export interface FollowUpOptions {
  readonly responses: Responses;
  readonly routes: () => Promise<readonly Route[]>;
  /** Undefined for a store that the master data does not know. */
  readonly zoneOf: (storeId: string) => Promise<string | undefined>;
  /** Puts a message on the queue `alerts`. */
  readonly putMessage: (message: string) => Promise<void>;
  readonly sendDigests: SendDigests;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * What the clock does to alerts: snoozes and mutes end, escalations fall due, digests are sent, and what is over is put
 * away. It may be killed anywhere and run twice at once: each step is written before it has an effect outside, and what is
 * said more than once has the same id.
 */
export type FollowUp = () => Promise<void>;

const WIDTH = 8;
/** So long the page of alerts shows what is over. */
const SHOWN_AFTER_END_MS = 2 * DAY_MS;

export function createFollowUp(options: FollowUpOptions): FollowUp {
  const { responses, clock, log } = options;
  return async () => {
    const failures: unknown[] = [];
    // One part that cannot be done must not keep the others waiting; the next run does it.
    const trying = async (what: string, work: () => Promise<void>): Promise<void> => {
      try {
        await work();
      } catch (thrown) {
        failures.push(thrown);
        log.error('A part of the follow-up of alerts failed', { what, error: messageOf(thrown) }, thrown);
      }
    };
    await trying('clock', () => followLives(options));
    await trying('announcements', () => announce(options));
    await trying('mutes', async () => {
      for (const mute of await responses.mutes())
        if (epochMsOf(mute.until) <= clock()) await responses.removeMute(mute);
    });
    await trying('digests', options.sendDigests);
    if (failures.length > 0) throw failures[0];
  };
}

async function followLives(options: FollowUpOptions): Promise<void> {
  const { responses, log } = options;
  const routes = await options.routes();
  const { lives, unreadable } = await responses.lives();
  if (unreadable.length > 0)
    log.error('The state of some alerts cannot be read', { rows: unreadable.slice(0, 10).join(', ') });
  await forEachBounded(lives, WIDTH, (stored) => followLife(options, routes, stored));
}

/** What is due of one life; a lost race is looked at again by the next run. */
async function followLife(
  { responses, clock, zoneOf }: FollowUpOptions,
  routes: readonly Route[],
  stored: StoredLife,
): Promise<void> {
  const nowMs = clock();
  const { life } = stored;
  if (life.state === 'cleared') {
    if (nowMs - epochMsOf(life.since) > SHOWN_AFTER_END_MS) await responses.putAway(stored);
    return;
  }
  const zone = await zoneOf(life.storeId);
  const next = (route: string, alert: Alert, atMs: number): PlannedEscalation[] =>
    escalationsOf(
      routes.filter(({ name }) => name === route),
      alert,
      zone,
      atMs,
    );
  const step = clockStep(life, nowMs, next);
  if (step) await responses.commit(stored, step);
}

/** Takes what is to be said to the queue; a row goes when all of its messages are there. */
async function announce(options: FollowUpOptions): Promise<void> {
  const { responses } = options;
  const routes = await options.routes();
  await forEachBounded(await responses.announcements(), WIDTH, async (announcement) => {
    for (const route of await routesOfAnnouncement(options, routes, announcement)) {
      const { alert, occasion, remark } = announcement;
      await options.putMessage(deliveryMessage(alert, { route, occasion, attempt: 1, remark }));
    }
    await responses.removeAnnouncement(announcement);
  });
}

async function routesOfAnnouncement(
  { zoneOf, clock }: FollowUpOptions,
  routes: readonly Route[],
  { alert, route }: StoredAnnouncement,
): Promise<string[]> {
  if (route !== undefined) return [route];
  const zone = await zoneOf(alert.storeId);
  return routesOf(alert, routes)
    .filter((one) => isWithinHours(one, zone, clock()))
    .map(({ name }) => name);
}
