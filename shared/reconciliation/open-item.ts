import type { BusinessDate, StoreId } from '../ids.ts';
import type { LedgerEntry } from '../ledger/posting.ts';
import { accountKey, addAmount, type AccountKey, type Amounts } from './cell.ts';
import type { PosDocument } from './day-book.ts';

/** Entries of the ledger that belong together: one document number, or one voucher where there is none. */
export interface LedgerGroup {
  readonly reference: string;
  readonly entries: readonly LedgerEntry[];
  readonly amounts: Amounts;
}

/** What the passes within a store could not settle. `differences` is POS less ledger in the cells that differ. */
export interface OpenItem {
  readonly finding:
    | 'pos-only'
    | 'ledger-only'
    | 'both-differ'
    /** A statement's sum differs, and no single document explains it. */
    | 'statement-differs'
    /** A posting that a statement or voucher holds once more than the POS does. */
    | 'posted-twice'
    /** The ledger has nothing at all for the store and date. */
    | 'store-not-posted';
  readonly storeId: StoreId;
  /** Document number, voucher, or a name for the whole. */
  readonly subject: string;
  readonly differences: Amounts;
  readonly documents: readonly PosDocument[];
  readonly entries: readonly LedgerEntry[];
  /** Found on another date: the other side of the same document. */
  readonly elsewhere?: { readonly businessDate: BusinessDate; readonly entries: readonly LedgerEntry[] };
}

export function groupEntries(
  entries: readonly LedgerEntry[],
  referenceOf: (entry: LedgerEntry) => string,
): LedgerGroup[] {
  const groups = new Map<string, { entries: LedgerEntry[]; amounts: Map<AccountKey, number> }>();
  for (const entry of entries) {
    const reference = referenceOf(entry);
    let group = groups.get(reference);
    if (!group) {
      group = { entries: [], amounts: new Map() };
      groups.set(reference, group);
    }
    group.entries.push(entry);
    addAmount(group.amounts, accountKey(entry.account, entry.currency), entry.amountMinor);
  }
  return [...groups]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([reference, group]) => ({ reference, ...group }));
}
