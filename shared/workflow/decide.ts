import { withoutCardNumbers } from '../privacy/card-data.ts';
import { scrubFreeText } from '../privacy/scrub.ts';
import type { Instant } from '../time.ts';
import { isSamePerson, type Actor } from './actor.ts';
import { blockersOf, type Blocker, type LiveFacts } from './blockers.ts';
import type { DayCommand, ItemCommand } from './commands.ts';
import { differenceOf, type HistoryEntry } from './history.ts';
import type { Item } from './item.ts';
import type { ClosePolicy } from './policy.ts';
import { StepWriter } from './step-writer.ts';
import { isClosed, type DayRecord, type DayStep, type Signature } from './store-day.ts';

export interface DecideContext {
  readonly at: Instant;
  readonly by: Actor;
  /** Whether the person may sign off, and reopen what is signed off. */
  readonly mayApprove: boolean;
  readonly policy: ClosePolicy;
}

export const REFUSALS = [
  'unknown-exception',
  'unknown-reason',
  'text-missing',
  'nothing-to-do',
  'exception-cleared',
  'day-closed',
  'not-prepared',
  'not-closed',
  'blocked',
  'same-person',
  'approval-needed',
  'person-needed',
] as const;

/** Why a command has no effect, in words for whoever gave it. */
export interface Refusal {
  readonly code: (typeof REFUSALS)[number];
  readonly text: string;
  readonly blockers?: readonly Blocker[];
}

export type Decision = { readonly step: DayStep } | { readonly refusal: Refusal };

const refuse = (code: Refusal['code'], text: string, blockers?: readonly Blocker[]): Decision => ({
  refusal: { code, text, ...(blockers && { blockers }) },
});

/** What is typed by people goes through here alone. */
const cleaned = (text: string | undefined): string => scrubFreeText(text ?? '').trim();
/** A colleague is named by an address at times, so only card numbers go. */
const cleanedName = (name: string): string =>
  withoutCardNumbers(name, (digits) => `[card ${digits.slice(-4)}]`).trim();

/** A command about one exception. Pure: nothing is done before the step is written. */
export function decideItem(
  record: DayRecord,
  itemId: string,
  command: ItemCommand,
  context: DecideContext,
): Decision {
  const item = record.items.get(itemId);
  if (!item) return refuse('unknown-exception', 'There is no such exception on this day.');
  const changed = changedItem(record, item, command, context);
  if ('code' in changed) return { refusal: changed };
  const { now, what, text } = changed;
  const write = new StepWriter(record);
  const entry = { at: context.at, by: context.by, what, ...(text !== '' && { text }) };
  write.put(now, item.version, [
    { ...entry, ...differenceOf<Item>(item, now, ['status', 'assignee', 'reason']) },
  ]);
  write.cut();
  return onlyStep(write);
}

interface ChangedItem {
  readonly now: Item;
  readonly what: HistoryEntry['what'];
  readonly text: string;
}

function changedItem(
  { day }: DayRecord,
  item: Item,
  command: ItemCommand,
  { by, at, policy }: DecideContext,
): ChangedItem | Refusal {
  const text = 'text' in command ? cleaned(command.text) : '';
  if (command.action === 'assign') {
    const { assignee: _before, ...others } = item;
    const name = command.assignee === null ? '' : cleanedName(command.assignee);
    if ((item.assignee ?? '') === name)
      return { code: 'nothing-to-do', text: 'It is assigned like that already.' };
    return { now: { ...others, ...(name !== '' && { assignee: name }) }, what: 'assigned', text };
  }
  if (command.action === 'comment') {
    if (text === '') return { code: 'text-missing', text: 'A comment needs a text.' };
    return { now: { ...item, comments: item.comments + 1 }, what: 'commented', text };
  }
  if (isClosed(day))
    return {
      code: 'day-closed',
      text: `The day is ${day.phase === 'prepared' ? 'prepared' : 'signed off'}. Reopen it first; comments and assignments are possible.`,
    };
  if (item.status === 'cleared')
    return { code: 'exception-cleared', text: 'The last run did not find it any more.' };
  if (command.action === 'take-back') {
    if (item.status === 'open') return { code: 'nothing-to-do', text: 'It is open already.' };
    if (text === '') return { code: 'text-missing', text: 'Say why it is open again.' };
    const { reason, ...others } = item;
    const isForPerson = item.isForPerson || reason?.by.kind === 'rule';
    return { now: { ...others, status: 'open', isForPerson }, what: 'taken-back', text };
  }
  if (!policy.reasonCodes.some(({ code }) => code === command.reasonCode))
    return {
      code: 'unknown-reason',
      text: `"${cleaned(command.reasonCode)}" is no reason code. There are: ${policy.reasonCodes.map(({ code }) => code).join(', ')}.`,
    };
  const status = command.action === 'explain' ? 'explained' : 'accepted';
  const reason = { code: command.reasonCode, text, by, at };
  if (item.status === status && item.reason?.code === reason.code && item.reason.text === text)
    return { code: 'nothing-to-do', text: `It is ${status} like that already.` };
  if (status === 'accepted' && by.kind !== 'person')
    return { code: 'person-needed', text: 'An application may not accept a difference.' };
  return { now: { ...item, status, reason }, what: status, text };
}

