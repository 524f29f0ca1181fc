import type { EventReference } from '../alerts/alert.ts';
import type { BusinessDate, OperatorId, StoreId } from '../ids.ts';
import { addDays } from '../time.ts';
import { cashierRates, DAYS_COMPARED } from './cashier-rates.ts';
import { CASE_SUM } from './cashier-profile.ts';
import type { Watched } from './till-clock.ts';
import type { Settled } from './till-context.ts';
import { daysIn } from './till-book.ts';

/**
 * What there is about each cashier of a store over the last days, added up: single cases, and rates beside those of peers. It accuses
 * nobody; it says whom to look at first, and why. Operators are pseudonyms.
 */
const CASE_FILE_FORMAT = 1;

interface CaseFile {
  readonly format: typeof CASE_FILE_FORMAT;
  readonly storeId: StoreId;
  readonly fromDate: BusinessDate;
  readonly businessDate: BusinessDate;
  /** The one with most evidence first. */
  readonly cashiers: readonly CashierCase[];
}

interface CashierCase {
  readonly operatorId: OperatorId;
  /** In bans: 1 stands for odds of 10 to 1. Single cases count 1 each, rates with the odds against chance. */
  readonly evidence: number;
  readonly cases: readonly {
    readonly kind: string;
    readonly count: number;
    readonly events: readonly EventReference[];
  }[];
  readonly rates: readonly {
    readonly kind: string;
    readonly count: number;
    readonly exposure: number;
    /** Cases expected at the peers' rates. */
    readonly expected: number;
    readonly tail: number;
    readonly falseShare: number;
    readonly events: readonly EventReference[];
  }[];
}

/** A rate beside peers that is likelier than this is no evidence. */
const LEAST_ODD = 0.05;
/** No rate counts for more than this, as cashiers differ in ways that no figure knows. */
const MOST_BANS = 6;

interface Collected {
  readonly cases: Map<string, { count: number; readonly events: EventReference[] }>;
  readonly rates: CashierCase['rates'][number][];
}

export function caseFileOf(
  { storeId, records }: Watched,
  businessDate: BusinessDate,
  settled: Settled,
): CaseFile {
  const fromDate = addDays(businessDate, 1 - DAYS_COMPARED);
  const cashiers = new Map<OperatorId, Collected>();
  const of = (operatorId: OperatorId): Collected => {
    const found = cashiers.get(operatorId) ?? { cases: new Map(), rates: [] };
    cashiers.set(operatorId, found);
    return found;
  };
  for (const day of daysIn(records.values())) {
    if (day.subject !== 'operator-day' || day.businessDate < fromDate || day.businessDate > businessDate)
      continue;
    for (const [name, count] of Object.entries(day.sums)) {
      if (!name.startsWith(CASE_SUM) || count <= 0) continue;
      const kind = name.slice(CASE_SUM.length);
      const { cases } = of(day.id as OperatorId);
      const found = cases.get(kind) ?? { count: 0, events: [] };
      found.count += count;
      found.events.push(...(day.evidence[name] ?? []));
      cases.set(kind, found);
    }
  }
  const roleOf = (operatorId: OperatorId): string => settled.limits.rolesOf({ storeId, operatorId });
  for (const [{ kind }, views] of cashierRates(records.values(), businessDate, settled.rules.rates, roleOf)) {
    for (const { operatorId, count, exposure, expected, tail, falseShare, evidence } of views)
      if (tail < LEAST_ODD)
        of(operatorId).rates.push({ kind, count, exposure, expected, tail, falseShare, events: evidence });
  }
  const all = [...cashiers].map(([operatorId, { cases, rates }]): CashierCase => {
    const single = [...cases]
      .map(([kind, { count, events }]) => ({ kind, count, events }))
      .sort((one, other) => (one.kind < other.kind ? -1 : 1));
    let evidence = single.reduce((sum, { count }) => sum + count, 0);
    for (const { tail } of rates) evidence += Math.min(MOST_BANS, -Math.log10(Math.max(tail, 1e-12)));
    return { operatorId, evidence: Math.round(evidence * 100) / 100, cases: single, rates };
  });
  const order = all.sort(
    (one, other) => other.evidence - one.evidence || (one.operatorId < other.operatorId ? -1 : 1),
  );
  return { format: CASE_FILE_FORMAT, storeId, fromDate, businessDate, cashiers: order };
}
