import { z } from 'zod';
import { MAX_EVIDENCE } from '../../alerts/alert.ts';
import { eventTimeMs } from '../../pos/event-time.ts';
import { MINUTE_MS } from '../../time.ts';
import type { DayView } from '../day-tally.ts';
import { openOn } from '../trading-hours.ts';
import { tillRule } from './rule.ts';

const AWAY = 'offHours';
const STEP = 5;
/** Further from opening hours than this no grace reaches. */
const WIDEST_GRACE_MINUTES = 240;

/**
 * Sales and opened drawers while the store is closed. They are counted by how far from opening hours they are, in steps of five
 * minutes, so the grace can be set without counting again.
 */
export const offHours = tillRule({
  kind: 'off-hours',
  label: 'Outside opening hours',
  subject: 'till-day',
  parameters: z.strictObject({
    graceMinutes: z
      .int()
      .min(0)
      .max(WIDEST_GRACE_MINUTES)
      .describe('So long before opening and after closing a till may be used, in steps of 5 minutes.')
      .default(30),
  }),
  about: ({ graceMinutes }) => ({
    means:
      'A till sold, opened its drawer or paid out while the store was closed by its `hours` in `stores.json`. A store without hours is never found.',
    todo: 'Ask who was there. If the hours are wrong, correct them.',
    raised: `a till sold or opened its drawer more than ${graceMinutes} minutes outside the store's opening hours`,
    onceFor: 'till and business date',
    severity: '`warning`',
  }),
  contribution(event, { store }) {
    if (!store || store.hours.length === 0) return undefined;
    if (event.kind === 'drawer' && event.action !== 'noSale' && event.action !== 'paidOut') return undefined;
    const atMs = eventTimeMs(event);
    let away = Number.POSITIVE_INFINITY;
    for (const { fromMs, toMs } of openOn(store, event.businessDate)) {
      if (atMs >= fromMs && atMs <= toMs) return undefined;
      away = Math.min(away, atMs < fromMs ? fromMs - atMs : atMs - toMs);
    }
    const minutes = Math.min(Math.floor(away / MINUTE_MS / STEP) * STEP, WIDEST_GRACE_MINUTES);
    const name = `${AWAY}${minutes}`;
    return { sums: { [name]: 1 }, isEvidence: true, evidenceAs: name };
  },
  finding(view, { graceMinutes }) {
    if (view.said('off-hours')) return undefined;
    let value = 0;
    for (const name of beyond(view, graceMinutes)) value += view.sums[name] ?? 0;
    return value > 0 ? { value } : undefined;
  },
  words: (_found, view, { graceMinutes }) => ({
    severity: 'warning',
    title: 'Used outside opening hours',
    detail:
      `On ${view.businessDate} the till sold or opened its drawer while the store was closed; ${graceMinutes} minutes before ` +
      'opening and after closing are allowed. Ask who was there. If the hours are wrong, correct stores.json.',
    evidence: beyond(view, graceMinutes)
      .flatMap((name) => view.evidenceOf(name))
      .slice(0, MAX_EVIDENCE),
  }),
});

/** The sums of what happened further from opening hours than allowed. */
const beyond = ({ sums }: DayView, graceMinutes: number): string[] =>
  Object.keys(sums).filter(
    (name) => name.startsWith(AWAY) && Number(name.slice(AWAY.length)) >= graceMinutes,
  );
