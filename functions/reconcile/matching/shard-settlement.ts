import type { BusinessDate } from '../../../shared/ids.ts';
import type { LedgerEntry } from '../../../shared/ledger/posting.ts';
import { uniquePostings } from '../../../shared/ledger/posting-overlaps.ts';
import type { PostingProfile } from '../../../shared/ledger/posting-profile.ts';
import type { PosEvent } from '../../../shared/pos/event.ts';
import { DayBook, type DayBookOptions } from '../../../shared/reconciliation/day-book.ts';
import type { ShardSettlement, StoreInput } from '../../../shared/reconciliation/reconcile-shard.ts';
import { cardPaymentOf } from '../../../shared/reconciliation/settlement/card-payment.ts';
import type { SettlementOfDay } from './read-settlement-files.ts';

/**
 * Gathers a shard's part of the third side: card payments of the date, those of dates around it that settlement rows name,
 * and the ledger's postings on bank clearing.
 */
export class ShardSettlementBook {
  readonly #options: DayBookOptions;
  readonly #found: SettlementOfDay;
  readonly #account: string | undefined;
  readonly #agreedFees: PostingProfile['acquirerFees'];
  readonly #books = new Map<BusinessDate, DayBook>();
  readonly #bank: LedgerEntry[] = [];

  constructor(options: DayBookOptions, profile: PostingProfile, found: SettlementOfDay) {
    this.#options = options;
    this.#found = found;
    this.#account = profile.accounts.bankClearing;
    this.#agreedFees = profile.acquirerFees;
  }

  /** An event of a date around the one that is reconciled. */
  addEvent(event: PosEvent): void {
    if (event.kind !== 'transaction') return;
    const payment = cardPaymentOf(event);
    if (!payment?.references.some((reference) => this.#found.references.has(reference))) return;
    let book = this.#books.get(event.businessDate);
    if (!book) {
      book = new DayBook({ ...this.#options, businessDate: event.businessDate });
      this.#books.set(event.businessDate, book);
    }
    book.add(event);
  }

  addEntry(entry: LedgerEntry): void {
    if (entry.account === this.#account) this.#bank.push(entry);
  }

  /** @param isFirst the rows of the reports are the same for every shard: the first one has them. */
  close(counted: readonly StoreInput[], isFirst: boolean): ShardSettlement {
    const others = [...this.#books.values()].flatMap((book) => book.close());
    const payments = [...counted.map(({ day }) => day), ...others].flatMap(
      ({ cardPayments = [] }) => cardPayments,
    );
    for (const { entries } of counted) for (const entry of entries) this.addEntry(entry);
    return {
      payments,
      bank: this.#account === undefined ? undefined : uniquePostings(this.#bank).counted,
      ...(isFirst && {
        entries: this.#found.entries,
        errors: this.#found.errors,
        agreedFees: this.#agreedFees,
      }),
    };
  }
}
