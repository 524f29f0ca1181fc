import { MAX_EVIDENCE, type EventReference } from '../alerts/alert.ts';
import type { BusinessDate, OperatorId } from '../ids.ts';
import { addDays } from '../time.ts';
import { betaBinomialTail, falseShares } from './beta-binomial.ts';
import { PARTS_OF_DAY, sumName } from './cashier-profile.ts';
import type { DayTally } from './day-tally.ts';
import { EXPOSURES, type RateView } from './rate-view.ts';
import type { AnyCashierRate } from './cashier-rate.ts';
import { daysIn, type TillRecord } from './till-book.ts';

/**
 * Compares each cashier's rates with those of peers: the same store, the same role, the same hours. Who sells in the evening is
 * expected to have what others have in the evening.
 */
export const DAYS_COMPARED = 7;

/** Fewer others, or fewer of their cases of whatever is counted, say nothing. */
const LEAST_PEERS = 2;
const LEAST_PEER_EXPOSURE = 100;
/** So much of the peers' overall rate counts beside their rate in one part of the day. */
const PRIOR_EXPOSURE = 50;
/** Cashiers differ also where nobody does wrong: what a few peers do not show is assumed. */
const ASSUMED_SPREAD = 1.5;
const ASSUMED_WEIGHT = 4;
/** The shrunken rate leans on the peers' like so many transactions. */
const SHRINKAGE = 60;
/** Who is this far out is no measure for others. */
const FAR_OUT = 4;

interface Cashier {
  readonly operatorId: OperatorId;
  readonly role: string;
  readonly sums: Readonly<Record<string, number>>;
  evidenceOf(kind: string): readonly EventReference[];
}

/** @param roleOf the role of an operator, which makes peers; one text for all where there are none. */
export function cashierRates(
  records: Iterable<TillRecord>,
  businessDate: BusinessDate,
  rates: readonly AnyCashierRate[],
  roleOf: (operatorId: OperatorId) => string,
): Map<AnyCashierRate, RateView[]> {
  const fromDate = addDays(businessDate, 1 - DAYS_COMPARED);
  const cashiers = cashiersOf(records, fromDate, businessDate, roleOf);
  return new Map(rates.map((rate) => [rate, viewsOf(cashiers, rate, fromDate, businessDate)]));
}

function cashiersOf(
  records: Iterable<TillRecord>,
  fromDate: BusinessDate,
  toDate: BusinessDate,
  roleOf: (operatorId: OperatorId) => string,
): Cashier[] {
  const byOperator = new Map<string, DayTally[]>();
  for (const day of daysIn(records)) {
    if (day.subject !== 'operator-day' || day.businessDate < fromDate || day.businessDate > toDate) continue;
    byOperator.set(day.id, [...(byOperator.get(day.id) ?? []), day]);
  }
  // Sorted, so the same days give the same words.
  return [...byOperator]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([id, days]) => {
      const sums: Record<string, number> = {};
      for (const day of days)
        for (const [name, value] of Object.entries(day.sums)) sums[name] = (sums[name] ?? 0) + value;
      const operatorId = id as OperatorId;
      const inOrder = [...days].sort((one, other) => (one.businessDate < other.businessDate ? -1 : 1));
      return {
        operatorId,
        role: roleOf(operatorId),
        sums,
        evidenceOf: (kind) => inOrder.flatMap(({ evidence }) => evidence[kind] ?? []).slice(-MAX_EVIDENCE),
      };
    });
}

/** Counts and exposures of one cashier by part of the day, and in all. */
interface Counted {
  readonly cashier: Cashier;
  readonly counts: readonly number[];
  readonly exposures: readonly number[];
  readonly count: number;
  readonly exposure: number;
}

