import type { Currency } from '../../../money.ts';
import type { HeadquartersReceipt } from './read-receipts.ts';

/** A receipt as the till sent it. */
export interface TillReceipt {
  readonly tillId: string;
  readonly transactionId: string;
  readonly currency: Currency;
  readonly grossMinor: number;
}

/** How far the receipts of one store and date have come at headquarters. */
export interface HeadquartersDay {
  readonly received: number;
  readonly atHeadquarters: number;
  /** Undefined where this version of headquarters does not show it. */
  readonly validated: number | undefined;
  readonly inStatement: number | undefined;
  /** Received, and not uploaded yet. */
  readonly notUploaded: readonly TillReceipt[];
  readonly failedValidation: readonly HeadquartersReceipt[];
  readonly amountDiffers: readonly {
    readonly till: TillReceipt;
    readonly headquarters: HeadquartersReceipt;
  }[];
  /** Numbers that headquarters has more than once, each with all of its receipts: none of them is dropped. */
  readonly duplicateNumbers: readonly (readonly HeadquartersReceipt[])[];
  /** Rows that are no receipts in force: voided ones, tender declarations and the like. */
  readonly noReceipts: number;
  /** At headquarters alone. */
  readonly unknown: readonly HeadquartersReceipt[];
}

/** Only these have money of their own; the others (such as tender declarations) are no receipts. */
const SALES = new Set(['sales', 'sale', '2', 'customerorder', 'salesorder', 'return']);
const NOT_IN_FORCE = new Set(['voided', 'cancelled', 'onhold', 'training']);

/**
 * Compares receipts by their number: the transaction number, or the receipt's id where the till's number is that. A number
 * that headquarters has twice pairs each receipt with one of the till's, by amount first.
 */
export function compareWithHeadquarters(
  tills: readonly TillReceipt[],
  all: readonly HeadquartersReceipt[],
): HeadquartersDay {
  const headquarters = all.filter(
    ({ type, status }) => SALES.has(type.toLowerCase()) && !NOT_IN_FORCE.has(status.toLowerCase()),
  );
  const byNumber = new Map<string, HeadquartersReceipt[]>();
  for (const receipt of headquarters)
    for (const number of new Set([receipt.transactionNumber, receipt.receiptId]))
      if (number !== '') byNumber.set(number, [...(byNumber.get(number) ?? []), receipt]);
  const taken = new Set<HeadquartersReceipt>();
  const pairs: { till: TillReceipt; headquarters: HeadquartersReceipt }[] = [];
  const notUploaded: TillReceipt[] = [];
  const isEqual = (till: TillReceipt, one: HeadquartersReceipt): boolean =>
    one.grossMinor === till.grossMinor && one.currency === till.currency;
  // Those that agree first, or a receipt would be taken from the one whose amount it has.
  const waiting: TillReceipt[] = [];
  for (const till of tills) {
    const found = byNumber.get(till.transactionId)?.find((one) => !taken.has(one) && isEqual(till, one));
    if (!found) waiting.push(till);
    else {
      taken.add(found);
      pairs.push({ till, headquarters: found });
    }
  }
  for (const till of waiting) {
    const found = byNumber.get(till.transactionId)?.find((one) => !taken.has(one));
    if (!found) notUploaded.push(till);
    else {
      taken.add(found);
      pairs.push({ till, headquarters: found });
    }
  }
  const count = (has: (one: HeadquartersReceipt) => boolean | undefined): number | undefined =>
    headquarters.every((one) => has(one) !== undefined) ? headquarters.filter(has).length : undefined;
  return {
    received: tills.length,
    atHeadquarters: headquarters.length,
    validated: count(({ validation }) =>
      validation === undefined ? undefined : validation.toLowerCase() === 'successful',
    ),
    inStatement: count(({ statementId }) => (statementId === undefined ? undefined : statementId !== '')),
    notUploaded,
    failedValidation: headquarters.filter(({ validation }) => validation?.toLowerCase() === 'error'),
    amountDiffers: pairs.filter(({ till, headquarters: one }) => !isEqual(till, one)),
    duplicateNumbers: duplicatesAmong(headquarters),
    noReceipts: all.length - headquarters.length,
    unknown: headquarters.filter((one) => !taken.has(one)),
  };
}

function duplicatesAmong(receipts: readonly HeadquartersReceipt[]): HeadquartersReceipt[][] {
  const numbers = new Map<string, HeadquartersReceipt[]>();
  for (const receipt of receipts) {
    const { transactionNumber } = receipt;
    numbers.set(transactionNumber, [...(numbers.get(transactionNumber) ?? []), receipt]);
  }
  return [...numbers.values()].filter((some) => some.length > 1);
}
