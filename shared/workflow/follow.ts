import type { Instant } from '../time.ts';
import { RECONCILIATION, ruleActor } from './actor.ts';
import { ruleFor } from './auto-accept.ts';
import { changesOf } from './day-changes.ts';
import { differenceOf } from './history.ts';
import { contentOf, type Item, type ItemContent } from './item.ts';
import { pairItems, type FoundItem } from './pair-items.ts';
import type { ClosePolicy } from './policy.ts';
import { countsOf, StepWriter } from './step-writer.ts';
import { isClosed, phaseOfReport, type DayRecord, type DayStep } from './store-day.ts';
import type { StoreReport } from './store-report.ts';

export interface FollowContext {
  readonly at: Instant;
  /** The day of the run, YYYY-MM-DD, up to which ages count. */
  readonly today: string;
  readonly policy: ClosePolicy;
}

/**
 * What a new report makes of a store's day and of its exceptions: those that it finds for the first time are opened, those
 * that say something else than before are changed and open again, those that it does not find any more are cleared, and
 * those that come back are reopened. A preparation or sign-off of what has changed is withdrawn first of all, with the old
 * and new totals. Then the retailer's rules accept what they may.
 *
 * Pure, and the same report a second time gives nothing. A run that was killed between two steps goes on where it stopped.
 * @returns steps in order, each to be written as a whole.
 */
export function follow(
  before: DayRecord | undefined,
  seen: StoreReport,
  context: FollowContext,
): readonly DayStep[] {
  const record = before ?? firstRecord(seen);
  const found = foundItems(record, seen);
  const changes = changesOf(before?.day.report, seen.report, found);
  const write = new StepWriter(record);
  const say = { at: context.at, by: RECONCILIATION };
  if (changes) noteChanges(write, before, changes, context.at);
  for (const one of found) applyFound(write, one, say);
  if (!isClosed(write.day)) acceptByRule(write, context);
  const isSame =
    before &&
    write.day.version === before.day.version &&
    write.steps.length === 0 &&
    found.length === 0 &&
    JSON.stringify(before.day.report) === JSON.stringify(seen.report);
  if (isSame) return [];
  const { counts } = countsOf(write.items.values());
  const phase = phaseOfReport(seen.report, counts.open + counts.explained + counts.accepted);
  write.setDay({
    report: seen.report,
    ...(isClosed(write.day) || write.day.phase === 'reopened' ? {} : { phase }),
  });
  write.cut();
  return write.steps;
}

function firstRecord({ businessDate, storeId, report }: StoreReport): DayRecord {
  return {
    day: {
      businessDate,
      storeId,
      version: 0,
      phase: 'exceptions',
      report: { ...report, reportId: '', cells: [], cellsDigest: '' },
      ...countsOf([]),
    },
    items: new Map(),
  };
}

function foundItems({ items }: DayRecord, { report, exceptions }: StoreReport): FoundItem[] {
  // Books that could not be read say nothing: an exception is not settled because nobody could look.
  if (report.isLeftOut) return [];
  return pairItems([...items.values()], exceptions.map(contentOf)).filter(({ item, content }) => {
    if (!item) return true;
    if (!content) return item.status !== 'cleared';
    return item.status === 'cleared' || JSON.stringify(content) !== JSON.stringify(contentIn(item));
  });
}

const contentIn = (item: Item): ItemContent => ({
  exceptionId: item.exceptionId,
  category: item.category,
  class: item.class,
  owner: item.owner,
  subject: item.subject,
  detail: item.detail,
  amountMinor: item.amountMinor,
  currency: item.currency,
  isMoney: item.isMoney,
  fingerprint: item.fingerprint,
});

function noteChanges(
  write: StepWriter,
  before: DayRecord | undefined,
  changes: NonNullable<ReturnType<typeof changesOf>>,
  at: Instant,
): void {
  const { phase } = write.day;
  const entry = { at, by: RECONCILIATION };
  if (phase !== 'prepared' && phase !== 'signed-off') {
    write.note({ ...entry, what: 'reported', before: {}, after: { changes } });
    // Half a report must not look like a whole one.
    write.setDay({ report: { ...write.day.report, reportId: '' } });
    return;
  }
  const reason = 'Newer data has changed the day';
  const { prepared, signedOff } = write.day;
  write.note({
    ...entry,
    what: 'withdrawn',
    before: { phase, prepared, ...(signedOff && { signedOff }) },
    after: { phase: 'reopened', changes },
    text: reason,
  });
  write.setDay({
    phase: 'reopened',
    prepared: undefined,
    signedOff: undefined,
    withdrawal: { at, by: RECONCILIATION, was: phase, reason, changes },
    report: { ...(before ?? { day: write.day }).day.report, reportId: '' },
  });
}

const TOLD = [
  'status',
  'category',
  'class',
  'subject',
  'amountMinor',
  'currency',
  'exceptionId',
  'reason',
] as const;

function applyFound(
  write: StepWriter,
  { item, itemId, content }: FoundItem,
  say: { readonly at: Instant; readonly by: typeof RECONCILIATION },
): void {
  if (!item) {
    if (!content) return;
    const opened: Omit<Item, 'version'> = {
      itemId,
      ...content,
      status: 'open',
      openedAt: say.at,
      reopened: 0,
      comments: 0,
      isForPerson: false,
    };
    write.put(opened, 0, [
      { ...say, what: 'opened', ...differenceOf<Item>(undefined, opened as Item, TOLD) },
    ]);
    return;
  }
  if (!content) {
    const cleared: Item = { ...item, status: 'cleared', clearedAt: say.at };
    write.put(cleared, item.version, [{ ...say, what: 'cleared', ...differenceOf(item, cleared, TOLD) }]);
    return;
  }
  const isBack = item.status === 'cleared';
  // Another wording alone changes nothing that anybody has answered.
  if (!isBack && content.fingerprint === item.fingerprint && content.exceptionId === item.exceptionId) {
    write.put({ ...item, ...content }, item.version, []);
    return;
  }
  const { clearedAt: _clearedAt, reason: _reason, ...kept } = item;
  const open: Item = { ...kept, ...content, status: 'open', reopened: item.reopened + (isBack ? 1 : 0) };
  const what = isBack ? 'reopened' : 'changed';
  write.put(open, item.version, [{ ...say, what, ...differenceOf(item, open, TOLD) }]);
}

function acceptByRule(write: StepWriter, { policy, at, today }: FollowContext): void {
  const { businessDate, storeId } = write.day;
  for (const item of [...write.items.values()].sort((one, other) => (one.itemId < other.itemId ? -1 : 1))) {
    const rule = ruleFor(item, { businessDate, storeId, today, policy, items: write.items.values() });
    if (!rule) continue;
    const by = ruleActor(rule.name);
    const accepted: Item = {
      ...item,
      status: 'accepted',
      reason: { code: rule.reasonCode, text: '', by, at },
    };
    write.put(accepted, item.version, [
      { at, by, what: 'accepted', ...differenceOf(item, accepted, ['status', 'reason']) },
    ]);
  }
}
