import type { BusinessDate } from '../ids.ts';
import type { LedgerRowError } from '../ledger/ledger-row.ts';
import { toTotal } from '../money.ts';
import { balancesOf, type Balance } from './balances.ts';
import { mergeForecasts, type Forecast } from '../forecast/forecast.ts';
import type { CompletenessRow } from './completeness.ts';
import { checkControls, type ControlTotals, type RepeatedPostings } from './control-totals.ts';
import {
  exceptionIdOf,
  type Category,
  type ExceptionClass,
  type ReconciliationException,
} from './exception.ts';
import { giftCardFaults, mergeGiftCards, type GiftCardDay } from './gift-cards.ts';
import { groupBy } from './group-by.ts';
import type { PassCounts } from './match-store.ts';
import { prove, type Proof } from './proof.ts';
import type { ShardResult, StoreCount } from './reconcile-shard.ts';
import { settleDay } from './settlement/settle-day.ts';
import type { SettlementDay } from './settlement/settlement-day.ts';
import { mergeUncovered, missingFromTotals, type UncoveredPart } from './uncovered.ts';
import { pairWrongStores } from './wrong-store.ts';

/**
 * The format of `report.json`. Raise it when a field changes its meaning or a reader cannot do without a new one, and
 * teach `decodeReport` (stored-report.ts) the format before. 1: up to Tillstream 0.1, without claims, control totals and values.
 */
export const REPORT_FORMAT = 2;

/**
 * The reconciliation of one business date over all stores: what `report.json` holds. It has no time of any clock, so
 * that the same data gives the same bytes; ages are computed where it is read (`ageing.ts`).
 */
export interface DayReport {
  readonly schemaVersion: typeof REPORT_FORMAT;
  readonly businessDate: BusinessDate;
  /** The newest time at which an event of this date was received, or empty: the report knows nothing later. */
  readonly dataAsOf: string;
  readonly counts: {
    readonly stores: number;
    readonly events: number;
    readonly documents: number;
    readonly ledgerEntries: number;
  };
  /** The head of the report, by currency and side of the books. */
  readonly balances: readonly Balance[];
  readonly proof: {
    readonly holds: boolean;
    readonly cells: number;
    /** Control totals of landing and of ledger files that were compared; 0 where none were counted. */
    readonly landedTotals: number;
    readonly ledgerTotals: number;
    readonly violations: readonly string[];
  };
  readonly summary: {
    readonly byCategory: Readonly<Partial<Record<Category, number>>>;
    readonly byClass: Readonly<Partial<Record<ExceptionClass, number>>>;
    /** Parts that the totals lack; the day is proved as a whole only where this and the next are 0. */
    readonly uncovered?: number;
    readonly ledgerRowsNotRead?: number;
  };
  readonly passes: PassCounts;
  readonly cells: Proof['cells'];
  readonly exceptions: readonly ReconciliationException[];
  /** By store. Undefined in a report of a version that did not count by store. */
  readonly storeCounts?: readonly StoreCount[];
  readonly ledgerFiles: readonly string[];
  /** Rows of this date, or of a file of this date and of no readable date, that are in no total. */
  readonly ledgerRowErrors: readonly LedgerRowError[];
  /** Row errors beyond those that are listed. */
  readonly ledgerRowErrorsOmitted?: number;
  /** Ledger rows that count once though several files hold them. Undefined in a report of a version that did not look. */
  readonly repeatedPostings?: readonly RepeatedPostings[];
  /** Till = acquirer = ledger for card payments; undefined where no settlement report concerns the date. */
  readonly settlement?: SettlementDay | undefined;
  /** How the liability to gift card holders moved, by currency. Undefined in a report of a version that did not look. */
  readonly giftCards?: readonly GiftCardDay[];
  /** How far the receipts have come, by store, till and shift. Undefined in a report of a version that did not look. */
  readonly completeness?: readonly CompletenessRow[];
  /** The receipts that Dynamics 365 will refuse. Undefined where no forecast is made. */
  readonly forecast?: Forecast | undefined;
  /** Parts of the day that are in no total above. Undefined in a report of a version that did not say. */
  readonly uncovered?: readonly UncoveredPart[];
}

