import type { StoreId } from '../ids.ts';
import type { AccountRoles } from '../ledger/account-roles.ts';
import type { LedgerEntry } from '../ledger/posting.ts';
import type { ReconciliationException } from './exception.ts';

/** Both sides of a store, as the claim checks take them: data alone, without anything of the matcher. */
export interface CheckedDocument {
  readonly documentId: string;
  readonly tillId: string;
  readonly shiftId: string | undefined;
  readonly isDrawer: boolean;
  readonly amounts: ReadonlyMap<string, number | bigint>;
  readonly eventIds: readonly string[];
  readonly lines?: number;
  readonly sales?: readonly {
    readonly tillId: string;
    readonly amounts: ReadonlyMap<string, number | bigint>;
  }[];
}

interface CheckedElsewhere {
  entriesOf(storeId: StoreId, documentId: string): readonly LedgerEntry[];
  documentsOf(
    storeId: StoreId,
    documentId: string,
  ): readonly {
    readonly businessDate: string;
    readonly amounts: ReadonlyMap<string, number | bigint>;
    readonly notInForce: string | undefined;
  }[];
  windowOf?(storeId: StoreId): readonly {
    readonly businessDate: string;
    readonly documents: readonly CheckedDocument[];
    readonly entries: readonly LedgerEntry[];
  }[];
}

/** Documents and vouchers that the matcher took for the same, since their sums are. */
export interface NamedSet {
  readonly documentIds: readonly string[];
  /** `voucher V1` for one without a number, `number 4711` for one that the POS does not have. */
  readonly vouchers: readonly string[];
}

export interface CheckedStore {
  readonly storeId: StoreId;
  readonly documents: readonly CheckedDocument[];
  readonly entries: readonly LedgerEntry[];
  readonly exceptions: readonly ReconciliationException[];
  readonly elsewhere: CheckedElsewhere;
  readonly sets: readonly NamedSet[];
  /** What the accounts are for; undefined where nobody says. */
  readonly accounts?: AccountRoles | undefined;
  /** Receipts of the store, with the rules by which Dynamics refuses them. */
  readonly receipts?: readonly CheckedReceipt[] | undefined;
  /** Undefined where headquarters was not read. */
  readonly headquarters?: CheckedHeadquarters | undefined;
}

/** What of headquarters decides about a claim. */
export interface CheckedHeadquarters {
  readonly receipts: readonly {
    readonly transactionNumber: string;
    readonly receiptId: string;
    readonly status: string;
    readonly validation: string | undefined;
    readonly statementId: string | undefined;
  }[];
  readonly statements: readonly { readonly statementId: string; readonly isPosted: boolean }[];
}

interface CheckedReceipt {
  readonly tillId: string;
  readonly transactionId: string;
  readonly refusals: readonly { readonly rule: string }[];
}
