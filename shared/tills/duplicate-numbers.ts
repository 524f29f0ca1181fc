import { fnv1a } from '../fnv1a.ts';
import type { PosEvent } from '../pos/event.ts';
import { eventTimeMs } from '../pos/event-time.ts';
import { transactionKey } from '../pos/transaction-versions.ts';
import { factsIn } from './effect-facts.ts';
import { scopeOf, type SequenceRun } from './sequence-run.ts';
import { shiftAt, type TillBook, type TillEffect } from './till-book.ts';

/**
 * Two events of a till under one running number. The number is among the facts of each transaction and opened drawer, with a
 * hash of what it counts within. Shifts have no effect, so theirs lie in the run.
 */
const NUMBER = 'n';
const SCOPE = 'c';

/** Adds to the facts of an event. */
export function noteOwnNumber(facts: Record<string, number>, event: PosEvent): void {
  if (event.sequenceNumber === undefined) return;
  facts[NUMBER] = event.sequenceNumber;
  facts[SCOPE] = fnv1a(scopeOf(event));
}

/** Whether a number that was used before was another event's, and not that of an earlier version or a repeat. */
export function isUsedByAnother(book: TillBook, run: SequenceRun, event: PosEvent): boolean {
  const { sequenceNumber, tillId } = event;
  const own = event.kind === 'transaction' ? transactionKey(event) : event.eventId;
  const scope = fnv1a(scopeOf(event));
  const atMs = eventTimeMs(event);
  const isNumber = (effect: TillEffect): boolean => {
    const facts = factsIn(effect);
    return facts[NUMBER] === sequenceNumber && facts[SCOPE] === scope;
  };
  // A later version of a transaction has its number; this spares the search that is for the odd case.
  if (book.effects.ofKey(own).some(({ effect }) => isNumber(effect))) return false;
  const ofShift = run.said[`${SHIFT}${sequenceNumber}`];
  if (ofShift && ofShift.value !== atMs) return true;
  // A till that repeats itself after a restart gives another id to the same moment.
  for (const { key, effect, atMs: otherMs } of book.effects.entries()) {
    if (key === own || otherMs === atMs || !isNumber(effect)) continue;
    if (shiftAt(book, effect.shift)?.tillId === tillId) return true;
  }
  return false;
}

const SHIFT = 'number-of-shift-';

/** Keeps the number of a shift's opening or closing, with its time. */
export function noteShiftNumber(run: SequenceRun, event: PosEvent): void {
  if (event.kind !== 'shift' || event.sequenceNumber === undefined) return;
  run.said[`${SHIFT}${event.sequenceNumber}`] = { value: eventTimeMs(event), revision: 1 };
}

const SEEN = 'duplicate-numbers';

/** Counts one more in what the run keeps. @returns how many there are */
export function countDuplicate(run: SequenceRun): number {
  const value = (run.said[SEEN]?.value ?? 0) + 1;
  run.said[SEEN] = { value, revision: value };
  return value;
}