/** Violations that a report lists; `proof.holds` counts them all. */
const KEPT_VIOLATIONS = 1_000;

/**
 * Puts the shards of a date together. The outcome does not depend on how the stores were divided.
 * @param control what was counted where the data came in; nothing of it is compared where it is left out.
 */
export function mergeShards(
  businessDate: BusinessDate,
  shards: readonly ShardResult[],
  control: ControlTotals = {},
): DayReport {
  const cells = shards
    .flatMap((shard) => shard.cells)
    .sort(by(({ storeId, account, currency }) => [storeId, account, currency]));
  const paired = pairWrongStores(
    businessDate,
    shards.flatMap((shard) => shard.exceptions),
  );
  const uncovered = mergeUncovered(shards.flatMap((shard) => shard.uncovered ?? []));
  const settled = settlementOf(businessDate, shards);
  const exceptions = withOwnIds([...paired, ...(settled?.exceptions ?? [])].sort(by(exceptionOrder)));
  const controls = checkControls(
    control,
    shards.map((shard) => shard.control),
    cells,
  );
  const giftCards = mergeGiftCards(
    shards.flatMap((shard) => shard.giftCards ?? []),
    exceptions,
  );
  const proof = prove(cells, exceptions, controls, [
    ...shards.flatMap((shard) => shard.claimViolations),
    ...giftCardFaults(giftCards, cells),
    ...(settled?.violations ?? []),
  ]);
  const total = (of: (shard: ShardResult) => number): number =>
    shards.reduce((sum, shard) => sum + of(shard), 0);
  const ledgerRowErrors = rowErrorsOf(shards);
  const ledgerRowErrorsOmitted = total((shard) => shard.ledgerRowErrorsOmitted ?? 0);
  return {
    schemaVersion: REPORT_FORMAT,
    businessDate,
    dataAsOf: shards.map((shard) => shard.dataAsOf).reduce((last, one) => (one > last ? one : last), ''),
    counts: {
      stores: new Set(cells.map((cell) => cell.storeId)).size,
      events: total((shard) => shard.events),
      documents: total((shard) => shard.documents),
      ledgerEntries: total((shard) => shard.ledgerEntries),
    },
    balances: balancesOf(proof.cells),
    proof: {
      holds: proof.holds,
      cells: proof.cells.length,
      landedTotals: controls.landedTotals,
      ledgerTotals: controls.ledgerTotals,
      violations: proof.violations.slice(0, KEPT_VIOLATIONS),
    },
    summary: {
      byCategory: countBy(exceptions, (exception) => exception.category),
      byClass: countBy(exceptions, (exception) => exception.class),
      uncovered: missingFromTotals(uncovered).length,
      ledgerRowsNotRead: rowsNotReadOf({ ledgerRowErrors, ledgerRowErrorsOmitted }),
    },
    passes: {
      cellsByTotal: total((shard) => shard.passes.cellsByTotal),
      byReference: total((shard) => shard.passes.byReference),
      byStatement: total((shard) => shard.passes.byStatement),
    },
    cells: proof.cells,
    exceptions,
    storeCounts: shards.flatMap((shard) => shard.storeCounts ?? []).sort(by(({ storeId }) => [storeId])),
    ledgerFiles: [...new Set(shards.flatMap((shard) => shard.ledgerFiles))].sort(),
    ledgerRowErrors,
    ledgerRowErrorsOmitted,
    repeatedPostings: repeatsOf(shards),
    giftCards,
    ...(settled && { settlement: settled.day }),
    ...receiptsOf(shards),
    uncovered,
  };
}

function receiptsOf(shards: readonly ShardResult[]): Pick<DayReport, 'completeness' | 'forecast'> {
  return {
    completeness: shards
      .flatMap((shard) => shard.completeness ?? [])
      .sort(by(({ storeId, tillId, shiftId, currency }) => [storeId, tillId, shiftId, currency])),
    forecast: mergeForecasts(shards.flatMap((shard) => shard.forecast ?? [])),
  };
}

