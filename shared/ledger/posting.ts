import type { BusinessDate } from '../ids.ts';
import { addMinor, type Currency } from '../money.ts';
import type { LedgerAccount } from './posting-profile.ts';

/** An amount on an account. Debits are positive and credits negative, here and in every ledger source. */
export interface Posting {
  readonly account: LedgerAccount;
  readonly amountMinor: number;
}

/** A posting that the ledger holds, with the place where it was read. */
export interface LedgerEntry extends Posting {
  readonly journalNumber: string;
  readonly voucher: string;
  readonly accountingDate: BusinessDate;
  readonly storeDimension: string;
  readonly currency: Currency;
  /** The POS transaction, or empty where the ledger has posted a statement in sum. */
  readonly documentNumber: string;
  readonly file: string;
  readonly line: number;
}

/** Collects amounts by account, so that each account occurs once and accounts with nothing do not occur. */
export class PostingSum {
  readonly #amounts = new Map<LedgerAccount, number>();

  add(account: LedgerAccount, amountMinor: number): void {
    if (amountMinor !== 0) this.#amounts.set(account, addMinor(this.#amounts.get(account) ?? 0, amountMinor));
  }

  postings(): Posting[] {
    const postings: Posting[] = [];
    for (const [account, amountMinor] of this.#amounts) {
      if (amountMinor !== 0) postings.push({ account, amountMinor });
    }
    return postings;
  }
}

/** Debits less credits: 0 where they balance. */
export function imbalanceOf(postings: readonly Posting[]): number {
  return addMinor(...postings.map((posting) => posting.amountMinor));
}
