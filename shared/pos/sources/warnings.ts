import { PermanentError } from '../../errors.ts';
import type { Found } from '../../privacy/scrub.ts';
import { MAX_AMOUNT_MINOR, type PosEvent, type TransactionEvent } from '../event.ts';
import type { Catalog } from '../master-data.ts';
import { transactionIssues, type TransactionIssue } from '../transaction-checks.ts';
import type { Warning } from './source.ts';

/**
 * What the sender should know of an event that was accepted all the same.
 * @throws PermanentError `amount-too-large` for a transaction that can not be reckoned with: it is not to be accepted.
 */
export function warningsOf(event: PosEvent, catalog: Catalog): Warning[] {
  const id = senderIdOf(event);
  const issues = event.kind === 'transaction' ? issuesOf(event, catalog) : [];
  return [
    ...(event.quality ?? []).map((code) => ({ id, code })),
    ...issues.map(({ code }) => ({ id, code })),
  ];
}

/** The id of an event as its sender knows it. */
export const senderIdOf = (event: PosEvent): string => event.eventId.slice(event.source.length + 1);

/** What was taken out of the record `id` before anything looked at it. */
export function privacyWarnings(found: Readonly<Found>, id: string): Warning[] {
  return [
    ...(found.cardNumbers > 0 ? [{ id, code: 'card-data-removed' }] : []),
    ...(found.personalFields > 0 ? [{ id, code: 'personal-data-removed' }] : []),
  ];
}

/** Ten times the largest amount, for all amounts of a transaction together: no sum of it can leave the safe integers. */
const MAX_TURNOVER_MINOR = 10 * MAX_AMOUNT_MINOR;

function issuesOf(event: TransactionEvent, { stores }: Catalog): TransactionIssue[] {
  if (turnoverMinor(event) > MAX_TURNOVER_MINOR) {
    throw new PermanentError('amount-too-large', 'Its amounts are together larger than any till takes', {
      where: '',
    });
  }
  for (const [index, line] of event.lines.entries()) {
    const priceMinor = Math.max(line.regularUnitPriceMinor, line.actualUnitPriceMinor);
    if (Math.abs((line.quantityMilli / 1000) * priceMinor) > MAX_TURNOVER_MINOR) {
      throw new PermanentError(
        'amount-too-large',
        'Its price times quantity is larger than any till takes: is a bar code in one of the fields?',
        { where: `/lines/${index}` },
      );
    }
  }
  return transactionIssues(event, stores.get(event.storeId));
}

/** Everything that is added up anywhere, whatever its sign. It may be inexact where it is far too large. */
function turnoverMinor({ lines, tenders }: TransactionEvent): number {
  let sumMinor = 0;
  for (const { extendedAmountMinor, taxes, discounts } of lines) {
    sumMinor += Math.abs(extendedAmountMinor);
    if (taxes) for (const { amountMinor } of taxes) sumMinor += Math.abs(amountMinor);
    if (discounts) for (const { amountMinor } of discounts) sumMinor += Math.abs(amountMinor);
  }
  for (const { amountMinor, changeMinor = 0 } of tenders) sumMinor += Math.abs(amountMinor) + changeMinor;
  return sumMinor;
}
