import { fnv1a } from '../fnv1a.ts';
import type { LedgerEntry } from '../ledger/posting.ts';
import { accountKey, type AccountKey } from '../reconciliation/cell.ts';
import type { PosDocument } from '../reconciliation/day-documents.ts';

/**
 * The check on set work. Of every account and currency the amounts are added up, each times a weight that follows from the
 * number of its document. Documents that tie add the same to both sides, so what set work leaves out as tied must leave
 * the difference of the two sides as it was; two faults that offset each other in the plain sum do not offset
 * here. It needs no join, and shares nothing with the one that it checks.
 */
export type ControlSums = Map<AccountKey, bigint>;

const WEIGHT_BITS = 0x3fffffff;

export const controlWeight = (documentNumber: string): number => 1 + (fnv1a(documentNumber) & WEIGHT_BITS);

function add(sums: ControlSums, key: AccountKey, amount: bigint): void {
  sums.set(key, (sums.get(key) ?? 0n) + amount);
}

export function addDocument(sums: ControlSums, { documentId, amounts }: PosDocument): void {
  const weight = BigInt(controlWeight(documentId));
  for (const [key, amountMinor] of amounts) add(sums, key, weight * BigInt(amountMinor));
}

/** What the POS has less what the ledger has, of the documents and entries that are judged one by one. */
export function differenceOfJudged(
  documents: readonly PosDocument[],
  entries: readonly LedgerEntry[],
): ControlSums {
  const sums: ControlSums = new Map();
  for (const document of documents) addDocument(sums, document);
  for (const { account, currency, documentNumber, amountMinor } of entries)
    add(sums, accountKey(account, currency), -BigInt(controlWeight(documentNumber)) * BigInt(amountMinor));
  return sums;
}

/** @returns the accounts in which what is judged does not come to the difference of all. */
export function controlFaults(all: ControlSums, judged: ControlSums): AccountKey[] {
  return [...new Set([...all.keys(), ...judged.keys()])].filter(
    (key) => (all.get(key) ?? 0n) !== (judged.get(key) ?? 0n),
  );
}
