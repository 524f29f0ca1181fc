import { z } from 'zod';
import { businessDateSchema, cutText, storeIdSchema, type BusinessDate, type StoreId } from '../ids.ts';
import { alertIdSchema, alertSchema, type Alert } from './alert.ts';

/**
 * What became of an alert: who answered it, and what the clock did. It begins when the alert is first handled, or when
 * another alert says that this one is over, whichever comes first; what is over stays over.
 *
 * | State | Means | Arrives anywhere? |
 * |---|---|---|
 * | `open` | nobody has answered | yes |
 * | `escalated` | nobody has answered in time, or somebody has asked for more | yes |
 * | `acknowledged` | somebody takes care of it | no |
 * | `snoozed` | quiet until `until`, then open again | no |
 * | `muted` | quiet until `until`, and so is whatever is raised of the same kind about the same place | no |
 * | `cleared` | over: the events say so, or a person | no |
 */
export const LIFE_FORMAT = 1;
export const LIFE_STATES = ['open', 'escalated', 'acknowledged', 'snoozed', 'muted', 'cleared'] as const;
export type LifeState = (typeof LIFE_STATES)[number];

const instant = z.string().max(30);
const actorSchema = z.object({
  kind: z.enum(['person', 'link', 'events', 'clock', 'system']),
  /** Object id of the directory, or the route whose link it was. */
  id: z.string().max(200),
  name: z.string().max(200),
});
export type AlertActor = z.infer<typeof actorSchema>;

/** What was done. `by` and `at` say by whom and when. */
export const HAPPENINGS = [
  'raised',
  'acknowledged',
  'snoozed',
  'snooze-ended',
  'muted',
  'mute-ended',
  'assigned',
  'escalated',
  'reopened',
  'cleared',
  'expired',
] as const;
const happeningSchema = z.object({
  what: z.enum(HAPPENINGS),
  at: instant,
  by: actorSchema,
  /** Assignee, end of a snooze, route of an escalation, alert that ended it, reason. */
  text: z.string().max(600).optional(),
});
export type AlertHappening = z.infer<typeof happeningSchema>;

const plannedSchema = z.object({
  to: z.string().max(60),
  afterMinutes: z.number(),
  dueAt: instant,
});
/** An escalation that follows if nobody answers. */
export type PlannedEscalation = z.infer<typeof plannedSchema>;

export const lifeSchema = z.looseObject({
  format: z.int().min(1),
  alertId: alertIdSchema,
  storeId: storeIdSchema,
  businessDate: businessDateSchema,
  /** Undefined while it is only known that the alert is over. */
  alert: alertSchema.optional(),
  state: z.enum(LIFE_STATES),
  /** Rises with each change. */
  version: z.int().min(0),
  since: instant,
  by: actorSchema,
  assignee: z.string().max(200).optional(),
  /** End of a snooze or a mute. */
  until: instant.optional(),
  /** How often it was escalated, and how often it was said again. */
  level: z.int().min(0),
  repeats: z.int().min(0),
  planned: z.array(plannedSchema).max(60),
  history: z.array(happeningSchema),
  /** Steps that are no longer in `history`, which keeps the newest. */
  earlierSteps: z.int().min(0),
  /** Keys of the newest commands, so that a repeat of one has no second effect. */
  keys: z.array(z.string().max(200)),
});

/** Without the index signatures of loose objects. */
export interface AlertLife {
  readonly format: number;
  readonly alertId: string;
  readonly storeId: StoreId;
  readonly businessDate: BusinessDate;
  readonly alert?: Alert | undefined;
  readonly state: LifeState;
  readonly version: number;
  readonly since: string;
  readonly by: AlertActor;
  readonly assignee?: string | undefined;
  readonly until?: string | undefined;
  readonly level: number;
  readonly repeats: number;
  readonly planned: readonly PlannedEscalation[];
  readonly history: readonly AlertHappening[];
  readonly earlierSteps: number;
  readonly keys: readonly string[];
}

export const EVENTS: AlertActor = { kind: 'events', id: 'events', name: 'the events' };
export const CLOCK: AlertActor = { kind: 'clock', id: 'clock', name: 'the clock' };

/** Whether it may arrive at routes. */
export const isAudible = ({ state }: Pick<AlertLife, 'state'>): boolean =>
  state === 'open' || state === 'escalated';

const MAX_HISTORY = 200;
const MAX_KEYS = 30;

/** One change of a life: each has its line in the history. */
export function changed(
  life: AlertLife,
  happening: AlertHappening,
  change: Partial<AlertLife>,
  key?: string,
): AlertLife {
  const history = [
    ...life.history,
    { ...happening, ...(happening.text === undefined ? {} : { text: cutText(happening.text, 600) }) },
  ];
  const dropped = Math.max(0, history.length - MAX_HISTORY);
  return {
    ...life,
    ...change,
    ...(change.state === undefined ? {} : { since: happening.at, by: happening.by }),
    version: life.version + 1,
    history: history.slice(dropped),
    earlierSteps: life.earlierSteps + dropped,
    keys: key === undefined ? life.keys : [...life.keys, key].slice(-MAX_KEYS),
  };
}

/**
 * What a mute is about: alerts of the same kind in the same place. Two findings about the same shelf or drawer have the
 * same subject, whatever their ids.
 */
export const subjectOf = ({ kind, storeId, tillId, operatorId, productId }: Alert): string =>
  JSON.stringify([kind, storeId, tillId ?? '', operatorId ?? '', productId ?? '']);
