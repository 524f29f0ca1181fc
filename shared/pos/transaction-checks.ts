import { addMinor, extendMinor } from '../money.ts';
import type { TransactionEvent, TransactionLine } from './event.ts';
import type { Store } from './store.ts';

/**
 * Whatever does not add up in a transaction as the till sent it. It follows the checks that Dynamics 365 Commerce runs
 * as "validate store transactions". Nothing here refuses an event: it is reported, and money is never lost because a
 * till adds wrongly.
 */
type TransactionIssueCode =
  | 'net-plus-tax'
  | 'lines-total'
  | 'tax-total'
  | 'tax-implausible'
  | 'line-amount'
  | 'under-payment'
  | 'over-payment'
  | 'tendered-though-not-completed'
  | 'sign-contradiction'
  | 'change-without-cash'
  | 'rounding-without-cash'
  | 'discount-above-price'
  | 'duplicate-line-number'
  | 'empty'
  | 'currency-mismatch'
  | 'business-date-far-off';

export interface TransactionIssue {
  readonly code: TransactionIssueCode;
  readonly message: string;
  /** What is too much (positive) or missing (negative) in what was sent; 0 where no amount is in question. */
  readonly amountMinor: number;
  readonly lineNumber?: number;
}

const amountOf = (part: { amountMinor: number }): number => part.amountMinor;

function sumOf<T>(items: readonly T[], amountMinorOf: (item: T) => number): number {
  let sumMinor = 0;
  for (const item of items) sumMinor = addMinor(sumMinor, amountMinorOf(item));
  return sumMinor;
}

/** A line's amount may be rounded by its till in another place than here, and so may each unit's price. */
const LINE_TOLERANCE_MINOR = 1;
const toleranceMinor = (quantityMilli: number): number =>
  LINE_TOLERANCE_MINOR + Math.floor(Math.abs(quantityMilli) / 2000);
/** A business date is the local date of the transaction, or the one before; a day more allows for any zone. */
const MAX_BUSINESS_DATE_DISTANCE_MS = 3 * 86_400_000;

/** @param store where it is known, its currency is compared too. */
export function transactionIssues(event: TransactionEvent, store?: Store): TransactionIssue[] {
  const issues: TransactionIssue[] = [];
  const report = (
    code: TransactionIssueCode,
    message: string,
    amountMinor = 0,
    lineNumber?: number,
  ): void => {
    issues.push({ code, message, amountMinor, ...(lineNumber === undefined ? {} : { lineNumber }) });
  };
  if (store && store.currency !== event.currency) {
    report(
      'currency-mismatch',
      `The store trades in ${store.currency}, the transaction is in ${event.currency}`,
    );
  }
  const distanceMs = Math.abs(Date.parse(event.occurredAt) - Date.parse(`${event.businessDate}T12:00:00Z`));
  if (distanceMs > MAX_BUSINESS_DATE_DISTANCE_MS) {
    report('business-date-far-off', 'The business date is days away from the time of the transaction');
  }
  checkLines(event, report);
  // A cancelled or suspended transaction has no final totals.
  if (event.status === 'completed' || event.status === 'voided') checkTotals(event, report);
  checkPayment(event, report);
  return issues;
}

type Report = (
  code: TransactionIssueCode,
  message: string,
  amountMinor?: number,
  lineNumber?: number,
) => void;

function checkLines({ lines, status }: TransactionEvent, report: Report): void {
  const numbers = new Set<number>();
  for (const line of lines) {
    if (numbers.has(line.lineNumber)) {
      report('duplicate-line-number', 'Two lines have the same number', 0, line.lineNumber);
    }
    numbers.add(line.lineNumber);
    if (!line.voided) checkLine(line, report);
  }
  if (status === 'completed' && lines.every((line) => line.voided === true)) {
    report('empty', 'A completed transaction has no line that counts');
  }
}

