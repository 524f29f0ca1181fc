import type { BusinessDate } from '../ids.ts';
import { DAY_MS, epochMsOf } from '../time.ts';

/** The bands in which reviewers expect open items. */
export const AGE_BANDS = ['0-30 days', '31-60 days', '61-90 days', 'over 90 days'] as const;
export type AgeBand = (typeof AGE_BANDS)[number];

/** Whole days from a business date to a day, and never less than 0. Age counts from the business date, however late an event came. */
export function ageInDays(businessDate: BusinessDate, onDate: string): number {
  const days = (epochMsOf(`${onDate}T00:00:00Z`) - epochMsOf(`${businessDate}T00:00:00Z`)) / DAY_MS;
  return Math.max(0, Math.floor(days));
}

export function ageBandOf(days: number): AgeBand {
  if (days <= 30) return '0-30 days';
  if (days <= 60) return '31-60 days';
  return days <= 90 ? '61-90 days' : 'over 90 days';
}
