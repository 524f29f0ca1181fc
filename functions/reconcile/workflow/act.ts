import { createHash } from 'node:crypto';
import type { StoredDay, WorkflowStore } from '../../../shared/azure/workflow/workflow-store.ts';
import { TransientError } from '../../../shared/errors.ts';
import type { BusinessDate, StoreId } from '../../../shared/ids.ts';
import type { LiveFacts } from '../../../shared/workflow/blockers.ts';
import type { DayCommand, ItemCommand } from '../../../shared/workflow/commands.ts';
import {
  decideDay,
  decideItem,
  type DecideContext,
  type Decision,
  type Refusal,
} from '../../../shared/workflow/decide.ts';

export interface Act {
  readonly businessDate: BusinessDate;
  readonly storeId: StoreId;
  /** Undefined where the command is about the day. */
  readonly itemId?: string | undefined;
  readonly command: ItemCommand | DayCommand;
  /** The version that the person has seen, of the exception or of the day. */
  readonly version: number;
  /** The same for every repeat of one intention. */
  readonly key: string;
}

export type ActResult =
  | { readonly kind: 'done'; readonly record: StoredDay; readonly isRepeat: boolean }
  /** No such store's day. */
  | { readonly kind: 'unknown' }
  /** Someone has changed it since: the record is as it is now. */
  | { readonly kind: 'changed'; readonly record: StoredDay }
  /** The key was used for another command. */
  | { readonly kind: 'key-reused' }
  | { readonly kind: 'refused'; readonly record: StoredDay; readonly refusal: Refusal };

export interface ActParts {
  readonly workflow: WorkflowStore;
  /** What is known at this moment and in no report; asked for commands about a day. */
  readonly live: (record: StoredDay) => Promise<LiveFacts>;
}

const MAX_RACES = 5;

/**
 * Carries out what a person wants, once: a repeat with the same key has no second effect, and of two at once the one that
 * is written first wins, and the other gets the current state.
 * @throws TransientError `lost-races`
 */
export async function act(
  { workflow, live }: ActParts,
  asked: Act,
  context: DecideContext,
): Promise<ActResult> {
  const { businessDate, storeId, itemId, version } = asked;
  const digest = digestOfAct(asked, context);
  for (let race = 0; race < MAX_RACES; race += 1) {
    const record = await workflow.load(businessDate, storeId);
    if (!record) return { kind: 'unknown' };
    const done = await workflow.done(businessDate, storeId, asked.key);
    if (done)
      return done.digest === digest ? { kind: 'done', record, isRepeat: true } : { kind: 'key-reused' };
    const current = itemId === undefined ? record.day.version : record.items.get(itemId)?.version;
    if (current !== undefined && current !== version) return { kind: 'changed', record };
    const decision = await decided(asked, record, context, live);
    if ('refusal' in decision) return { kind: 'refused', record, refusal: decision.refusal };
    const { step } = decision;
    const command = { key: asked.key, done: { digest, itemId, version: step.day.version } };
    if (!(await workflow.commit(step, record.etag, command))) continue;
    const items = new Map([...record.items, ...step.items.map((item) => [item.itemId, item] as const)]);
    return { kind: 'done', record: { day: step.day, items, etag: '' }, isRepeat: false };
  }
  throw new TransientError('lost-races', `The day ${businessDate} of store ${storeId} keeps changing`);
}

async function decided(
  { itemId, command }: Act,
  record: StoredDay,
  context: DecideContext,
  live: ActParts['live'],
): Promise<Decision> {
  if (itemId !== undefined) return decideItem(record, itemId, command as ItemCommand, context);
  return decideDay(record, command as DayCommand, context, await live(record));
}

/** One key is for one command of one person. */
function digestOfAct({ businessDate, storeId, itemId, command }: Act, { by }: DecideContext): string {
  return createHash('sha256')
    .update(JSON.stringify([businessDate, storeId, itemId ?? '', command, by.kind, by.id]))
    .digest('hex')
    .slice(0, 32);
}
