import type { BusinessDate } from '../ids.ts';
import { DAY_MS, epochMsOf, type Instant } from '../time.ts';

/** The day changes up to 14 hours ahead of UTC, and a till's clock may be some hours fast. */
const MAX_DAYS_AHEAD = 2;
/**
 * Late days are ordinary, and a chain may import years of them. A clock that has lost its battery starts in 1970, 1980
 * or 2000, and one whose GPS week has rolled over is 19.6 years behind.
 */
const MAX_DAYS_BEHIND = 19 * 365;

/**
 * Whether an event that the hub took at `enqueuedAt` can be of this business date. It depends on nothing but the event,
 * so every run and every rebuild comes to the same answer.
 */
export function isPlausibleDate(businessDate: BusinessDate | string, enqueuedAt: Instant): boolean {
  const daysAhead = (epochMsOf(`${businessDate}T00:00:00Z`) - epochMsOf(enqueuedAt)) / DAY_MS;
  return daysAhead <= MAX_DAYS_AHEAD && daysAhead >= -MAX_DAYS_BEHIND;
}
