import { z } from 'zod';
import { HOUR_MS, MINUTE_MS } from '../../time.ts';
import { tillRule } from './rule.ts';

/** A till that should be selling and sends nothing. The clock asks, as no event says so. */
export const silentTill = tillRule({
  kind: 'silent-till',
  label: 'Till is silent',
  subject: 'silence',
  parameters: z.strictObject({
    minutes: z
      .int()
      .min(5)
      .describe('So long a till with an open shift may send nothing while the store is open.')
      .default(120),
    events: z
      .int()
      .min(1)
      .max(100)
      .describe('A till with fewer events than this on its last day is often silent, and not watched.')
      .default(30),
  }),
  about: ({ minutes }) => ({
    means:
      'A till with an open shift sends nothing while its store is open. The clock asks every ten minutes. Tills that are hardly used are not watched.',
    todo: 'Look at network and power, and whether customers are served at it. What a till keeps while it is offline comes later.',
    raised: `a till with an open shift sent nothing for ${minutes} minutes while its store was open`,
    onceFor: 'till and silence',
    severity: '`warning`; `critical` when the whole store is silent',
  }),
  finding(view, { minutes, events }) {
    const { nowMs, lastAtMs, openSinceMs, eventsThatDay } = view;
    if (openSinceMs === undefined || eventsThatDay < events) return undefined;
    // What was last heard of days ago was put away, or is an old day that is played again.
    if (nowMs - lastAtMs > LONGEST_MS) return undefined;
    const silentMs = nowMs - Math.max(lastAtMs, openSinceMs);
    return silentMs >= minutes * MINUTE_MS ? { value: Math.floor(silentMs / MINUTE_MS) } : undefined;
  },
  words({ value }, view) {
    const { lastAtMs, othersLastAtMs } = view;
    const isAlone = othersLastAtMs === undefined || othersLastAtMs <= lastAtMs;
    return {
      severity: isAlone ? 'critical' : 'warning',
      title: isAlone ? `Store is silent for ${value} minutes` : `Silent for ${value} minutes`,
      detail: isAlone
        ? 'No till of the store has sent anything since. Look at its network and power; what tills keep while offline comes later.'
        : 'Other tills of the store went on. Look at its network and power, and whether customers are served at it.',
      evidence: [],
    };
  },
});

const LONGEST_MS = 36 * HOUR_MS;
