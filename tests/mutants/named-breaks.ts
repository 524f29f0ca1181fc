import { readFileSync } from 'node:fs';
import type { Place } from './places.ts';

/** Breaks that once survived and must never again, by the name that a review gave them. `npm run mutants -- --named` plants them. */
export interface NamedBreak {
  readonly name: string;
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly was: string;
  readonly text: string;
  /** The test files that must notice it. */
  readonly tests: readonly string[];
}

const PLAN_AND_RECONCILE = ['tests/unit/plan-and-reconcile.test.ts'];
const MATCHING = [
  'tests/unit/match-statements.test.ts',
  'tests/unit/wrong-explanations.test.ts',
  'tests/property/brute-force.test.ts',
];
const TILLS = ['tests/unit/till-fold.test.ts', 'tests/unit/rule-limits.test.ts'];
const STOCK = ['tests/unit/stockout-rules.test.ts'];

const DAY_STATE = 'functions/reconcile/matching/day-state.ts';
const PLAN = 'functions/reconcile/matching/plan.ts';
const RECONCILE = 'functions/reconcile/matching/reconcile.ts';
const PUBLISH = 'functions/reconcile/matching/publish.ts';
const EXPLAIN = 'shared/reconciliation/explain.ts';
const OTHER_DATES = 'shared/reconciliation/other-dates.ts';
const CASH = 'shared/tills/rules/cash-over-short.ts';

