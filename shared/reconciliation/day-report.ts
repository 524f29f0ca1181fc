import type { BusinessDate, StoreId } from '../ids.ts';
import type { LedgerRowError } from '../ledger/ledger-row.ts';
import { ageBandOf, ageInDays, type AgeBand } from './ageing.ts';
import { balancesOf, type Balance } from './balances.ts';
import type { CellAmount } from './cell.ts';
import {
  exceptionIdOf,
  largestOf,
  type Category,
  type ExceptionClass,
  type ReconciliationException,
} from './exception.ts';
import { groupBy } from './group-by.ts';
import type { PassCounts } from './match-store.ts';
import { prove, type Proof } from './proof.ts';
import type { ShardResult } from './reconcile-shard.ts';

/**
 * The reconciliation of one business date over all stores: what `report.json` holds. It has no time of any clock, so
 * that the same data gives the same bytes.
 */
export interface DayReport {
  readonly schemaVersion: 1;
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
  readonly proof: { readonly holds: boolean; readonly cells: number; readonly violations: readonly string[] };
  readonly summary: {
    readonly byCategory: Readonly<Partial<Record<Category, number>>>;
    readonly byClass: Readonly<Partial<Record<ExceptionClass, number>>>;
    readonly byAge: Readonly<Partial<Record<AgeBand, number>>>;
  };
  readonly passes: PassCounts;
  readonly cells: Proof['cells'];
  readonly exceptions: readonly ReconciliationException[];
  readonly ledgerFiles: readonly string[];
  readonly ledgerRowErrors: readonly LedgerRowError[];
}

/** Puts the shards of a date together. The outcome does not depend on how the stores were divided. */
export function mergeShards(businessDate: BusinessDate, shards: readonly ShardResult[]): DayReport {
  const cells = shards.flatMap((shard) => shard.cells).sort(by(cellName));
  const paired = pairWrongStores(
    businessDate,
    shards.flatMap((shard) => shard.exceptions),
  );
  const exceptions = withOwnIds(paired.sort(by(exceptionOrder)));
  const proof = prove(cells, exceptions);
  const dataAsOf =
    shards
      .map((shard) => shard.dataAsOf)
      .sort()
      .at(-1) ?? '';
  const onDate = dataAsOf === '' ? businessDate : dataAsOf.slice(0, 10);
  const total = (of: (shard: ShardResult) => number): number =>
    shards.reduce((sum, shard) => sum + of(shard), 0);
  return {
    schemaVersion: 1,
    businessDate,
    dataAsOf,
    counts: {
      stores: new Set(cells.map((cell) => cell.storeId)).size,
      events: total((shard) => shard.events),
      documents: total((shard) => shard.documents),
      ledgerEntries: total((shard) => shard.ledgerEntries),
    },
    balances: balancesOf(proof.cells),
    proof: { holds: proof.holds, cells: proof.cells.length, violations: proof.violations },
    summary: {
      byCategory: countBy(exceptions, (exception) => exception.category),
      byClass: countBy(exceptions, (exception) => exception.class),
      byAge: countBy(exceptions, (exception) => ageBandOf(ageInDays(exception.businessDate, onDate))),
    },
    passes: {
      cellsByTotal: total((shard) => shard.passes.cellsByTotal),
      byReference: total((shard) => shard.passes.byReference),
      byStatement: total((shard) => shard.passes.byStatement),
    },
    cells: proof.cells,
    exceptions,
    ledgerFiles: [...new Set(shards.flatMap((shard) => shard.ledgerFiles))].sort(),
    ledgerRowErrors: rowErrorsOf(shards),
  };
}

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

/** Every shard reads the same files, so that each error is there once per shard. */
function rowErrorsOf(shards: readonly ShardResult[]): LedgerRowError[] {
  const errors = new Map(
    shards
      .flatMap((shard) => shard.ledgerRowErrors)
      .map((error) => [`${error.file}:${error.line}:${error.column}`, error]),
  );
  return [...errors.values()].sort((left, right) =>
    left.file === right.file ? left.line - right.line : left.file < right.file ? -1 : 1,
  );
}

/**
 * A document that is missing in one store's books and too many in another's was posted to the wrong store: one cause,
 * hence one exception with parts in both stores.
 */
function pairWrongStores(
  businessDate: BusinessDate,
  exceptions: readonly ReconciliationException[],
): ReconciliationException[] {
  const single = (category: Category): ReconciliationException[] =>
    exceptions.filter((exception) => exception.category === category && exception.parts.length > 0);
  const extra = groupBy(single('missing-in-pos'), (exception) => exception.subject);
  const merged = new Map<ReconciliationException, ReconciliationException | undefined>();
  for (const [subject, missing] of groupBy(single('missing-in-ledger'), (exception) => exception.subject)) {
    const [lacking] = missing;
    const [surplus] = extra.get(subject) ?? [];
    if (!lacking || !surplus || missing.length > 1 || extra.get(subject)?.length !== 1) continue;
    if (lacking.storeId === surplus.storeId || !cancel(lacking.parts, surplus.parts)) continue;
    merged.set(lacking, wrongStore(businessDate, lacking, surplus));
    merged.set(surplus, undefined);
  }
  return exceptions.flatMap((exception) => {
    if (!merged.has(exception)) return [exception];
    const pair = merged.get(exception);
    return pair ? [pair] : [];
  });
}

function cancel(left: readonly CellAmount[], right: readonly CellAmount[]): boolean {
  const textOf = (parts: readonly CellAmount[], sign: 1 | -1): string =>
    parts
      .map((part) => `${part.account} ${part.currency} ${sign * part.amountMinor}`)
      .sort()
      .join(';');
  return textOf(left, 1) === textOf(right, -1);
}

function wrongStore(
  businessDate: BusinessDate,
  lacking: ReconciliationException,
  surplus: ReconciliationException,
): ReconciliationException {
  const parts = [...lacking.parts, ...surplus.parts];
  return {
    ...lacking,
    exceptionId: exceptionIdOf(businessDate, lacking.storeId, 'wrong-store', lacking.subject),
    category: 'wrong-store',
    class: 'adjustment required',
    detail: `Posted to store ${surplus.storeId} instead of ${lacking.storeId}`,
    amountMinor: largestOf(parts)?.amountMinor ?? 0,
    parts,
    evidence: { ...lacking.evidence, journalLines: surplus.evidence.journalLines },
  };
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

const cellName = (cell: { storeId: StoreId; account: string; currency: string }): string =>
  `${cell.storeId} ${cell.account} ${cell.currency}`;
const exceptionOrder = (exception: ReconciliationException): string =>
  `${exception.storeId} ${exception.category} ${exception.subject} ${exception.exceptionId}`;

function by<T>(nameOf: (one: T) => string): (left: T, right: T) => number {
  return (left, right) => {
    const [first, second] = [nameOf(left), nameOf(right)];
    if (first === second) return 0;
    return first < second ? -1 : 1;
  };
}