function checkLine(line: TransactionLine, report: Report): void {
  const { quantityMilli, extendedAmountMinor, lineNumber } = line;
  const isReturn = line.type === 'return';
  if (isReturn ? quantityMilli > 0 || extendedAmountMinor > 0 : line.type === 'sale' && quantityMilli < 0) {
    report(
      'sign-contradiction',
      'The signs of quantity and amount do not fit the type of the line',
      0,
      lineNumber,
    );
  } else if (quantityMilli * extendedAmountMinor < 0) {
    report('sign-contradiction', 'Quantity and amount have opposite signs', 0, lineNumber);
  }
  const discountMinor = line.discounts === undefined ? 0 : sumOf(line.discounts, amountOf);
  const regularMinor = extendMinor(line.regularUnitPriceMinor, quantityMilli);
  const actualMinor = extendMinor(line.actualUnitPriceMinor, quantityMilli);
  if (Math.abs(discountMinor) > Math.abs(regularMinor) && Math.abs(discountMinor) > Math.abs(actualMinor)) {
    report('discount-above-price', 'The discounts are higher than the price', discountMinor, lineNumber);
    return;
  }
  // Tills differ in whether the actual price already holds the discount.
  const candidates = [actualMinor, actualMinor - discountMinor, regularMinor - discountMinor];
  const differences = candidates.map((candidate) => extendedAmountMinor - candidate);
  if (differences.every((difference) => Math.abs(difference) > toleranceMinor(quantityMilli))) {
    report(
      'line-amount',
      'Quantity times price less discounts is not the line amount',
      differences[1],
      lineNumber,
    );
  }
}

function checkTotals(event: TransactionEvent, report: Report): void {
  const { netMinor, taxMinor, grossMinor } = event.totals;
  const totalMinor = addMinor(netMinor, taxMinor);
  if (totalMinor !== grossMinor) {
    report('net-plus-tax', 'Net and tax do not add up to gross', grossMinor - totalMinor);
  }
  const counted = event.lines.filter((line) => !line.voided);
  if (counted.length > 0) {
    const linesMinor = sumOf(counted, (line) => line.extendedAmountMinor);
    const statedMinor = event.taxIncluded ? grossMinor : netMinor;
    if (linesMinor !== statedMinor) {
      const total = event.taxIncluded ? 'gross' : 'net';
      report('lines-total', `The lines do not add up to ${total}`, statedMinor - linesMinor);
    }
  }
  if (isTaxImplausible(event, counted)) {
    report('tax-implausible', 'The tax is more than all that was sold, or has the other sign', taxMinor);
  }
  const taxes = event.taxes ?? counted.flatMap((line) => line.taxes ?? []);
  if (taxes.length > 0) {
    const taxesMinor = sumOf(taxes, amountOf);
    if (taxesMinor !== taxMinor) {
      report('tax-total', 'The taxes by code do not add up to the tax', taxMinor - taxesMinor);
    }
  }
}

/** An exchange, or goods that a deposit pays for, may have any tax; what goes one way has a part of its amount. */
function isTaxImplausible({ totals }: TransactionEvent, counted: readonly TransactionLine[]): boolean {
  const { taxMinor, grossMinor } = totals;
  const goOneWay =
    counted.every(({ extendedAmountMinor }) => extendedAmountMinor >= 0) ||
    counted.every(({ extendedAmountMinor }) => extendedAmountMinor <= 0);
  if (taxMinor === 0 || counted.length === 0 || !goOneWay) return false;
  return taxMinor * grossMinor < 0 || Math.abs(taxMinor) > Math.abs(grossMinor);
}

function checkPayment({ status, tenders, totals }: TransactionEvent, report: Report): void {
  const paidMinor = sumOf(tenders, (tender) => tender.amountMinor - (tender.changeMinor ?? 0));
  if (status === 'cancelled' || status === 'suspended') {
    if (paidMinor !== 0) {
      report('tendered-though-not-completed', 'It was paid though it was not completed', paidMinor);
    }
    return;
  }
  if (status !== 'completed') return;
  const owedMinor = addMinor(totals.grossMinor, totals.tipMinor ?? 0, totals.roundingMinor ?? 0);
  if (paidMinor < owedMinor)
    report('under-payment', 'The tenders pay less than is owed', paidMinor - owedMinor);
  if (paidMinor > owedMinor)
    report('over-payment', 'The tenders pay more than is owed', paidMinor - owedMinor);
  const hasCash = tenders.some((tender) => tender.type === 'cash');
  const changeMinor = sumOf(tenders, (tender) => tender.changeMinor ?? 0);
  const foodStampOnly = tenders.every((tender) => tender.type === 'card' || tender.type === 'foodStamp');
  if (changeMinor > 0 && !hasCash && !foodStampOnly) {
    report('change-without-cash', 'Change was given though nothing was paid in cash', changeMinor);
  }
  if ((totals.roundingMinor ?? 0) !== 0 && !hasCash) {
    report('rounding-without-cash', 'It was rounded though nothing was paid in cash', totals.roundingMinor);
  }
}