export const NAMED_BREAKS: readonly NamedBreak[] = [
  {
    name: 'a date is planned before it has ended',
    file: PLAN,
    was: 'if (!(await look.data(businessDate)).hasEnded) continue;',
    text: '',
    tests: PLAN_AND_RECONCILE,
  },
  {
    name: 'a report is published on stale inputs',
    file: PUBLISH,
    was: 'if (await isOvertaken(parts, run)) {',
    text: 'if ((await isOvertaken(parts, run)) && false) {',
    tests: PLAN_AND_RECONCILE,
  },
  {
    name: 'results of older data are merged',
    file: RECONCILE,
    was: 'if (found?.inputs === shardFingerprint(state, place, stores, masterData)) results.push(found.result);',
    text: 'if (found !== undefined) results.push(found.result);',
    tests: PLAN_AND_RECONCILE,
  },
  {
    name: 'neighbours are not planned again',
    file: PLAN,
    was: 'if (beside?.asksNeighbours === true && !(await isCurrent(look, beside))) stale.push(date);',
    text: '',
    tests: PLAN_AND_RECONCILE,
  },
  {
    name: 'neighbours without open items are planned again',
    file: PLAN,
    was: 'return !asksNeighbours || (await look.around(businessDate)) === around;',
    text: 'return (await look.around(businessDate)) === around;',
    tests: PLAN_AND_RECONCILE,
  },
  {
    name: 'endsEverywhereMs ends with UTC',
    file: 'functions/reconcile/matching/store-lookup.ts',
    was: '+ DAY_MS + 12 * HOUR_MS',
    text: '+ DAY_MS',
    tests: PLAN_AND_RECONCILE,
  },
  {
    name: 'an unknown store never holds its date open',
    file: DAY_STATE,
    was: '?? endsEverywhereMs(businessDate)',
    text: '?? 0',
    tests: PLAN_AND_RECONCILE,
  },
  {
    name: 'a poison message of the spill queue bears the queue as its stage',
    file: 'functions/reconcile/letters/bury.ts',
    was: "spill: 'republish'",
    text: "spill: 'spill'",
    tests: ['tests/unit/replay-dead-letter.test.ts'],
  },
  {
    name: 'cash is said again at three times the difference',
    file: CASH,
    was: 'const AGAIN_FACTOR = 2;',
    text: 'const AGAIN_FACTOR = 3;',
    tests: TILLS,
  },
  {
    name: 'cash is said again at every difference',
    file: CASH,
    was: 'const AGAIN_FACTOR = 2;',
    text: 'const AGAIN_FACTOR = 1;',
    tests: TILLS,
  },
  {
    name: 'cash is critical at six times the allowed difference',
    file: CASH,
    was: '.default(5)',
    text: '.default(6)',
    tests: TILLS,
  },
  {
    name: 'a stockout clears at once',
    file: 'shared/stock/rules/stockout-imminent.ts',
    was: '.default(1.5)',
    text: '.default(1)',
    tests: STOCK,
  },
  {
    name: 'a stockout clears late',
    file: 'shared/stock/rules/stockout-imminent.ts',
    was: '.default(1.5)',
    text: '.default(2)',
    tests: STOCK,
  },
  {
    name: 'our own expectation comes before the figure of the till in the postings',
    file: 'shared/ledger/shift-cash.ts',
    was: 'count.tillExpectedMinor ?? ownExpectationOf(count.tender, closing, shift)',
    text: 'ownExpectationOf(count.tender, closing, shift) ?? count.tillExpectedMinor',
    tests: ['tests/unit/shift-count.test.ts', 'tests/property/expected-postings.test.ts'],
  },
  {
    name: 'the figure of the till comes before our own expectation in the cash alert',
    file: CASH,
    was: 'if (!view.opening || view.isReused) return view.closing?.tillExpectedMinor;',
    text: 'if (view.closing?.tillExpectedMinor !== undefined || !view.opening || view.isReused) return view.closing?.tillExpectedMinor;\n  if (!view.opening) return undefined;',
    tests: TILLS,
  },
  {
    name: 'the first of several explanations is taken for the only one',
    file: EXPLAIN,
    was: 'if (total === 1 && only)',
    text: 'if (only)',
    tests: MATCHING,
  },
  {
    name: 'the first of several sales with one number is taken for the missing one',
    file: 'shared/reconciliation/match-references.ts',
    was: 'isOnlyOne: fitting.length === 1',
    text: 'isOnlyOne: true',
    tests: MATCHING,
  },
  {
    name: 'the first of several dates that fit is taken for the only one',
    file: OTHER_DATES,
    was: 'return others.length === 0 ? first : undefined;',
    text: 'return first;',
    tests: MATCHING,
  },
  {
    name: 'posted twice whatever the amounts here',
    file: OTHER_DATES,
    was: "return isSame(here, amounts) ? 'repeated' : undefined;",
    text: "return 'repeated';",
    tests: MATCHING,
  },
  {
    name: 'posted twice whatever the amounts there',
    file: OTHER_DATES,
    was: 'if (isSame(there, amounts)) return',
    text: 'if (there.size > 0) return',
    tests: MATCHING,
  },
  {
    name: 'moved whatever the amounts',
    file: OTHER_DATES,
    was: "verdict: isWhole ? 'moved' : 'wrong'",
    text: "verdict: 'moved'",
    tests: MATCHING,
  },
  {
    name: 'a voucher repeats a document whatever its amounts',
    file: 'shared/reconciliation/match-references.ts',
    was: 'if (!isSame(times(document.amounts, factor), group.amounts)) return undefined;',
    text: '',
    tests: MATCHING,
  },
  {
    name: 'stale shards are not enqueued again',
    file: RECONCILE,
    was: 'for (const shard of stale) await parts.enqueue({ ...planned, shard, inputs: `${base}#${round + 1}` });',
    text: 'for (const shard of stale) void shard;',
    tests: PLAN_AND_RECONCILE,
  },
  {
    name: 'stale shards are enqueued again for ever',
    file: RECONCILE,
    was: 'if (round < MAX_ROUNDS)',
    text: 'if (round < Infinity)',
    tests: PLAN_AND_RECONCILE,
  },
  {
    name: 'a mark is cleared whatever its ETag',
    file: 'shared/azure/days/table-days.ts',
    was: 'clearDirty: (businessDate, etag) => rows.remove(DIRTY, businessDate, etag)',
    text: "clearDirty: (businessDate, _etag) => rows.remove(DIRTY, businessDate, '*')",
    tests: PLAN_AND_RECONCILE,
  },
  {
    name: 'a mark is cleared with an ETag read afterwards',
    file: PLAN,
    was: 'await days.clearDirty(businessDate, etag);',
    text: 'await days.clearDirty(businessDate, (await days.dirtyDates()).find((one) => one.businessDate === businessDate)?.etag ?? etag);',
    tests: PLAN_AND_RECONCILE,
  },
];

/** @throws Error where the code has moved on, so the break no longer stands for anything */
export function placeOfNamed({ name, file, was, text }: NamedBreak): Place {
  const source = readFileSync(file, 'utf8');
  const start = source.indexOf(was);
  if (start === -1 || source.includes(was, start + 1))
    throw new Error(`The break "${name}" must fit ${file} in exactly one place: ${was}`);
  const line = source.slice(0, start).split('\n').length;
  return { file, start, end: start + was.length, text, line, was, code: was };
}
