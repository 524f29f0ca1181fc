import { groupBy } from './group-by.ts';
import { isEarlier, isSameReading, type Reading } from './reading.ts';

/**
 * Which of a store's transaction events count, where an event id or a transaction number has two contents. Nothing is
 * dropped: what does not count is named, with its reason. The rule, in the words of docs/finance.md:
 *
 * 1. One event id with two contents, of one kind of event or of two: the first received counts, the others are held
 *    until a person decides. (`resolveDay` applies it across kinds.)
 * 2. One number on two tills that both completed a sale: two sales, both count. A void counts against its own till's sale.
 * 3. One number twice on one till, equal in version: at two times two sales, both count; at one time the first
 *    received counts, the other is held.
 * 4. Otherwise the highest version counts, and of equal versions the later status.
 * 5. What is held counts as soon as a person has decided so (`decision` of the event).
 */
export interface Resolved {
  readonly counted: readonly Reading[];
  /** Earlier versions, and repeats under another event id. */
  readonly superseded: readonly Reading[];
  /** Second readings that wait for a decision. */
  readonly held: readonly Reading[];
  readonly conflicts: readonly IdentityConflict[];
}

export interface IdentityConflict {
  /** `event`: one event id; `transaction`: one transaction number. */
  readonly of: 'event' | 'transaction';
  readonly id: string;
  readonly readings: readonly ConflictReading[];
}

interface ConflictReading {
  readonly reading: Reading;
  /** Whether it counts in the totals until a person decides. */
  readonly counts: boolean;
}

interface Outcome {
  counted: Reading[];
  superseded: Reading[];
  held: Reading[];
  conflicts: IdentityConflict[];
}

/** @param byEventId every distinct reading of each event id. */
export function resolveIdentity(byEventId: Iterable<readonly Reading[]>): Resolved {
  const outcome: Outcome = { counted: [], superseded: [], held: [], conflicts: [] };
  const byKey = new Map<string, Reading[]>();
  for (const readings of byEventId) {
    const [first, ...others] = [...readings].sort((left, right) => (isEarlier(left, right) ? -1 : 1));
    if (!first) continue;
    const ofKey = byKey.get(first.key);
    if (ofKey) ofKey.push(first);
    else byKey.set(first.key, [first]);
    if (others.length === 0) continue;
    outcome.held.push(...others);
    outcome.conflicts.push({
      of: 'event',
      id: first.eventId,
      readings: [first, ...others].map((reading) => ({ reading, counts: reading === first })),
    });
  }
  for (const readings of byKey.values()) {
    if (readings.length === 1) outcome.counted.push(...readings);
    else resolveNumber(readings, outcome);
  }
  return withDecisions(outcome);
}

function withDecisions(outcome: Outcome): Outcome {
  const decided = outcome.held.filter((reading) => reading.decided);
  if (decided.length === 0) return outcome;
  return {
    counted: [...outcome.counted, ...decided],
    superseded: outcome.superseded,
    held: outcome.held.filter((reading) => !reading.decided),
    conflicts: outcome.conflicts.flatMap((conflict) => {
      const readings = conflict.readings.map((one) => (one.reading.decided ? { ...one, counts: true } : one));
      const wasOpen = conflict.readings.some(({ counts }) => !counts);
      // Once everything counts, finance is informed of the decision itself.
      return wasOpen && readings.every(({ counts }) => counts) ? [] : [{ ...conflict, readings }];
    }),
  };
}

const MADE_A_SALE: ReadonlySet<Reading['status']> = new Set(['completed', 'resumed']);

/** One transaction number of one source. */
function resolveNumber(readings: readonly Reading[], outcome: Outcome): void {
  const owners = new Set(
    readings.filter((reading) => MADE_A_SALE.has(reading.status)).map((reading) => reading.tillId),
  );
  if (owners.size <= 1) {
    resolveTill(readings, outcome);
    return;
  }
  const counted: Reading[] = [];
  for (const [tillId, ofTill] of groupBy(readings, (reading) => reading.tillId)) {
    if (!owners.has(tillId)) continue;
    const before = outcome.counted.length;
    resolveTill(ofTill, outcome);
    counted.push(...outcome.counted.slice(before));
  }
  // A void from a third till has no sale of its own, and nothing says which of the two it takes back.
  const stray = readings.filter((reading) => !owners.has(reading.tillId));
  outcome.held.push(...stray);
  report(outcome, counted, stray);
}

function resolveTill(readings: readonly Reading[], outcome: Outcome): void {
  const byRank = [...groupBy(withoutRepeats(readings, outcome), (reading) => reading.rank)]
    .sort(([left], [right]) => right - left)
    .map(([, ofRank]) => ofRank);
  const [top = [], next = [], ...older] = byRank;
  outcome.superseded.push(...older.flat());
  const [only] = top;
  if (top.length > 1 || next.length <= 1 || !only) {
    outcome.superseded.push(...next);
    resolveEqual(top, outcome);
    return;
  }
  // One version over several sales of this number: it replaces the one that it agrees with.
  const replaced = next.filter((reading) => reading.grossMinor === only.grossMinor);
  if (replaced.length !== 1) {
    outcome.held.push(only);
    report(outcome, next, [only]);
    resolveEqual(next, outcome);
    return;
  }
  outcome.superseded.push(...replaced);
  const others = next.filter((reading) => reading !== replaced[0]);
  outcome.counted.push(only, ...others);
  report(outcome, [only, ...others], []);
}

/** A source may repeat itself under another event id. */
function withoutRepeats(readings: readonly Reading[], outcome: Outcome): Reading[] {
  const distinct: Reading[] = [];
  for (const reading of [...readings].sort(byArrival)) {
    if (distinct.some((other) => isSameReading(other, reading))) outcome.superseded.push(reading);
    else distinct.push(reading);
  }
  return distinct;
}

/** Readings of one number that no version tells apart. */
function resolveEqual(readings: readonly Reading[], outcome: Outcome): void {
  const counted: Reading[] = [];
  const held: Reading[] = [];
  for (const reading of [...readings].sort(byArrival)) {
    const isSameTime = counted.some((other) => other.occurredAtMs === reading.occurredAtMs);
    (isSameTime ? held : counted).push(reading);
  }
  outcome.counted.push(...counted);
  outcome.held.push(...held);
  if (readings.length > 1) report(outcome, counted, held);
}

function byArrival(left: Reading, right: Reading): number {
  if (left.receivedAt !== right.receivedAt) return left.receivedAt < right.receivedAt ? -1 : 1;
  return left.eventId < right.eventId ? -1 : 1;
}

function report(outcome: Outcome, counted: readonly Reading[], held: readonly Reading[]): void {
  const all = [
    ...counted.map((reading) => ({ reading, counts: true })),
    ...held.map((reading) => ({ reading, counts: false })),
  ].sort((left, right) => byArrival(left.reading, right.reading));
  const [first] = all;
  if (!first || all.length < 2) return;
  outcome.conflicts.push({ of: 'transaction', id: first.reading.transactionId, readings: all });
}
