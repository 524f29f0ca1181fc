import type { BusinessDate } from '../../../ids.ts';
import type { Currency } from '../../../money.ts';
import type { TenderType } from '../../../pos/event.ts';
import type { LedgerPart } from '../../ledger-source.ts';

/** A receipt as Commerce headquarters has it. Its number is not unique: two receipts of one number are two. */
export interface HeadquartersReceipt {
  /** Operating unit of the store. */
  readonly store: string;
  readonly terminal: string;
  readonly transactionNumber: string;
  readonly receiptId: string;
  readonly shift: string;
  /** As headquarters has it, such as `Sales`. */
  readonly type: string;
  /** Such as `Posted` or `Voided`; empty where it has none. */
  readonly status: string;
  /** `Successful`, `Error` or `None`; undefined where this version does not show it. */
  readonly validation: string | undefined;
  /** Empty where it is in none; undefined where this version does not show it. */
  readonly statementId: string | undefined;
  /** Undefined where it is no ISO 4217 code. */
  readonly currency: Currency | undefined;
  /** Gross, positive for a sale; undefined where headquarters has no amount that the currency can have. */
  readonly grossMinor: number | undefined;
  /** What was paid, less change; undefined where it is not shown, or is no such amount. */
  readonly paidMinor: number | undefined;
  /** By tender, where payment lines are shown and each payment method has its tender. */
  readonly tenders?: readonly { readonly type: TenderType; readonly amountMinor: number }[];
  readonly isOffline: boolean;
}

/** A statement that receipts of the date are in. */
export interface HeadquartersStatement {
  readonly statementId: string;
  readonly isPosted: boolean;
  /** Why it is not posted, in the words of Dynamics; the first few of them. */
  readonly messages: readonly string[];
}

/** A line of a date's snapshot. */
export type HeadquartersRow =
  { readonly receipt: HeadquartersReceipt } | { readonly statement: HeadquartersStatement };

/** Commerce headquarters, a part per business date. */
export interface HeadquartersSource {
  /** Every part that there is now, brought up to date. @throws TransientError */
  list(): Promise<LedgerPart[]>;
  /** The rows of a part; nothing when it is gone. @throws TransientError */
  rows(name: string): AsyncIterable<HeadquartersRow>;
}

/** Parts are among the ledger's, under names that no ledger file has. */
const PREFIX = 'dynamics-commerce:';
export const headquartersPart = (date: string): string => PREFIX + date;
export const isHeadquartersPart = (name: string): boolean => name.startsWith(PREFIX);
/** `connection` where it is about no single date. */
export const dateOfPart = (name: string): BusinessDate => name.slice(PREFIX.length) as BusinessDate;