/** A command about the day as a whole. */
export function decideDay(
  record: DayRecord,
  command: DayCommand,
  context: DecideContext,
  live: LiveFacts,
): Decision {
  const text = cleaned(command.text);
  if (command.action === 'comment') {
    if (text === '') return refuse('text-missing', 'A comment needs a text.');
    return noted(record, context, 'commented', {}, text);
  }
  if (context.by.kind !== 'person')
    return refuse('person-needed', 'Only a person prepares, signs off or reopens a day.');
  if (command.action === 'prepare') return prepare(record, context, live, text);
  if (command.action === 'sign-off') return signOff(record, context, live, text);
  return reopen(record, context, text);
}

function prepare(record: DayRecord, context: DecideContext, live: LiveFacts, text: string): Decision {
  const { day } = record;
  if (isClosed(day))
    return refuse(
      'day-closed',
      `The day is ${day.phase === 'prepared' ? 'prepared' : 'signed off'} already.`,
    );
  const blockers = blockersOf(record, context.policy, live);
  if (blockers.length > 0) return refuse('blocked', 'The day cannot be prepared yet.', blockers);
  const prepared = signatureOf(day.version, context, text);
  return noted(record, context, 'prepared', { phase: 'prepared', prepared, withdrawal: undefined }, text);
}

function signOff(record: DayRecord, context: DecideContext, live: LiveFacts, text: string): Decision {
  const { day } = record;
  const { phase, prepared } = day;
  if (!context.mayApprove) return refuse('approval-needed', 'Signing off needs the role Finance.Approve.');
  if (phase === 'signed-off') return refuse('day-closed', 'The day is signed off already.');
  if (phase !== 'prepared' || !prepared) return refuse('not-prepared', 'The day is not prepared.');
  if (isSamePerson(prepared.by, context.by))
    return refuse('same-person', 'Who has prepared a day cannot sign it off. Ask a colleague.');
  const blockers = blockersOf(record, context.policy, live);
  if (blockers.length > 0) return refuse('blocked', 'The day cannot be signed off any more.', blockers);
  const signedOff = signatureOf(day.version, context, text);
  return noted(record, context, 'signed-off', { phase: 'signed-off', signedOff }, text);
}

function reopen(record: DayRecord, context: DecideContext, text: string): Decision {
  const { day } = record;
  const was = day.phase;
  if (was !== 'prepared' && was !== 'signed-off')
    return refuse('not-closed', 'The day is neither prepared nor signed off.');
  if (was === 'signed-off' && !context.mayApprove)
    return refuse('approval-needed', 'Reopening a signed-off day needs the role Finance.Approve.');
  if (text === '') return refuse('text-missing', 'Say why the day is reopened.');
  const withdrawal = { at: context.at, by: context.by, was, reason: text };
  const changes = { phase: 'reopened', prepared: undefined, signedOff: undefined, withdrawal } as const;
  return noted(record, context, 'reopened-day', changes, text);
}

const signatureOf = (version: number, { by, at }: DecideContext, text: string): Signature => ({
  by,
  at,
  version,
  ...(text !== '' && { text }),
});

function noted(
  record: DayRecord,
  { at, by }: DecideContext,
  what: HistoryEntry['what'],
  changes: Partial<DayRecord['day']>,
  text: string,
): Decision {
  const { day } = record;
  const write = new StepWriter(record);
  const names = ['phase', 'prepared', 'signedOff', 'withdrawal'] as const;
  const entry = { at, by, what, ...(text !== '' && { text }) };
  write.note({ ...entry, ...differenceOf(day, { ...day, ...changes }, names) });
  write.setDay(changes);
  write.cut();
  return onlyStep(write);
}

function onlyStep(write: StepWriter): Decision {
  const [step] = write.steps;
  if (!step) throw new RangeError('A command makes one step');
  return { step };
}
