import { z } from 'zod';
import { ALERT_SEVERITIES } from '../../../../shared/alerts/alert.ts';
import { HAPPENINGS, LIFE_STATES, type AlertLife } from '../../../../shared/alerts/life.ts';
import { businessDateSchema, storeIdSchema } from '../../../../shared/ids.ts';
import { etagOf } from './api-router.ts';

/** What the API answers with about alerts. */
const instant = z.iso.datetime();
const actorSchema = z.object({
  kind: z.enum(['person', 'link', 'events', 'clock', 'system']),
  id: z.string(),
  name: z.string(),
});

export const alertSchema = z.object({
  alertId: z.string(),
  businessDate: businessDateSchema,
  storeId: storeIdSchema,
  etag: z.string().meta({ description: 'Changes with each step', examples: ['"v3"'] }),
  state: z.enum(LIFE_STATES),
  since: instant,
  by: actorSchema.meta({ description: 'Who or what brought it into this state' }),
  until: instant.optional().meta({ description: 'End of a snooze or a mute' }),
  assignee: z.string().optional(),
  level: z.int().meta({ description: 'How often it was escalated' }),
  planned: z
    .array(z.object({ to: z.string(), dueAt: instant }))
    .meta({ description: 'Escalations that follow if nobody answers' }),
  kind: z.string(),
  severity: z.enum(ALERT_SEVERITIES),
  raisedAt: instant,
  title: z.string(),
  detail: z.string(),
  tillId: z.string().optional(),
  operatorId: z.string().optional(),
  productId: z.string().optional(),
});

export const alertHistorySchema = z.object({
  earlierSteps: z.int().meta({ description: 'Steps before these that are no longer kept' }),
  items: z.array(
    z.object({ what: z.enum(HAPPENINGS), at: instant, by: actorSchema, text: z.string().optional() }),
  ),
});

export function alertView(life: AlertLife): object {
  const { alertId, businessDate, storeId, state, since, by, until, assignee, level, planned, version } = life;
  const { alert } = life;
  return {
    alertId,
    businessDate,
    storeId,
    etag: etagOf(version),
    state,
    since,
    by,
    ...(until !== undefined && { until }),
    ...(assignee !== undefined && { assignee }),
    level,
    planned: planned.map(({ to, dueAt }) => ({ to, dueAt })),
    kind: alert?.kind ?? 'unknown',
    severity: alert?.severity ?? 'info',
    raisedAt: alert?.raisedAt ?? since,
    title: alert?.title ?? 'An alert that has not arrived yet, and is over',
    detail: alert?.detail ?? '',
    ...(alert?.tillId !== undefined && { tillId: alert.tillId }),
    ...(alert?.operatorId !== undefined && { operatorId: alert.operatorId }),
    ...(alert?.productId !== undefined && { productId: alert.productId }),
  };
}
