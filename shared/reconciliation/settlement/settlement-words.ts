import { storeId, type StoreId } from '../../ids.ts';
import type { SettlementEntry } from '../../ledger/settlement/settlement-entry.ts';
import { formatAmount, type Currency } from '../../money.ts';
import type { Claim } from '../claim.ts';
import type { Category, ExceptionClass } from '../exception.ts';

/** What an acquirer reports belongs to no store: its exceptions stand under this name. */
export const ACQUIRER = storeId('acquirer');

/** An exception of the third side, before it has its id. */
export interface Of {
  readonly storeId: StoreId;
  readonly category: Category;
  readonly class: ExceptionClass;
  readonly subject: string;
  readonly about: string;
  readonly detail: string;
  readonly amountMinor: bigint;
  readonly currency: Currency;
  readonly transactionIds?: readonly string[];
  readonly claim: Claim;
}

export const said = (minor: bigint | number, currency: Currency): string =>
  `${formatAmount(minor, currency)} ${currency}`;

export const placesOf = (entries: readonly SettlementEntry[]): string => {
  const places = entries.slice(0, 3).map(({ readAt }) => `${readAt.part}:${readAt.row}`);
  return entries.length > 3 ? `${places.join(', ')} and ${entries.length - 3} more` : places.join(', ');
};

export const nameOf = ({ reference, merchantReference, readAt }: SettlementEntry): string =>
  reference || merchantReference || `${readAt.part}:${readAt.row}`;

export const rowClaim = (entry: SettlementEntry): Claim => ({
  kind: 'settlement-row',
  file: entry.readAt.part,
  row: entry.readAt.row,
  grossMinor: entry.grossMinor,
});