function settlementOf(businessDate: BusinessDate, shards: readonly ShardResult[]) {
  const parts = shards.flatMap(({ settlement }) => (settlement ? [settlement] : []));
  if (parts.length === 0) return undefined;
  const bank = parts.flatMap((part) => part.bank ?? []);
  const sides = {
    payments: parts.flatMap((part) => part.payments),
    entries: parts.flatMap((part) => part.entries ?? []),
    bank: parts.every((part) => part.bank === undefined) ? undefined : bank,
    agreedFees: parts.find((part) => part.agreedFees)?.agreedFees,
  };
  return settleDay(
    businessDate,
    sides,
    parts.flatMap((part) => part.errors ?? []),
  );
}

/** Ledger rows that may be of the date and are in no total, with those that the report does not list. */
export const rowsNotReadOf = ({
  ledgerRowErrors,
  ledgerRowErrorsOmitted = 0,
}: Pick<DayReport, 'ledgerRowErrors' | 'ledgerRowErrorsOmitted'>): number =>
  ledgerRowErrors.length + ledgerRowErrorsOmitted;

/** A voucher may bear the number of a document: of two exceptions with one id the second gets another, always the same. */
function withOwnIds(exceptions: readonly ReconciliationException[]): ReconciliationException[] {
  const seen = new Set<string>();
  return exceptions.map((exception) => {
    const { businessDate, storeId, category, subject } = exception;
    let { exceptionId } = exception;
    for (let again = 2; seen.has(exceptionId); again += 1)
      exceptionId = exceptionIdOf(businessDate, storeId, category, `${subject} (${again})`);
    seen.add(exceptionId);
    return exceptionId === exception.exceptionId ? exception : { ...exception, exceptionId };
  });
}

/** Every shard reads the same files, so each error occurs once per shard. */
function rowErrorsOf(shards: readonly ShardResult[]): LedgerRowError[] {
  const errors = new Map(
    shards
      .flatMap((shard) => shard.ledgerRowErrors)
      .map((error) => [JSON.stringify([error.file, error.line, error.column]), error]),
  );
  return [...errors.values()].sort((left, right) =>
    left.file === right.file ? left.line - right.line : left.file < right.file ? -1 : 1,
  );
}

/** Each shard has those of its stores. Which row comes first does not matter, as long as it is always the same. */
function repeatsOf(shards: readonly ShardResult[]): RepeatedPostings[] {
  const repeats = shards.flatMap(({ control }) => control.repeated ?? []);
  return [...groupBy(repeats, ({ file, alsoIn, currency }) => JSON.stringify([file, alsoIn, currency]))]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([, [one, ...others]]) =>
      one
        ? others.reduce(
            (sum, { rows, debitMinor, creditMinor, first }) => ({
              ...sum,
              first: first < sum.first ? first : sum.first,
              rows: sum.rows + rows,
              debitMinor: toTotal(BigInt(sum.debitMinor) + BigInt(debitMinor)),
              creditMinor: toTotal(BigInt(sum.creditMinor) + BigInt(creditMinor)),
            }),
            one,
          )
        : [],
    );
}

function countBy<K extends string>(
  exceptions: readonly ReconciliationException[],
  keyOf: (exception: ReconciliationException) => K,
): Partial<Record<K, number>> {
  const counts = groupBy(exceptions, keyOf);
  const sorted = [...counts].sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, members]) => [key, members.length])) as Partial<
    Record<K, number>
  >;
}

function exceptionOrder({ storeId, category, subject, exceptionId }: ReconciliationException): string[] {
  return [storeId, category, subject, exceptionId];
}

/** Orders by one name after the other: joined into one text, names that hold the separator would mix. */
function by<T>(namesOf: (one: T) => readonly string[]): (left: T, right: T) => number {
  return (left, right) => {
    const others = namesOf(right);
    for (const [index, name] of namesOf(left).entries()) {
      const other = others[index] ?? '';
      if (name !== other) return name < other ? -1 : 1;
    }
    return 0;
  };
}
