import { DAY_MS, epochMsOf, MINUTE_MS, toInstant } from '../time.ts';
import type { Alert } from './alert.ts';
import {
  changed,
  CLOCK,
  EVENTS,
  isAudible,
  LIFE_FORMAT,
  type AlertActor,
  type AlertHappening,
  type AlertLife,
  type PlannedEscalation,
} from './life.ts';

/** What the events and the clock do to a life. What people do is in life-commands.ts. */

/** What is to be said because of a step, and where: to one route, or to all that take the alert. */
export interface Announcement {
  readonly occasion: string;
  readonly route: string | undefined;
  readonly remark: string;
}

export interface Step {
  readonly life: AlertLife;
  readonly says: readonly Announcement[];
}

export interface Birth {
  readonly atMs: number;
  readonly planned: readonly PlannedEscalation[];
  /** A mute of its subject that is in force. */
  readonly mutedUntil?: { readonly until: string; readonly by: AlertActor } | undefined;
}

/** A life that nobody has seen yet. */
function newborn(alert: Pick<Alert, 'alertId' | 'storeId' | 'businessDate'>, atMs: number): AlertLife {
  const { alertId, storeId, businessDate } = alert;
  return {
    format: LIFE_FORMAT,
    alertId,
    storeId,
    businessDate,
    state: 'open',
    version: 0,
    since: toInstant(atMs),
    by: EVENTS,
    level: 0,
    repeats: 0,
    planned: [],
    history: [],
    earlierSteps: 0,
    keys: [],
  };
}

/**
 * The alert has come. A repeat changes nothing, and one that was over before it came stays over.
 * @returns undefined where nothing changes
 */
export function raised(life: AlertLife | undefined, alert: Alert, birth: Birth): AlertLife | undefined {
  if (life?.alert) return undefined;
  const { atMs, mutedUntil } = birth;
  const happening: AlertHappening = { what: 'raised', at: toInstant(atMs), by: EVENTS };
  // It is over already: only what it was about was missing.
  if (life) return { ...changed(life, happening, { alert }), since: life.since, by: life.by };
  const fresh = newborn(alert, atMs);
  if (alert.recovered === true)
    return changed(
      fresh,
      { ...happening, text: 'it says that another one is over' },
      { alert, state: 'cleared' },
    );
  const born = changed(fresh, happening, { alert, state: 'open', planned: birth.planned });
  if (!mutedUntil) return born;
  const { until, by } = mutedUntil;
  return changed(
    born,
    { what: 'muted', at: happening.at, by, text: `until ${until}` },
    { state: 'muted', until },
  );
}

/** Another alert says that this one is over. It may come before the alert itself. */
export function ended(
  life: AlertLife | undefined,
  alert: Pick<Alert, 'alertId' | 'storeId' | 'businessDate'>,
  because: string,
  atMs: number,
): AlertLife | undefined {
  if (life?.state === 'cleared') return undefined;
  const happening: AlertHappening = { what: 'cleared', at: toInstant(atMs), by: EVENTS, text: because };
  return changed(life ?? newborn(alert, atMs), happening, {
    state: 'cleared',
    until: undefined,
    planned: [],
  });
}

/** After so long without an end a life is closed: nobody looks at it any more. */
export const LONGEST_LIFE_MS = 30 * DAY_MS;

/** When the clock has something to do with it next. */
export function nextDueMs(life: AlertLife): number | undefined {
  if (life.state === 'cleared') return undefined;
  const expiry = epochMsOf(life.history[0]?.at ?? life.since) + LONGEST_LIFE_MS;
  const times = [expiry];
  if (life.until !== undefined && (life.state === 'snoozed' || life.state === 'muted'))
    times.push(epochMsOf(life.until));
  if (isAudible(life)) times.push(...life.planned.map(({ dueAt }) => epochMsOf(dueAt)));
  return Math.min(...times);
}

/**
 * What the time brings: a snooze or a mute ends, an escalation falls due, or a life ends that nobody has ended.
 * @param next the escalations of the route that this one goes to, planned from now on
 * @returns undefined where nothing is due
 */
export function clockStep(
  life: AlertLife,
  nowMs: number,
  next: (route: string, alert: Alert, nowMs: number) => readonly PlannedEscalation[],
): Step | undefined {
  const due = nextDueMs(life);
  if (due === undefined || due > nowMs) return undefined;
  const at = toInstant(nowMs);
  if (
    life.until !== undefined &&
    epochMsOf(life.until) <= nowMs &&
    (life.state === 'snoozed' || life.state === 'muted')
  )
    return awakened(life, nowMs);
  if (nowMs - epochMsOf(life.history[0]?.at ?? life.since) >= LONGEST_LIFE_MS) {
    const text = 'it was open for 30 days, and neither events nor people ended it';
    return { life: changed(life, { what: 'expired', at, by: CLOCK, text }, CLEARED), says: [] };
  }
  const [first] = [...life.planned]
    .filter(({ dueAt }) => epochMsOf(dueAt) <= nowMs)
    .sort((one, other) => (one.dueAt < other.dueAt ? -1 : 1));
  if (!first || !life.alert) return undefined;
  const remark = `Nobody has acknowledged it within ${first.afterMinutes} minutes.`;
  return escalatedTo(life, first, { by: CLOCK, at, remark }, next(first.to, life.alert, nowMs));
}

const CLEARED = { state: 'cleared', until: undefined, planned: [] } as const;

/** Quiet has ended, and it is still open: that is said again, and waits for an answer anew. */
function awakened(life: AlertLife, nowMs: number): Step {
  const was = life.state === 'snoozed' ? 'snooze' : 'mute';
  const repeats = life.repeats + 1;
  return {
    life: changed(
      life,
      { what: `${was}-ended`, at: toInstant(nowMs), by: CLOCK },
      { state: 'open', until: undefined, repeats, planned: replanned(life.planned, nowMs) },
    ),
    says: [
      {
        occasion: `again-${repeats}`,
        route: undefined,
        remark: `Its ${was} has ended, and it is still open.`,
      },
    ],
  };
}

export const replanned = (planned: readonly PlannedEscalation[], nowMs: number): PlannedEscalation[] =>
  planned.map((one) => ({ ...one, dueAt: toInstant(nowMs + one.afterMinutes * MINUTE_MS) }));

/** The planned escalation is carried out, and those of its route follow. */
export function escalatedTo(
  life: AlertLife,
  planned: PlannedEscalation,
  { by, at, remark }: { by: AlertActor; at: string; remark: string },
  next: readonly PlannedEscalation[],
  key?: string,
): Step {
  const level = life.level + 1;
  const others = life.planned.filter((one) => one.to !== planned.to);
  const known = new Set(others.map(({ to }) => to));
  return {
    life: changed(
      life,
      { what: 'escalated', at, by, text: `to ${planned.to}` },
      {
        state: 'escalated',
        level,
        until: undefined,
        planned: [...others, ...next.filter(({ to }) => !known.has(to))],
      },
      key,
    ),
    says: [{ occasion: `escalated-${level}`, route: planned.to, remark }],
  };
}
