import type { BusinessDate, StoreId } from '../ids.ts';
import type { LedgerEntry } from '../ledger/posting.ts';
import type { MinorSum } from '../money.ts';
import { accountKey, addAmount, type AccountKey, type Amounts } from './cell.ts';
import type { Claim } from './claim.ts';
import type { PosDocument } from './day-documents.ts';
import type { Candidate } from './exception.ts';

/** Entries of the ledger that belong together: one document number, or one voucher where there is none. */
export interface LedgerGroup {
  readonly reference: string;
  readonly entries: readonly LedgerEntry[];
  readonly amounts: Amounts;
}

type Finding =
  | 'pos-only'
  | 'ledger-only'
  | 'both-differ'
  /** A statement's sum differs, and nothing simple explains it. */
  | 'statement-differs'
  /** A posting that a statement or voucher holds once more than the POS does. */
  | 'posted-twice'
  /** Several explanations fit equally well. */
  | 'ambiguous'
  /** The till's own debits and credits differ; the ledger's balance. */
  | 'unbalanced'
  /** The ledger has another account than the one that stands for a means of payment which the source did not tell. */
  | 'tender-unknown'
  /** The ledger has nothing at all for the store and date. */
  | 'store-not-posted';

/** Where else the other side of an item was found. */
export interface FoundElsewhere {
  readonly verdict:
    /** The other date has it with the same amounts: it will settle. */
    | 'moved'
    /** The other date has it with other amounts, or more than once. */
    | 'wrong'
    /** Its own date has it as well. */
    | 'repeated'
    /** The POS has the number on that date, but does not expect it in the ledger. */
    | 'not-in-force';
  readonly businessDates: readonly BusinessDate[];
  readonly entries: readonly LedgerEntry[];
  /** The voucher or document, where it was found by its amounts. */
  readonly name?: string;
  /** For `not-in-force`: `voided`, `suspended`, `training`. */
  readonly reason?: string;
}

/** What the passes within a store could not settle. */
export interface OpenItem {
  readonly finding: Finding;
  readonly storeId: StoreId;
  /** Document number, voucher, or a name for the whole: for people. */
  readonly subject: string;
  /** Tells the item apart from others of its subject, and does not change when more is posted. */
  readonly about: string;
  /** POS less ledger in the cells that differ. */
  readonly differences: Amounts;
  readonly documents: readonly PosDocument[];
  readonly entries: readonly LedgerEntry[];
  readonly claim: Claim;
  readonly candidates?: readonly Candidate[];
  readonly candidateCount?: number;
  readonly elsewhere?: FoundElsewhere;
}

export function groupEntries(
  entries: readonly LedgerEntry[],
  referenceOf: (entry: LedgerEntry) => string,
): LedgerGroup[] {
  const groups = new Map<string, { entries: LedgerEntry[]; amounts: Map<AccountKey, MinorSum> }>();
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
