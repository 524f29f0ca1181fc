import { z } from 'zod';
import { storedText } from '../ids.ts';
import { DAY_MS, epochMsOf, MINUTE_MS, toInstant } from '../time.ts';
import type { Alert } from './alert.ts';
import { changed, isAudible, type AlertActor, type AlertLife, type PlannedEscalation } from './life.ts';
import { escalatedTo, replanned, type Step } from './life-steps.ts';

/** What people do to an alert: by page, link, API or command line, all by these commands. */

const MAX_SNOOZE_MINUTES = 7 * 24 * 60;
const MAX_MUTE_DAYS = 366;
const reason = storedText(500).optional().describe('Why, for whoever reads the history.');
const alertCommands = [
  z.strictObject({
    action: z.literal('acknowledge').describe('Somebody takes care of it; nothing more is sent.'),
    reason,
  }),
  z.strictObject({
    action: z.literal('snooze').describe('Quiet for a while; if it is still open then, it is said again.'),
    minutes: z.int().min(1).max(MAX_SNOOZE_MINUTES).describe('For how long.'),
    reason,
  }),
  z.strictObject({
    action: z
      .literal('mute')
      .describe(
        'Quiet, and so is whatever is raised of the same kind about the same till, operator or product.',
      ),
    days: z.int().min(1).max(MAX_MUTE_DAYS).describe('For how long.'),
    reason,
  }),
  z.strictObject({
    action: z.literal('assign').describe('Somebody is to take care of it.'),
    to: storedText(200).describe('Who; empty for nobody.'),
    reason,
  }),
  z.strictObject({
    action: z.literal('escalate').describe('To the next route that alert-routes.json names, now.'),
    reason,
  }),
  z.strictObject({ action: z.literal('clear').describe('It is over.'), reason }),
  z.strictObject({ action: z.literal('reopen').describe('It is open again.'), reason }),
] as const;
export const alertCommandSchema = z.discriminatedUnion('action', alertCommands);
export type AlertCommand = z.infer<typeof alertCommandSchema>;

export const COMMAND_REFUSALS = [
  'already-over',
  'already-so',
  'nobody-to-escalate-to',
  'not-answered',
  'over-by-events',
] as const;
export interface CommandRefusal {
  readonly code: (typeof COMMAND_REFUSALS)[number];
  readonly text: string;
}

export interface CommandContext {
  readonly by: AlertActor;
  readonly nowMs: number;
  /** The same for every repeat of one intention. */
  readonly key: string;
  readonly next: (route: string, alert: Alert, nowMs: number) => readonly PlannedEscalation[];
}

export type Decided =
  | (Step & { readonly mute?: { readonly until: string } | 'ends' })
  | { readonly refusal: CommandRefusal }
  /** The same command was carried out before. */
  | { readonly isRepeat: true };

/** Decides a command on what is known now; whoever stores the step makes sure that nothing came between. */
export function decideCommand(life: AlertLife, command: AlertCommand, context: CommandContext): Decided {
  if (life.keys.includes(context.key)) return { isRepeat: true };
  if (command.action === 'reopen') return reopen(life, command, context);
  if (command.action === 'assign') return assign(life, command, context);
  // A late click must not bring back what is over (grafana/oncall#3161).
  if (life.state === 'cleared')
    return refused(
      'already-over',
      `It is over since ${life.since}, by ${life.by.name}: there is nothing left to do.`,
    );
  switch (command.action) {
    case 'acknowledge':
      return acknowledge(life, command, context);
    case 'snooze':
      return snooze(life, command, context);
    case 'mute':
      return mute(life, command, context);
    case 'escalate':
      return escalate(life, command, context);
    default: {
      const happening = { what: 'cleared', ...stamp(context, command.reason) } as const;
      const change = { state: 'cleared', until: undefined, planned: [] } as const;
      return { life: changed(life, happening, change, context.key), says: [], ...endOfMute(life) };
    }
  }
}

const refused = (code: CommandRefusal['code'], text: string): { refusal: CommandRefusal } => ({
  refusal: { code, text },
});

