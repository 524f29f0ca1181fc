import type { BusinessDate } from '../ids.ts';
import { addMinor, type Currency } from '../money.ts';
import type { LedgerAccount } from './posting-profile.ts';

/** An amount on an account. Debits are positive and credits negative, here and in every ledger source. */
export interface Posting {
  readonly account: LedgerAccount;
  readonly amountMinor: number;
}

/** Where a ledger source has read a posting. */
export interface ReadAt {
  /** What was counted as a whole: a file, or a sheet or file within one. */
  readonly part: string;
  /** Where in it: a line from 1, or a reference of the source's own. */
  readonly row: number | string;
}

/** `ledger.csv:7` */
export const placeText = ({ part, row }: ReadAt): string => `${part}:${row}`;

/** A posting that the ledger holds, with the place where it was read. */
export interface LedgerEntry extends Posting {
  readonly journalNumber: string;
  readonly voucher: string;
  readonly accountingDate: BusinessDate;
  readonly storeDimension: string;
  readonly currency: Currency;
  /** The POS transaction, or empty where the ledger has posted a statement in sum. */
  readonly documentNumber: string;
  /** What the ledger itself tells the posting by, such as its RecId; undefined where the source does not say. */
  readonly postingId?: string;
  readonly readAt: ReadAt;
}

/** Adds amounts by account: each account occurs once, and zero accounts are omitted. */
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
