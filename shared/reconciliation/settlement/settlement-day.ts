import type { LedgerRowError } from '../../ledger/ledger-row.ts';
import type { LedgerEntry } from '../../ledger/posting.ts';
import type { AgreedFee } from '../../ledger/posting-profile.ts';
import type { Payout } from '../../ledger/settlement/payout.ts';
import type { SettlementEntry } from '../../ledger/settlement/settlement-entry.ts';
import type { Currency, TotalMinor } from '../../money.ts';
import type { CardPayment } from './card-payment.ts';

/** What the three sides hold that concerns a business date. */
export interface SettlementSides {
  /** Card payments of the date, and those of dates around it that settlement rows of the date name. */
  readonly payments: readonly CardPayment[];
  /** Rows of every report that has a row of the date or of a date around it; each counts once. */
  readonly entries: readonly SettlementEntry[];
  /** The ledger's postings on the account of bank clearing, on the date and around it; undefined where there is no such account. */
  readonly bank: readonly LedgerEntry[] | undefined;
  /** What fees are agreed; nothing is compared without. */
  readonly agreedFees?: readonly AgreedFee[] | undefined;
}

/** The card payments of a date in one currency: till = acquirer. */
export interface CardTotals {
  readonly currency: Currency;
  readonly tillMinor: TotalMinor;
  /** Of these, what the acquirer has by reference, or by amount where it knows none of our references. */
  readonly settledMinor: TotalMinor;
  readonly payments: number;
  readonly settled: number;
  readonly matchedBy: 'reference' | 'amount' | 'none';
}

/** A payout with its three sides. */
export interface PayoutSides extends Payout {
  /** The payments in it that a till of the dates around has, in the payout's currency. */
  readonly tillMinor: TotalMinor;
  /** Rows of payments and refunds that no till was found for. */
  readonly notAtTill: number;
  /** Rows of payments of dates that are too far away to be compared with tills here. */
  readonly notCompared: number;
  /** What the ledger posted to bank clearing; undefined where nothing is posted, or there is no such account. */
  readonly ledgerMinor: TotalMinor | undefined;
  /** What a bank statement says that arrived; undefined where none does. */
  readonly bankMinor: TotalMinor | undefined;
}

/** The third side of a business date, as the report has it. */
export interface SettlementDay {
  readonly cards: readonly CardTotals[];
  readonly payouts: readonly PayoutSides[];
  /** Rows of reports with the date that could not be read, and are in no figure here. */
  readonly rowErrors: readonly LedgerRowError[];
  readonly rowErrorsOmitted: number;
}
