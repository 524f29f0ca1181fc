import { businessDate, eventId, tillId } from '../../shared/ids.ts';
import { sequenceGap } from '../../shared/tills/rules/sequence-gap.ts';
import { sequenceUnclear } from '../../shared/tills/rules/sequence-unclear.ts';
import { MAX_RANGES, newRun, noteNumber, type SequenceRun } from '../../shared/tills/sequence-run.ts';
import { atHour } from '../support/stream-events.ts';

const evidence = { eventId: eventId('tillstream:e1'), occurredAt: '2026-03-02T09:00:00.000Z' };
const of = { tillId: tillId('T1'), scope: 'day', businessDate: businessDate('2026-03-02') };

function runOf(numbers: readonly number[]): SequenceRun {
  const run = newRun(of, atHour(0));
  for (const number of numbers) noteNumber(run, number, atHour(0));
  return run;
}

/** What is found when the till closes its shift, after `said` missing numbers were told. */
function foundOf(numbers: readonly number[], allowed: number, said = 0) {
  const view = {
    run: runOf(numbers),
    closedAtMs: atHour(9),
    evidence,
    duplicates: 0,
    said: () => (said === 0 ? undefined : { value: said, revision: 1 }),
  };
  const limits = { ...sequenceGap.parameters.parse({}), allowed };
  return sequenceGap.finding(view, limits, { peers: () => [] } as never)?.value;
}

test('as many missing numbers as are allowed are not told, one more is', () => {
  expect(foundOf([1, 4], 2)).toBeUndefined();
  expect(foundOf([1, 5], 2)).toBe(3);
});

test('a known gap is told again from twice as many on', () => {
  expect(foundOf([1, 5], 0, 2)).toBeUndefined();
  expect(foundOf([1, 6], 0, 2)).toBe(4);
});

test('a gap that was told and is allowed by now is settled, to the number', () => {
  expect(foundOf([1, 4], 2, 3)).toBe(0);
  expect(foundOf([1, 5], 2, 3)).toBeUndefined();
});

test('a number at either end of what came is known, and one beside it is new', () => {
  const run = runOf([5, 6, 7]);
  expect([5, 7, 4, 8].map((number) => noteNumber(run, number, atHour(1)))).toEqual([
    false,
    false,
    true,
    true,
  ]);
  expect(run.ranges.map(([from, to]) => [from, to])).toEqual([[4, 8]]);
});

test('numbers run as long as there are no more ranges than are kept, and that they do not is told once', () => {
  const numbers = Array.from({ length: MAX_RANGES }, (_, at) => 2 * at);
  const run = runOf(numbers);
  const ask = (said?: { value: number; revision: number }) =>
    sequenceUnclear.finding({ run, closedAtMs: undefined, evidence, duplicates: 0, said: () => said }, {}, {
      peers: () => [],
    } as never);
  expect([run.isNoRun, run.ranges.length, ask()]).toEqual([false, MAX_RANGES, undefined]);
  noteNumber(run, 2 * MAX_RANGES, atHour(1));
  expect([run.isNoRun, run.ranges.length]).toEqual([true, 0]);
  expect(ask()).toEqual({ value: 1 });
  expect(ask({ value: 1, revision: 1 })).toBeUndefined();
});
