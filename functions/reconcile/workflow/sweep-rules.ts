import type { Days } from '../../../shared/azure/days/days.ts';
import { parseReport, REPORT_JSON, type Reports } from '../../../shared/azure/days/reports.ts';
import type { Logger } from '../../../shared/log.ts';
import { ageInDays } from '../../../shared/reconciliation/ageing.ts';
import { toInstant } from '../../../shared/time.ts';
import { isClosed } from '../../../shared/workflow/store-day.ts';
import { followReport, type FollowParts } from './follow-day.ts';

export interface SweepParts extends FollowParts {
  readonly days: Pick<Days, 'outcomes'>;
  readonly reports: Pick<Reports, 'etagOf' | 'file'>;
}

/** The hour (UTC) of the run that asks the rules of every date again: ages count by UTC days, so once a day is enough. */
const SWEEP_HOUR = 3;
/** More dates than anyone keeps open; the newest come first. */
const MAX_DATES = 400;

/** Whether this is the run of the day that sweeps. */
export const isSweepHour = (nowMs: number): boolean => new Date(nowMs).getUTCHours() === SWEEP_HOUR;

/**
 * Asks the rules that wait for an age (`minAgeDays`) of every date that is not closed, whether or not anything of it is new:
 * a date that nobody reconciles again would otherwise never grow old enough. What a rule has accepted it leaves as it is, so
 * the sweep may be killed anywhere, missed for a night, and run twice.
 * @returns how many dates were looked at.
 */
export async function sweepRules(parts: SweepParts, log: Logger): Promise<number> {
  const { autoAccept = [] } = await parts.policy();
  const waiting = autoAccept.filter(({ minAgeDays = 0 }) => minAgeDays > 0);
  if (waiting.length === 0) return 0;
  const today = toInstant(parts.clock()).slice(0, 10);
  const dates = (await parts.days.outcomes())
    .filter(({ businessDate, exceptions }) => {
      const age = ageInDays(businessDate, today);
      return (
        exceptions > 0 &&
        waiting.some(({ minAgeDays = 0, maxAgeDays = Infinity }) => age >= minAgeDays && age <= maxAgeDays)
      );
    })
    .map(({ businessDate }) => businessDate)
    .sort()
    .reverse()
    .slice(0, MAX_DATES);
  let looked = 0;
  for (const businessDate of dates) {
    try {
      const days = await parts.workflow.daysOf(businessDate);
      if (days.every((day) => isClosed(day) || day.counts.open === 0)) continue;
      const reportId = await parts.reports.etagOf(businessDate);
      const content =
        reportId === undefined ? undefined : await parts.reports.file(businessDate, REPORT_JSON);
      if (reportId === undefined || !content) continue;
      await followReport(parts, parseReport(content), reportId);
      looked += 1;
    } catch (thrown) {
      // A date that cannot be swept costs itself alone, and is looked at again the next night.
      log.error('The rules could not be asked of a date', { businessDate }, thrown);
    }
  }
  log.info('rules that wait for an age were asked', { dates: looked });
  return looked;
}