function stamp({ by, nowMs }: CommandContext, ...texts: (string | undefined)[]) {
  const text = texts.filter((one) => one !== undefined && one !== '').join('; ');
  return { at: toInstant(nowMs), by, ...(text === '' ? {} : { text }) };
}

/** Who leaves a mute leaves it for what comes, too. */
const endOfMute = ({ state }: AlertLife): { mute?: 'ends' } => (state === 'muted' ? { mute: 'ends' } : {});

function acknowledge(life: AlertLife, command: AlertCommand, context: CommandContext): Decided {
  if (life.state === 'acknowledged')
    return refused('already-so', `${life.by.name} has acknowledged it at ${life.since}.`);
  const happening = { what: 'acknowledged', ...stamp(context, command.reason) } as const;
  return {
    life: changed(life, happening, { state: 'acknowledged', until: undefined }, context.key),
    says: [],
    ...endOfMute(life),
  };
}

function snooze(
  life: AlertLife,
  { minutes, reason: why }: Extract<AlertCommand, { action: 'snooze' }>,
  context: CommandContext,
): Decided {
  const until = toInstant(context.nowMs + minutes * MINUTE_MS);
  const happening = { what: 'snoozed', ...stamp(context, `until ${until}`, why) } as const;
  return {
    life: changed(life, happening, { state: 'snoozed', until }, context.key),
    says: [],
    ...endOfMute(life),
  };
}

function mute(
  life: AlertLife,
  { days, reason: why }: Extract<AlertCommand, { action: 'mute' }>,
  context: CommandContext,
): Decided {
  const until = toInstant(context.nowMs + days * DAY_MS);
  const happening = { what: 'muted', ...stamp(context, `until ${until}`, why) } as const;
  return {
    life: changed(life, happening, { state: 'muted', until }, context.key),
    says: [],
    mute: { until },
  };
}

function assign(
  life: AlertLife,
  { to, reason: why }: Extract<AlertCommand, { action: 'assign' }>,
  context: CommandContext,
): Decided {
  const assignee = to.trim() === '' ? undefined : to.trim();
  if (assignee === life.assignee)
    return refused(
      'already-so',
      assignee === undefined ? 'It is assigned to nobody.' : `It is assigned to ${assignee}.`,
    );
  const happening = { what: 'assigned', ...stamp(context, assignee ?? 'to nobody', why) } as const;
  return { life: changed(life, happening, { assignee }, context.key), says: [] };
}

function escalate(life: AlertLife, command: AlertCommand, context: CommandContext): Decided {
  const [first] = [...life.planned].sort((one, other) => epochMsOf(one.dueAt) - epochMsOf(other.dueAt));
  if (!first || !life.alert)
    return refused(
      'nobody-to-escalate-to',
      'No route that takes this alert names one to escalate to, or all have it: see escalation in alert-routes.json.',
    );
  const { by, nowMs, key } = context;
  const remark = `${by.name} has escalated it${command.reason === undefined ? '' : `: ${command.reason}`}.`;
  const step = escalatedTo(
    life,
    first,
    { by, at: toInstant(nowMs), remark: remark.slice(0, 300).toWellFormed() },
    context.next(first.to, life.alert, nowMs),
    key,
  );
  return { ...step, ...endOfMute(life) };
}

function reopen(life: AlertLife, command: AlertCommand, context: CommandContext): Decided {
  if (isAudible(life)) return refused('not-answered', 'It is open.');
  if (life.state === 'cleared' && (life.by.kind === 'events' || life.by.kind === 'clock' || !life.alert))
    return refused(
      'over-by-events',
      'The events say that it is over. If it comes again, there is a new alert.',
    );
  const happening = { what: 'reopened', ...stamp(context, command.reason) } as const;
  const planned = replanned(life.planned, context.nowMs);
  return {
    life: changed(life, happening, { state: 'open', until: undefined, planned }, context.key),
    says: [],
    ...endOfMute(life),
  };
}
