import type { BusinessDate, StoreId } from '../ids.ts';
import type { Currency } from '../money.ts';
import type { Category, ReconciliationException } from './exception.ts';

/** A line of a correcting entry: an amount on an account of a store, debits positive. */
interface CorrectingLine {
  readonly storeId: StoreId;
  readonly account: string;
  readonly currency: Currency;
  readonly amountMinor: bigint;
}

/** What makes the ledger agree with the tills in the cells of one exception. It balances in each currency. */
export interface CorrectingEntry {
  readonly exceptionId: string;
  readonly businessDate: BusinessDate;
  readonly category: Category;
  readonly subject: string;
  /** The POS document, or the number in the ledger, that the postings are about. */
  readonly documentNumber: string;
  readonly lines: readonly CorrectingLine[];
}

/** Differences whose cause is known and lies in the ledger. */
const CORRECTABLE: ReadonlySet<Category> = new Set([
  'missing-in-ledger',
  'missing-in-pos',
  'amount-differs',
  'duplicate-posting',
  'tax-differs',
  'wrong-tender',
  'rounding-differs',
  'wrong-currency',
  'wrong-account',
  'wrong-store',
  'late-and-wrong',
]);

/** Dynamics posts these itself once what it refuses is put right: an entry would then be one too many. */
const REFUSED: Readonly<Partial<Record<Category, string>>> = {
  'closed-period': 'its period is not open: open it, or let Dynamics post it with the first open date',
  'failed-validation': 'Dynamics posts it itself once it is corrected there',
  'blocked-in-dynamics': 'Dynamics posts it itself once the cause is removed',
};

/**
 * The entry that follows from an exception, or why none does. It holds what the exception explains and not a unit more:
 * where that does not balance, nothing is added to make it balance.
 */
export function correctingEntryOf(
  exception: ReconciliationException,
): { readonly entry: CorrectingEntry } | { readonly none: string } {
  const { category, exceptionId, businessDate, subject, parts } = exception;
  if (parts.length === 0) return { none: 'no posting is concerned' };
  if (exception.class === 'timing difference') return { none: 'it settles by itself' };
  const refused = REFUSED[category];
  if (refused !== undefined) return { none: refused };
  if (exception.class !== 'adjustment required' || !CORRECTABLE.has(category))
    return { none: 'its cause has to be found first' };
  const lines = parts
    .filter(({ amountMinor }) => BigInt(amountMinor) !== 0n)
    .map(({ storeId, account, currency, amountMinor }) => ({
      storeId,
      account,
      currency,
      amountMinor: BigInt(amountMinor),
    }));
  const unbalanced = unbalancedIn(lines);
  if (unbalanced !== undefined) return { none: `its postings do not balance in ${unbalanced}` };
  const documentNumber = documentOf(exception);
  if (documentNumber === '')
    return {
      none: 'its postings have no document number: reverse or post the vouchers in the ledger itself',
    };
  return { entry: { exceptionId, businessDate, category, subject, documentNumber, lines } };
}

/**
 * The one document that all postings concerned are about. A correction without it would be one more voucher that nobody can
 * tell what it corrects, and of several documents of one amount nothing tells which.
 */
function documentOf({ claim, candidateCount, evidence }: ReconciliationException): string {
  if (candidateCount !== undefined) return '';
  const number =
    'documentId' in claim ? claim.documentId : 'documentNumber' in claim ? claim.documentNumber : '';
  return evidence.journalLines.every(({ documentNumber }) => documentNumber === number) ? number : '';
}

function unbalancedIn(lines: readonly CorrectingLine[]): Currency | undefined {
  const sums = new Map<Currency, bigint>();
  for (const { currency, amountMinor } of lines) sums.set(currency, (sums.get(currency) ?? 0n) + amountMinor);
  return [...sums].find(([, sum]) => sum !== 0n)?.[0];
}
