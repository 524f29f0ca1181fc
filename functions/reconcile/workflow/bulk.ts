import { createHash } from 'node:crypto';
import type {
  BulkRecord,
  BulkTarget,
  DoneCommand,
  PlacedItem,
  SkippedTarget,
  StoredDay,
  WorkflowStore,
} from '../../../shared/azure/workflow/workflow-store.ts';
import { TransientError } from '../../../shared/errors.ts';
import type { ItemCommand } from '../../../shared/workflow/commands.ts';
import { decideItem, type DecideContext } from '../../../shared/workflow/decide.ts';
import type { ItemFilter } from '../../../shared/workflow/filter.ts';
import type { DayRecord, DayStep } from '../../../shared/workflow/store-day.ts';

export interface Bulk {
  readonly filter: ItemFilter;
  readonly command: ItemCommand;
  /** How many exceptions the person has seen that it concerns; undefined asks how many, and changes nothing. */
  readonly expected: number | undefined;
  readonly key: string;
}

export type BulkResult =
  /** What the command would concern, by currency; nothing was changed. */
  | { readonly kind: 'counted'; readonly matched: number; readonly totals: Totals }
  | { readonly kind: 'count-differs'; readonly matched: number; readonly totals: Totals }
  | { readonly kind: 'too-many'; readonly matched: number }
  | { readonly kind: 'key-reused' }
  | {
      readonly kind: 'done';
      readonly matched: number;
      readonly changed: number;
      readonly skipped: readonly SkippedTarget[];
    };
/** The amounts without their signs, in minor units by currency, as digits. */
type Totals = Readonly<Record<string, string>>;

/** As many as a person can answer for in one go, and as a row of a table holds. */
export const MAX_BULK = 500;
/** Each takes a row for its state and one for its history, of the 100 of a transaction. */
const CHUNK = 40;
const MAX_RACES = 10;

export interface BulkParts {
  readonly workflow: WorkflowStore;
  readonly find: (filter: ItemFilter) => Promise<PlacedItem[]>;
}

/**
 * One command for every exception that a filter finds. The list is frozen under the key before anything is changed, so a
 * repeat goes on with the same exceptions after a kill, whatever the filter would find by then. An exception that somebody
 * else has changed since is left, and named.
 */
export async function bulk(parts: BulkParts, asked: Bulk, context: DecideContext): Promise<BulkResult> {
  const { workflow, find } = parts;
  const digest = digestOf([asked.filter, asked.command, context.by.kind, context.by.id]);
  let record = asked.expected === undefined ? undefined : await workflow.bulk(asked.key);
  if (!record) {
    const found = await find(asked.filter);
    const totals = totalsOf(found);
    if (found.length > MAX_BULK) return { kind: 'too-many', matched: found.length };
    if (asked.expected === undefined) return { kind: 'counted', matched: found.length, totals };
    if (asked.expected !== found.length) return { kind: 'count-differs', matched: found.length, totals };
    record = { digest, by: context.by.id, at: context.at, targets: found.map(targetOf) };
    // Two repeats at once: the list that was written first counts.
    if (!(await workflow.addBulk(asked.key, record))) record = (await workflow.bulk(asked.key)) ?? record;
  }
  if (record.digest !== digest) return { kind: 'key-reused' };
  return carryOut(workflow, record, asked, context);
}

async function carryOut(
  workflow: WorkflowStore,
  { targets, digest }: BulkRecord,
  { command, key }: Bulk,
  context: DecideContext,
): Promise<BulkResult> {
  let changed = 0;
  const skipped: SkippedTarget[] = [];
  for (const [index, chunk] of chunksOf(targets).entries()) {
    const done = await chunkDone(workflow, chunk, command, { key: `${key}#${index}`, digest }, context);
    changed += done.changed ?? 0;
    skipped.push(...(done.skipped ?? []));
  }
  return { kind: 'done', matched: targets.length, changed, skipped };
}

/** Exceptions of one store's day, as many as one transaction takes. */
async function chunkDone(
  workflow: WorkflowStore,
  chunk: readonly BulkTarget[],
  command: ItemCommand,
  { key, digest }: { readonly key: string; readonly digest: string },
  context: DecideContext,
): Promise<DoneCommand> {
  const [first] = chunk;
  if (!first) return { digest, version: 0 };
  const { businessDate, storeId } = first;
  for (let race = 0; race < MAX_RACES; race += 1) {
    const before = await workflow.done(businessDate, storeId, key);
    if (before) return before;
    const record = await workflow.load(businessDate, storeId);
    if (!record)
      return {
        digest,
        version: 0,
        skipped: chunk.map((target) => skip(target, 'unknown-exception', 'It is not there.')),
      };
    const { step, skipped } = stepOf(record, chunk, command, context);
    const done = { digest, version: step.day.version, changed: step.items.length, skipped };
    if (await workflow.commit(step, record.etag, { key, done })) return done;
  }
  throw new TransientError('lost-races', `The day ${businessDate} of store ${storeId} keeps changing`);
}

function stepOf(
  record: StoredDay,
  chunk: readonly BulkTarget[],
  command: ItemCommand,
  context: DecideContext,
): { step: DayStep; skipped: SkippedTarget[] } {
  const skipped: SkippedTarget[] = [];
  let current: DayRecord = record;
  let step: DayStep = { day: record.day, items: [], history: [] };
  for (const target of chunk) {
    if (record.items.get(target.itemId)?.version !== target.version) {
      skipped.push(skip(target, 'changed', 'Somebody has changed it since.'));
      continue;
    }
    const decision = decideItem(current, target.itemId, command, context);
    if ('refusal' in decision) {
      skipped.push(skip(target, decision.refusal.code, decision.refusal.text));
      continue;
    }
    const { day, items, history } = decision.step;
    current = {
      day,
      items: new Map([...current.items, ...items.map((item) => [item.itemId, item] as const)]),
    };
    step = { day, items: [...step.items, ...items], history: [...step.history, ...history] };
  }
  return { step, skipped };
}

function chunksOf(targets: readonly BulkTarget[]): BulkTarget[][] {
  const chunks: BulkTarget[][] = [];
  for (const target of targets) {
    const last = chunks.at(-1);
    const [first] = last ?? [];
    const fits = first?.businessDate === target.businessDate && first.storeId === target.storeId;
    if (last && fits && last.length < CHUNK) last.push(target);
    else chunks.push([target]);
  }
  return chunks;
}

const targetOf = ({ businessDate, storeId, item }: PlacedItem): BulkTarget => ({
  businessDate,
  storeId,
  itemId: item.itemId,
  version: item.version,
});

const skip = ({ businessDate, storeId, itemId }: BulkTarget, code: string, text: string): SkippedTarget => ({
  businessDate,
  storeId,
  itemId,
  code,
  text,
});

function totalsOf(found: readonly PlacedItem[]): Totals {
  const totals = new Map<string, bigint>();
  for (const { item } of found) {
    if (item.currency === undefined) continue;
    const amount = BigInt(item.amountMinor);
    totals.set(item.currency, (totals.get(item.currency) ?? 0n) + (amount < 0n ? -amount : amount));
  }
  return Object.fromEntries([...totals].map(([currency, sum]) => [currency, sum.toString()]));
}

const digestOf = (content: unknown): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 32);
