import type { Resolved } from './identity.ts';
import { resolveIdentity } from './identity.ts';
import type { OtherReading } from './other-reading.ts';
import { isEarlier, type Reading } from './reading.ts';

/** One event id that both a transaction and another event have. */
export interface SharedEventId {
  readonly id: string;
  /** The first received, of whatever kind: it counts, and of the others those that a person has decided on. */
  readonly counts: Reading | OtherReading;
  /** Every reading, in the order in which they were received. */
  readonly readings: readonly (Reading | OtherReading)[];
}

export interface ResolvedDay {
  readonly transactions: Resolved;
  /** Events of other kinds that count, by id. */
  readonly others: readonly OtherReading[];
  /** Several contents of an id that only events of other kinds have, and that wait for a decision. */
  readonly otherConflicts: readonly (readonly OtherReading[])[];
  readonly sharedIds: readonly SharedEventId[];
}

/**
 * Which of a store's events count. The first rule of `resolveIdentity` holds across kinds as well: of a sale and a
 * drawer movement with one event id, the first received counts and the other is held.
 * @param others readings of one id in the order in which they were received.
 */
export function resolveDay(
  transactions: ReadonlyMap<string, Reading | readonly Reading[]>,
  others: ReadonlyMap<string, readonly OtherReading[]>,
): ResolvedDay {
  const sharedIds = new Map<string, SharedEventId>();
  for (const [id, ofOthers] of others) {
    const ofTransactions = transactions.get(id);
    if (ofTransactions) sharedIds.set(id, sharedId(id, readingsIn(ofTransactions), ofOthers));
  }
  const resolved = resolveIdentity(readingsToResolve(transactions, sharedIds));
  // Of a shared id, the transactions that are not the first received.
  const second = [...sharedIds.values()].flatMap(({ readings, counts }) =>
    readings.filter((one): one is Reading => isTransaction(one) && one !== counts),
  );
  const byId = [...others].sort(([left], [right]) => (left < right ? -1 : 1));
  return {
    transactions:
      second.length === 0
        ? resolved
        : {
            ...resolved,
            counted: [...resolved.counted, ...second.filter(({ decided }) => decided)],
            held: [...resolved.held, ...second.filter(({ decided }) => !decided)],
          },
    others: byId.flatMap(([id, readings]) => {
      const first = sharedIds.get(id)?.counts ?? readings[0];
      return readings.filter((one) => one === first || one.decided);
    }),
    otherConflicts: byId.flatMap(([id, readings]) =>
      sharedIds.has(id) || !isOpen(readings, readings[0]) ? [] : [readings],
    ),
    sharedIds: [...sharedIds.values()].filter(({ readings, counts }) => isOpen(readings, counts)),
  };
}

/** Whether something still waits for a decision. */
const isOpen = (
  readings: readonly (Reading | OtherReading)[],
  counts: Reading | OtherReading | undefined,
): boolean => readings.some((one) => one !== counts && !one.decided);

export const readingsIn = (readings: Reading | readonly Reading[]): readonly Reading[] =>
  'rank' in readings ? [readings] : readings;

export const isTransaction = (reading: Reading | OtherReading): reading is Reading => 'rank' in reading;

/** Of a shared id, the reading that counts, if it is a transaction. */
function* readingsToResolve(
  transactions: ReadonlyMap<string, Reading | readonly Reading[]>,
  sharedIds: ReadonlyMap<string, SharedEventId>,
): Generator<readonly Reading[]> {
  for (const [id, readings] of transactions) {
    const shared = sharedIds.get(id);
    if (!shared) yield readingsIn(readings);
    else if (isTransaction(shared.counts)) yield [shared.counts];
  }
}

/** Of a transaction and another event that were received at the same time, the transaction comes first. */
function sharedId(
  id: string,
  ofTransactions: readonly Reading[],
  ofOthers: readonly OtherReading[],
): SharedEventId {
  const sorted = [...ofTransactions].sort((left, right) => (isEarlier(left, right) ? -1 : 1));
  const readings = [...sorted, ...ofOthers].sort((left, right) =>
    left.receivedAt === right.receivedAt ? 0 : left.receivedAt < right.receivedAt ? -1 : 1,
  );
  const [first] = readings;
  if (!first) throw new Error(`No reading has the event id ${id}`);
  return { id, counts: first, readings };
}
