import { createHash } from 'node:crypto';
import type { BusinessDate, StoreId } from '../ids.ts';
import type { Currency, TotalMinor } from '../money.ts';
import type { CellAmount } from './cell.ts';
import type { Claim } from './claim.ts';
import { TILL_DOUBTS } from './till-doubts.ts';

/** Why the books differ, or why they may not be trusted, in the words of finance. */
export const CATEGORIES = [
  'missing-in-ledger',
  /** Missing in the ledger, and Commerce headquarters does not have it yet. */
  'not-yet-uploaded',
  /** Missing in the ledger, as its date lies in no open period. */
  'closed-period',
  /** Missing in the ledger, as Dynamics' validation refuses it. */
  'failed-validation',
  /** Missing in the ledger, as Dynamics cannot post it. */
  'blocked-in-dynamics',
  'missing-in-pos',
  'amount-differs',
  /** Nothing but the tax differs, or the tax account. */
  'tax-differs',
  /** On the clearing account of another means of payment. */
  'wrong-tender',
  /** No more than the rounding of its lines, or of cash. */
  'rounding-differs',
  'wrong-currency',
  'duplicate-posting',
  'wrong-account',
  'wrong-store',
  'wrong-date',
  /** Posted on another date and with other amounts: time will not settle it. */
  'late-and-wrong',
  /** Several explanations fit equally well; the candidates are listed. */
  'ambiguous',
  /** One event id or transaction number with two contents. */
  'identity-conflict',
  /** One transaction number of several receipts, all of which count. */
  'duplicate-number',
  /** Two ledger files hold what may be one posting or two. */
  'posting-in-two-files',
  /** Ledger rows of the store and date could not be read. */
  'rows-not-read',
  'unknown-store',
  'unknown-product',
  'unknown-tender',
  /** Money came in, and what was sold for it is not known. */
  'payment-without-order',
  'unbalanced-transaction',
  /** What the till left open about its own events. */
  ...TILL_DOUBTS,
  /** Card payments that the acquirer does not have. */
  'card-not-settled',
  /** Card payments that the acquirer has and no till. */
  'card-not-at-till',
  'card-amount-differs',
  'chargeback',
  /** A payout that ledger or bank do not have. */
  'payout-missing',
  'payout-differs',
  /** The acquirer took another fee than is agreed. */
  'fee-differs',
  /** Money that the acquirer holds back, or releases. */
  'acquirer-reserve',
  /** An event that a person let count, though its id was used before or it came too late to be recognised. */
  'counted-by-decision',
] as const;
export type Category = (typeof CATEGORIES)[number];

export const CLASSES = [
  'timing difference',
  'adjustment required',
  'requires investigation',
  'no action',
] as const;
export type ExceptionClass = (typeof CLASSES)[number];

export type Owner = 'Finance' | 'Store operations' | 'Master data' | 'IT';

export interface JournalLine {
  readonly journalNumber: string;
  readonly voucher: string;
  readonly accountingDate: BusinessDate;
  readonly account: string;
  readonly currency: Currency;
  readonly amountMinor: number;
  readonly documentNumber: string;
  /** Where it was read: `file:line`. */
  readonly source: string;
}

/** The evidence of an exception. Each list is bounded, and `omitted` counts the entries left out. */
export interface Evidence {
  readonly transactionIds: readonly string[];
  readonly eventIds: readonly string[];
  readonly journalLines: readonly JournalLine[];
  /** Transactions, events and journal lines that were left out. */
  readonly omitted: number;
}

/** One of several readings that fit an exception equally well. */
export interface Candidate {
  /** What this reading says, such as `X3 is missing in the ledger`. */
  readonly reading: string;
  readonly documentIds: readonly string[];
  readonly vouchers: readonly string[];
}

/** One reconciling item: a cause, with what it does to each cell. */
export interface ReconciliationException {
  /** Deterministic: the same item keeps its id from run to run, whatever else is posted. */
  readonly exceptionId: string;
  readonly category: Category;
  readonly class: ExceptionClass;
  readonly owner: Owner;
  readonly storeId: StoreId;
  /** Its age counts from here. */
  readonly businessDate: BusinessDate;
  /** The transaction, voucher, product or store that it is about. */
  readonly subject: string;
  readonly detail: string;
  /**
   * The exception's value, as `valueOf` defines it: the one measure that page, CSV and JSON show. 0 where only the
   * data is at fault and no amount is known.
   */
  readonly amountMinor: TotalMinor;
  readonly currency: Currency | undefined;
  /** POS less ledger in every cell that it explains; none where only the data is at fault. */
  readonly parts: readonly CellAmount[];
  readonly evidence: Evidence;
  /** What must be so on both sides for this exception to hold; `checkClaims` tests it. */
  readonly claim: Claim;
  /** The readings between which the data cannot decide, and how many there are. */
  readonly candidates?: readonly Candidate[] | undefined;
  readonly candidateCount?: number | undefined;
}

/**
 * Sixteen hex digits from what the exception is about, and nothing that changes from run to run.
 * @param about tells apart what may have one subject, such as a voucher that bears the number of a transaction.
 */
export function exceptionIdOf(
  businessDate: BusinessDate,
  storeId: StoreId,
  category: Category,
  subject: string,
  about = '',
): string {
  return createHash('sha256')
    .update(JSON.stringify([businessDate, storeId, category, subject, ...(about === '' ? [] : [about])]))
    .digest('hex')
    .slice(0, 16);
}

/**
 * The value of an exception: of its parts in its own store, the debits or the credits, whichever are more. Balanced
 * parts have as much of both, so a single account that is off by a rounding does not change which one counts. It is
 * positive where the ledger has too little (or the right amount in the wrong place), negative where it has too much.
 * With several currencies, the one that moves most counts.
 */
export function valueOf(
  storeId: StoreId,
  parts: readonly CellAmount[],
  ledgerHasTooMuch: boolean,
): { amountMinor: bigint; currency: Currency | undefined } {
  const sums = new Map<Currency, { debit: bigint; credit: bigint }>();
  for (const part of parts) {
    if (part.storeId !== storeId) continue;
    const sum = sums.get(part.currency) ?? { debit: 0n, credit: 0n };
    const amount = BigInt(part.amountMinor);
    if (amount > 0n) sum.debit += amount;
    else sum.credit -= amount;
    sums.set(part.currency, sum);
  }
  let value = 0n;
  let currency: Currency | undefined;
  for (const [code, { debit, credit }] of [...sums].sort(([left], [right]) => (left < right ? -1 : 1))) {
    const size = debit > credit ? debit : credit;
    if (currency !== undefined && size <= value) continue;
    value = size;
    currency = code;
  }
  return { amountMinor: ledgerHasTooMuch ? -value : value, currency };
}
