import type { BusinessDate, StoreId } from '../ids.ts';
import type { LedgerRowError } from '../ledger/ledger-row.ts';
import type { LedgerEntry } from '../ledger/posting.ts';
import type { Currency } from '../money.ts';
import { textOf } from './cell.ts';
import { exceptionOfFinding, exceptionOfItem, unknownStoreException } from './classify.ts';
import type { StoreDay } from './day-book.ts';
import type { ReconciliationException } from './exception.ts';
import { matchStore, type PassCounts } from './match-store.ts';
import { groupEntries, type OpenItem } from './open-item.ts';

/** Both totals of a cell as they stand in a report. */
export interface ReportCell {
  readonly storeId: StoreId;
  readonly account: string;
  readonly currency: Currency;
  readonly posMinor: number;
  readonly ledgerMinor: number;
}

/** The outcome for one shard of a date's stores; plain JSON, as it is kept until all shards are there. */
export interface ShardResult {
  readonly businessDate: BusinessDate;
  readonly cells: readonly ReportCell[];
  readonly exceptions: readonly ReconciliationException[];
  readonly documents: number;
  readonly events: number;
  readonly ledgerEntries: number;
  readonly ledgerRowErrors: readonly LedgerRowError[];
  readonly ledgerFiles: readonly string[];
  readonly passes: PassCounts;
  /** The newest time at which an event was received, or empty. */
  readonly dataAsOf: string;
}

/** Looks for the other side of a document on other dates. Both are asked for open documents only. */
export interface Elsewhere {
  /** Entries of other dates with this document number in this store, as far as they may settle an open document. */
  entriesOf(storeId: StoreId, documentId: string): readonly LedgerEntry[];
  /** The other business date on which the POS has this document, if it has. */
  businessDateOf(storeId: StoreId, documentId: string): BusinessDate | undefined;
}

export interface StoreInput {
  readonly day: StoreDay;
  readonly entries: readonly LedgerEntry[];
  /** False where master data has no such store. */
  readonly known: boolean;
}

export function reconcileStores(
  businessDate: BusinessDate,
  stores: readonly StoreInput[],
  elsewhere: Elsewhere,
): Pick<ShardResult, 'cells' | 'exceptions' | 'documents' | 'passes'> {
  const cells: ReportCell[] = [];
  const exceptions: ReconciliationException[] = [];
  const passes = { cellsByTotal: 0, byReference: 0, byStatement: 0 };
  let documents = 0;
  for (const { day, entries, known } of stores) {
    const match = matchStore(day.storeId, day.documents, entries);
    documents += day.documents.length;
    for (const pass of ['cellsByTotal', 'byReference', 'byStatement'] as const)
      passes[pass] += match.passes[pass];
    for (const { posMinor, ledgerMinor, ...cell } of match.cells)
      cells.push({ ...cell, posMinor: safe(posMinor), ledgerMinor: safe(ledgerMinor) });
    if (!known) exceptions.push(unknownStore(businessDate, day, match.items));
    else
      for (const item of match.items)
        exceptions.push(exceptionOfItem(withElsewhere(item, elsewhere), businessDate));
    for (const finding of day.findings)
      if (finding.kind !== 'unknown-store')
        exceptions.push(exceptionOfFinding(finding, day.storeId, businessDate));
  }
  return { cells, exceptions, documents, passes };
}

function unknownStore(
  businessDate: BusinessDate,
  day: StoreDay,
  items: readonly OpenItem[],
): ReconciliationException {
  const finding = day.findings.find((found) => found.kind === 'unknown-store');
  return unknownStoreException(day.storeId, businessDate, items, finding);
}

/**
 * A document that stands on another date with the same amounts was posted to the wrong date, and is not missing; one
 * that its own date has as well was posted twice, and no time will settle it.
 */
function withElsewhere(item: OpenItem, elsewhere: Elsewhere): OpenItem {
  const [document] = item.documents;
  if (item.finding === 'pos-only' && document) {
    const entries = elsewhere.entriesOf(item.storeId, document.documentId);
    const found = groupEntries(entries, (entry) => entry.accountingDate).find(
      (group) => textOf(group.amounts) === textOf(document.amounts),
    );
    if (!found) return item;
    const at = { businessDate: found.reference as BusinessDate, entries: found.entries };
    return { ...item, elsewhere: at };
  }
  if (item.finding === 'ledger-only') {
    const businessDate = elsewhere.businessDateOf(item.storeId, item.subject);
    if (businessDate === undefined) return item;
    const entries = elsewhere
      .entriesOf(item.storeId, item.subject)
      .filter((entry) => entry.accountingDate === businessDate);
    const [there] = groupEntries(entries, () => '');
    const [here] = groupEntries(item.entries, () => '');
    const isTwice =
      there !== undefined && here !== undefined && textOf(there.amounts) === textOf(here.amounts);
    return isTwice
      ? { ...item, finding: 'posted-twice', elsewhere: { businessDate, entries } }
      : { ...item, elsewhere: { businessDate, entries: [] } };
  }
  return item;
}

/** @throws RangeError for a total that JSON can not carry exactly. */
function safe(amountMinor: bigint): number {
  const number = Number(amountMinor);
  if (!Number.isSafeInteger(number))
    throw new RangeError(`Total is not a safe integer of minor units: ${amountMinor}`);
  return number;
}
