import type { Currency } from '../../../money.ts';
import type { HeadquartersReceipt } from './headquarters-row.ts';

/** A receipt as the till sent it. */
export interface TillReceipt {
  readonly tillId: string;
  readonly transactionId: string;
  readonly currency: Currency;
  readonly grossMinor: number;
}

/** How far the receipts of one store and date have come at headquarters. */
export interface HeadquartersDay<T extends TillReceipt = TillReceipt> {
  readonly received: number;
  readonly atHeadquarters: number;
  /** Undefined where this version of headquarters does not show it. */
  readonly validated: number | undefined;
  readonly inStatement: number | undefined;
  /** Received, and not uploaded yet. */
  readonly notUploaded: readonly T[];
  /** Received, and at headquarters voided, on hold or a training: it will never be posted. */
  readonly notInForce: readonly Pair<T>[];
  readonly failedValidation: readonly HeadquartersReceipt[];
  readonly amountDiffers: readonly Pair<T>[];
  /** Numbers that headquarters has more than once, each with all of its receipts: none of them is dropped. */
  readonly duplicateNumbers: readonly (readonly HeadquartersReceipt[])[];
  /** Rows that are no receipts in force: voided ones, tender declarations and the like. */
  readonly noReceipts: number;
  /** At headquarters alone. */
  readonly unknown: readonly HeadquartersReceipt[];
  /** Each receipt of the tills that headquarters has, with the one that it is. */
  readonly pairs: readonly Pair<T>[];
}

interface Pair<T extends TillReceipt> {
  readonly till: T;
  readonly headquarters: HeadquartersReceipt;
}

/** Only these have money of their own; the others (such as tender declarations) are no receipts. */
const SALES = new Set(['sales', 'sale', '2', 'customerorder', 'salesorder', 'return']);
const NOT_IN_FORCE = new Set(['voided', 'cancelled', 'canceled', 'onhold', 'training']);

/**
 * Compares receipts by their number: the transaction number, or the receipt's id where the till's number is that. A number
 * that headquarters has twice pairs each receipt with one of the till's, by amount first.
 */
export function compareWithHeadquarters<T extends TillReceipt>(
  tills: readonly T[],
  all: readonly HeadquartersReceipt[],
): HeadquartersDay<T> {
  const sales = all.filter(({ type }) => SALES.has(type.toLowerCase()));
  const headquarters = sales.filter(({ status }) => !NOT_IN_FORCE.has(status.toLowerCase()));
  const byNumber = receiptsByNumber(headquarters);
  const taken = new Set<HeadquartersReceipt>();
  const pairs: Pair<T>[] = [];
  const isEqual = (till: T, one: HeadquartersReceipt): boolean =>
    one.grossMinor === till.grossMinor && one.currency === till.currency;
  // Those that agree first, or a receipt would be taken from the one whose amount it has.
  let waiting = tills;
  for (const isIt of [
    (till: T, one: HeadquartersReceipt) => isEqual(till, one) && one.terminal === till.tillId,
    isEqual,
    (till: T, one: HeadquartersReceipt) => one.terminal === till.tillId,
    () => true,
  ]) {
    const left: T[] = [];
    for (const till of waiting) {
      const found = byNumber.get(till.transactionId)?.find((one) => !taken.has(one) && isIt(till, one));
      if (found) {
        taken.add(found);
        pairs.push({ till, headquarters: found });
      } else left.push(till);
    }
    waiting = left;
  }
  const outOfForce = receiptsByNumber(sales.filter(({ status }) => NOT_IN_FORCE.has(status.toLowerCase())));
  const count = (has: (one: HeadquartersReceipt) => boolean | undefined): number | undefined =>
    headquarters.every((one) => has(one) !== undefined) ? headquarters.filter(has).length : undefined;
  return {
    received: tills.length,
    atHeadquarters: headquarters.length,
    validated: count(({ validation }) =>
      validation === undefined ? undefined : validation.toLowerCase() === 'successful',
    ),
    inStatement: count(({ statementId }) => (statementId === undefined ? undefined : statementId !== '')),
    notUploaded: waiting.filter(({ transactionId }) => !outOfForce.has(transactionId)),
    notInForce: waiting.flatMap((till) => {
      const [found] = outOfForce.get(till.transactionId) ?? [];
      return found ? [{ till, headquarters: found }] : [];
    }),
    failedValidation: headquarters.filter(({ validation }) => validation?.toLowerCase() === 'error'),
    amountDiffers: pairs.filter(({ till, headquarters: one }) => !isEqual(till, one)),
    duplicateNumbers: duplicatesAmong(headquarters),
    noReceipts: all.length - headquarters.length,
    unknown: headquarters.filter((one) => !taken.has(one)),
    pairs,
  };
}

function receiptsByNumber(
  receipts: readonly HeadquartersReceipt[],
): ReadonlyMap<string, readonly HeadquartersReceipt[]> {
  const found = new Map<string, HeadquartersReceipt[]>();
  for (const receipt of receipts)
    for (const number of new Set([receipt.transactionNumber, receipt.receiptId])) {
      if (number === '') continue;
      const known = found.get(number);
      if (known) known.push(receipt);
      else found.set(number, [receipt]);
    }
  return found;
}

function duplicatesAmong(receipts: readonly HeadquartersReceipt[]): HeadquartersReceipt[][] {
  const numbers = new Map<string, HeadquartersReceipt[]>();
  for (const receipt of receipts) {
    const { transactionNumber } = receipt;
    numbers.set(transactionNumber, [...(numbers.get(transactionNumber) ?? []), receipt]);
  }
  return [...numbers.values()].filter((some) => some.length > 1);
}