function viewsOf(
  cashiers: readonly Cashier[],
  rate: AnyCashierRate,
  fromDate: BusinessDate,
  businessDate: BusinessDate,
): RateView[] {
  const parts = Array.from({ length: PARTS_OF_DAY }, (_, part) => part);
  const counted = cashiers
    .map((cashier): Counted => {
      const counts = parts.map((part) => cashier.sums[sumName(rate.letter, part)] ?? 0);
      const exposures = parts.map((part) => cashier.sums[sumName(EXPOSURES[rate.per], part)] ?? 0);
      return { cashier, counts, exposures, count: sum(counts), exposure: sum(exposures) };
    })
    .filter(({ exposure }) => exposure > 0);
  const far = new Set(counted.filter((one) => isFarOut(one, peersOf(one, counted))));
  const judged = counted.flatMap((one) => {
    const peers = peersOf(one, counted).filter((other) => !far.has(other));
    if (peers.length < LEAST_PEERS || sum(peers.map(({ exposure }) => exposure)) < LEAST_PEER_EXPOSURE)
      return [];
    return [{ one, peers, ...compared(one, peers) }];
  });
  const shares = falseShares(judged.map(({ tail }) => tail));
  return judged.map(({ one, peers, expected, tail }, at): RateView => {
    const { cashier, count, exposure } = one;
    const expectedShare = expected / exposure;
    return {
      operatorId: cashier.operatorId,
      fromDate,
      businessDate,
      count,
      exposure,
      expected,
      expectedShare,
      shrunkShare: (count + SHRINKAGE * expectedShare) / (exposure + SHRINKAGE),
      tail,
      falseShare: shares[at] ?? 1,
      peers: peers.length,
      evidence: cashier.evidenceOf(rate.kind),
    };
  });
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const peersOf = (one: Counted, all: readonly Counted[]): Counted[] =>
  all.filter((other) => other !== one && other.cashier.role === one.cashier.role);

/** A first look, with everyone as a measure for everyone. */
function isFarOut(one: Counted, peers: readonly Counted[]): boolean {
  if (peers.length < LEAST_PEERS) return false;
  const expected = expectedOf(one, peers);
  return (one.count - expected) / Math.sqrt(expected + 1) > FAR_OUT;
}

/** Cases at the peers' rates, part of the day by part of the day. */
function expectedOf({ exposures }: Counted, peers: readonly Counted[]): number {
  // Half a case is assumed, as nobody's rate is zero.
  const overall =
    (sum(peers.map(({ count }) => count)) + 0.5) / (sum(peers.map(({ exposure }) => exposure)) + 1);
  let expected = 0;
  for (const [part, exposure] of exposures.entries()) {
    if (exposure === 0) continue;
    const cases = sum(peers.map(({ counts }) => counts[part] ?? 0));
    const trials = sum(peers.map((peer) => peer.exposures[part] ?? 0));
    expected += (exposure * (cases + PRIOR_EXPOSURE * overall)) / (trials + PRIOR_EXPOSURE);
  }
  return expected;
}

function compared(one: Counted, peers: readonly Counted[]): { expected: number; tail: number } {
  const expected = expectedOf(one, peers);
  const mean = Math.min(0.99, expected / one.exposure);
  // One event may have several cases, so a count may pass its exposure.
  const trials = Math.max(one.exposure, one.count);
  return { expected, tail: betaBinomialTail(one.count, trials, mean, strengthOf(peers)) };
}

/** How alike the peers are, by how far their counts scatter beyond what chance alone does. */
function strengthOf(peers: readonly Counted[]): number {
  const [count, exposure] = [sum(peers.map((peer) => peer.count)), sum(peers.map((peer) => peer.exposure))];
  const mean = Math.min(0.99, (count + 0.5) / (exposure + 1));
  let scatter = 0;
  for (const peer of peers)
    scatter += (peer.count - peer.exposure * mean) ** 2 / (peer.exposure * mean * (1 - mean));
  const spread = Math.max(
    1.05,
    (scatter + ASSUMED_WEIGHT * ASSUMED_SPREAD) / (peers.length - 1 + ASSUMED_WEIGHT),
  );
  const average = Math.max(2, exposure / peers.length);
  return Math.max(20, (average - 1) / (spread - 1) - 1);
}
