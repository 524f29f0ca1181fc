import type { BusinessDate } from '../ids.ts';
import type { Currency, TotalMinor } from '../money.ts';
import type { HeadquartersState } from './headquarters-state.ts';

/** In what alone the two sides differ; see `differenceKindOf`. */
export type DifferenceOnly = 'tax' | 'tender' | 'rounding' | 'currency';

/** Found by amount on another date: the voucher there, or the document. */
interface OnDate {
  readonly businessDate: BusinessDate;
  readonly name: string;
}

interface Only {
  /** Nothing but this differs. */
  readonly only?: DifferenceOnly;
  /** Lines of the receipts, each of which may have been rounded. */
  readonly lines?: number;
  /** The currency of the POS, where the ledger has another one. */
  readonly from?: Currency;
}

/**
 * What must be so in POS and ledger for an exception to hold. A claim names facts only, so a check can look them up
 * without knowing how the matcher found them. Lists are bounded; `of` counts what they stand for.
 *
 * - `not-posted`: the POS has the document, currently valid; the ledger has it nowhere on this date. With `refusedBy`, these
 *   rules of Dynamics refuse it; with `atHeadquarters`, it has come so far there, and no further.
 * - `some-not-posted`: `count` of `of` documents with the very same amounts are not posted; `documentId` is the first.
 * - `not-sold`: the ledger has the posting; the POS has no document of that number currently valid on this date.
 * - `posted-again`: the ledger has the amounts of the document `count` times more than the POS.
 * - `differs`: both sides have the document, with other amounts.
 * - `statement`: what the ledger posts without a number differs from the documents that it does not name.
 * - `one-of`: as `statement`, and at least two explanations are equally simple.
 * - `no-common-number`: the ledger's numbers name no document of the POS.
 * - `store-not-posted`: the ledger names no document of the store and date, and has no voucher without a number.
 * - `unknown-store`: master data lacks the store; everything of both sides is in the exception.
 * - `card`: the till took so much by card in these transactions of the store, and the acquirer has so much of them.
 * - `settlement-row`: the report has the row.
 * - `payout`: the rows of the payout add up to `netMinor`, and the acquirer says that it paid out `paidOutMinor`.
 * - `fees`: for so many payments of the date the acquirer took another fee than is agreed, and so much in all.
 * - `same-number`: these receipts have one number, and all of them count.
 * - `data`: the data itself is at fault, no cell is concerned.
 */
export type Claim =
  | {
      readonly kind: 'not-posted';
      readonly documentId: string;
      readonly till?: string;
      readonly refusedBy?: readonly string[];
      readonly atHeadquarters?: HeadquartersState;
      readonly on?: OnDate;
    }
  | {
      readonly kind: 'some-not-posted';
      readonly documentId: string;
      readonly count: number;
      readonly of: number;
    }
  | { readonly kind: 'not-sold'; readonly documentNumber: string; readonly on?: OnDate }
  | {
      readonly kind: 'not-sold';
      readonly voucher: string;
      readonly count: number;
      readonly of: number;
      readonly on?: OnDate;
    }
  | {
      readonly kind: 'posted-again';
      readonly documentId: string;
      readonly count: number;
      readonly named: boolean;
    }
  | ({
      readonly kind: 'differs';
      readonly documentId: string;
      /** Only a part is posted under its number, and the rest not in a statement either. */
      readonly rest?: boolean;
    } & Only)
  | ({ readonly kind: 'statement' } & Only)
  | {
      readonly kind: 'one-of';
      readonly level: number;
      /** The candidates are sets of documents and vouchers with the same sum. */
      readonly sets?: true;
    }
  | { readonly kind: 'no-common-number' }
  | {
      readonly kind: 'store-not-posted';
      readonly refusedBy?: readonly string[];
      readonly atHeadquarters?: HeadquartersState;
    }
  | { readonly kind: 'unknown-store' }
  | {
      readonly kind: 'card';
      readonly transactionIds: readonly string[];
      readonly tillMinor: TotalMinor;
      readonly acquirerMinor: TotalMinor;
    }
  | {
      readonly kind: 'settlement-row';
      readonly file: string;
      readonly row: number | string;
      readonly grossMinor: number;
    }
  | {
      readonly kind: 'payout';
      readonly acquirer: string;
      readonly payoutId: string;
      readonly currency: Currency;
      readonly netMinor: TotalMinor;
      readonly paidOutMinor: TotalMinor | undefined;
    }
  | {
      readonly kind: 'fees';
      readonly acquirer: string;
      readonly currency: Currency;
      readonly payments: number;
      readonly feeMinor: TotalMinor;
      readonly agreedMinor: TotalMinor;
    }
  | {
      readonly kind: 'same-number';
      readonly number: string;
      readonly count: number;
      /** The first of them. */
      readonly eventIds: readonly string[];
    }
  | { readonly kind: 'data' };
