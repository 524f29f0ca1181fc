import type { BusinessDate } from '../../ids.ts';
import type { Currency } from '../../money.ts';
import type { LedgerRowError } from '../ledger-row.ts';
import type { ReadAt } from '../posting.ts';

/**
 * What moves money between a merchant and its acquirer.
 *
 * - `capture`: a payment that the acquirer took for us; negative where it takes it back.
 * - `refund`, `chargeback`, `chargebackReversed`: by payment.
 * - `fee`: a cost that is a row of its own; the fee of a payment is in the payment's row.
 * - `reserve`: held back (negative), or released.
 * - `adjustment`: whatever else the acquirer books, by its own name in `text`.
 * - `payout`: what the acquirer says that it paid out; negative, as it leaves the balance.
 * - `bank`: what a bank statement has; positive where it came in.
 */
export const SETTLEMENT_KINDS = [
  'capture',
  'refund',
  'chargeback',
  'chargebackReversed',
  'fee',
  'reserve',
  'adjustment',
  'payout',
  'bank',
] as const;
export type SettlementKind = (typeof SETTLEMENT_KINDS)[number];

/** A row of a settlement report. Amounts are positive where they come to us: gross less fee is net. */
export interface SettlementEntry {
  readonly kind: SettlementKind;
  /** Who reports, such as `adyen`. */
  readonly acquirer: string;
  /** The payout that it belongs to; empty where the report does not say. */
  readonly payoutId: string;
  /** The acquirer's reference of the payment. */
  readonly reference: string;
  /** Our own reference of the payment, as the till gave it to the acquirer. */
  readonly merchantReference: string;
  /** The date of the payment, in the time zone of the report. */
  readonly occurredOn?: BusinessDate | undefined;
  /** When it was, or is to be, paid out; for a bank entry, when it was booked. */
  readonly payoutDate?: BusinessDate | undefined;
  readonly currency: Currency;
  readonly grossMinor: number;
  /** The currency of fee and net, which differs where the acquirer converts. */
  readonly netCurrency: Currency;
  readonly feeMinor: number;
  readonly netMinor: number;
  /** The acquirer's own id of the row: two rows that have it are one. Empty where there is none. */
  readonly rowId: string;
  /** The acquirer's own name of the movement. */
  readonly text: string;
  readonly readAt: ReadAt;
}

/** What a settlement report holds: an entry, or the reason why there is none. */
export type SettlementRow =
  | { readonly ok: true; readonly entry: SettlementEntry }
  | { readonly ok: false; readonly error: LedgerRowError };
