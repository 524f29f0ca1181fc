import { Cron } from 'croner';

const MINUTE_MS = 60_000;

/** An NCRONTAB schedule in UTC. */
export interface Schedule {
  /** The first occurrence after a time, both in milliseconds since 1970; undefined if there is none. */
  next(after: number): number | undefined;
  /** Whether occurrences are at least a minute apart, in which case Azure keeps a status. */
  monitored: boolean;
}

/** Reads a six-field NCRONTAB expression (second first). Throws if it is not one. */
export function parseSchedule(expression: string, now: number): Schedule {
  if (expression.trim().split(/\s+/).length !== 6) {
    throw new Error(
      `'${expression}' is not a six-field schedule like '0 */5 * * * *' (time spans are not supported here).`,
    );
  }
  const cron = new Cron(expression, { mode: '6-part', domAndDow: true, timezone: 'UTC', paused: true });
  const next = (after: number): number | undefined => cron.nextRun(new Date(after))?.getTime();
  const first = next(now);
  const second = first === undefined ? undefined : next(first);
  return { next, monitored: first === undefined || second === undefined || second - first >= MINUTE_MS };
}
