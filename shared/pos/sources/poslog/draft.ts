import type { Currency } from '../../../money.ts';
import type { Quality } from '../../enrich.ts';
import type { TransactionEvent, TransactionLine } from '../../event.ts';
import type { ReadContext } from '../source.ts';
import type { Amounts } from './amounts.ts';

export type Tax = NonNullable<TransactionEvent['taxes']>[number];

/** A `Tax` of a line or of a line item of its own. Without `amountMinor` the document states a rate alone. */
export type TaxDraft = Omit<Tax, 'amountMinor'> & { amountMinor?: number };

/** What reading a transaction needs at every place. */
export interface Reading {
  readonly amounts: Amounts;
  readonly currency: Currency;
  readonly context: ReadContext;
  readonly quality: Quality;
}

/** A line on its way to the event. */
export interface LineDraft {
  line: TransactionLine;
  readonly taxes: readonly TaxDraft[];
  /** What its discounts would take off, were they not in its amount already; signed as the amount is. */
  readonly discountMinor: number;
  /** Every code that the line names its goods by. */
  readonly codes: readonly string[];
  /** Whether the document states the price that was charged; otherwise it follows from the amount. */
  readonly hasActualPrice: boolean;
  /** What rewards name the line by. */
  readonly reference: string | undefined;
  /** The line's own number, by which others link to it. */
  readonly number: string | undefined;
  /** Marked as void. */
  readonly isVoid: boolean;
  /** The number of the line that this one takes back, or belongs to. */
  readonly link: string | undefined;
  /** Written with a negative quantity, as NCR writes the line that takes another one back. */
  readonly isNegative: boolean;
}
