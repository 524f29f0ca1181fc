import type { BusinessDate, StoreId } from '../../ids.ts';
import type { Currency } from '../../money.ts';
import type { TransactionEvent } from '../../pos/event.ts';

/** What was paid by card in one transaction that counts, as the acquirer should have it. */
export interface CardPayment {
  readonly businessDate: BusinessDate;
  readonly storeId: StoreId;
  readonly transactionId: string;
  /** By what the acquirer may name it: the transaction, its receipt, the acquirer's own reference at the till. */
  readonly references: readonly string[];
  readonly currency: Currency;
  /** Positive where the customer paid, negative where the store paid back. */
  readonly amountMinor: number;
}

/** @returns undefined where nothing was paid by card, or what was paid was paid back in the same transaction. */
export function cardPaymentOf(event: TransactionEvent): CardPayment | undefined {
  const cards = event.tenders.filter(({ type }) => type === 'card');
  const amountMinor = cards.reduce((sum, tender) => sum + tender.amountMinor, 0);
  if (amountMinor === 0) return undefined;
  const references = [
    event.transactionId,
    event.receiptNumber,
    ...cards.map(({ paymentReference }) => paymentReference),
  ].filter((reference) => reference !== undefined);
  const { businessDate, storeId, transactionId, currency } = event;
  return {
    businessDate,
    storeId,
    transactionId,
    references: [...new Set(references)],
    currency,
    amountMinor,
  };
}
