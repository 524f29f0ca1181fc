import type { SettlementEntry } from '../../ledger/settlement/settlement-entry.ts';
import type { BusinessDate } from '../../ids.ts';
import { groupBy } from '../group-by.ts';
import type { CardPayment } from './card-payment.ts';

/** A transaction's card payment with the acquirer's rows that name it. */
export interface CardPair {
  readonly payment: CardPayment;
  /** Of captures for what was paid, of refunds for what was paid back. */
  readonly entries: readonly SettlementEntry[];
}

export interface CardMatch {
  readonly pairs: readonly CardPair[];
  /** Payments of the date that the acquirer does not have. */
  readonly open: readonly CardPayment[];
  /** The acquirer's payments and refunds of the date that no till has. */
  readonly unknown: readonly SettlementEntry[];
  readonly matchedBy: 'reference' | 'amount' | 'none';
}

export const isPayment = ({ kind }: SettlementEntry): boolean => kind === 'capture' || kind === 'refund';

/**
 * Till and acquirer, payment by payment. A payment is found by any of its references. Only where the acquirer knows none of
 * our references are amounts compared, and then only as many as both sides have: which payment is which does not
 * matter then. Where it knows some, an unknown reference is a difference, however well an amount would fit.
 */
export function matchCards(
  businessDate: BusinessDate,
  payments: readonly CardPayment[],
  entries: readonly SettlementEntry[],
): CardMatch {
  const rows = entries.filter(isPayment);
  const byReference = new Map<string, CardPayment[]>();
  for (const payment of payments)
    for (const reference of payment.references) {
      const key = sideKey(reference, payment.currency, payment.amountMinor > 0);
      byReference.set(key, [...(byReference.get(key) ?? []), payment]);
    }
  const found = new Map<CardPayment, SettlementEntry[]>();
  const rest: SettlementEntry[] = [];
  for (const row of rows) {
    const payment = paymentOf(row, byReference);
    if (payment) found.set(payment, [...(found.get(payment) ?? []), row]);
    else rest.push(row);
  }
  const pairs = [...found].map(([payment, members]) => ({ payment, entries: members }));
  const open = payments.filter((payment) => payment.businessDate === businessDate && !found.has(payment));
  const unknown = rest.filter(({ occurredOn }) => occurredOn === businessDate);
  if (pairs.length > 0 || open.length === 0 || unknown.length === 0)
    return { pairs, open, unknown, matchedBy: pairs.length > 0 ? 'reference' : 'none' };
  return byAmount(open, unknown);
}

/** A reference may have been used for a sale and for its refund: the sign of the money tells them apart. */
const sideKey = (reference: string, currency: string, isPaid: boolean): string =>
  JSON.stringify([reference, currency, isPaid]);

function paymentOf(
  row: SettlementEntry,
  byReference: ReadonlyMap<string, readonly CardPayment[]>,
): CardPayment | undefined {
  // A capture that is taken back belongs to the payment that was made.
  const isPaid = row.kind === 'capture';
  for (const reference of [row.reference, row.merchantReference]) {
    if (reference === '') continue;
    const named = byReference.get(sideKey(reference, row.currency, isPaid)) ?? [];
    // Two stores may use one receipt number: then the amount decides, and nothing if it does not.
    const fitting =
      named.length > 1 ? named.filter(({ amountMinor }) => amountMinor === row.grossMinor) : named;
    if (fitting.length === 1) return fitting[0];
  }
  return undefined;
}

function byAmount(payments: readonly CardPayment[], rows: readonly SettlementEntry[]): CardMatch {
  const keyOf = (currency: string, amountMinor: number): string => `${currency} ${amountMinor}`;
  const left = groupBy(rows, ({ currency, grossMinor }) => keyOf(currency, grossMinor));
  const pairs: CardPair[] = [];
  const open: CardPayment[] = [];
  for (const payment of payments) {
    const row = left.get(keyOf(payment.currency, payment.amountMinor))?.pop();
    if (row) pairs.push({ payment, entries: [row] });
    else open.push(payment);
  }
  const paired = new Set(pairs.flatMap(({ entries }) => entries));
  const unknown = rows.filter((row) => !paired.has(row));
  return { pairs, open, unknown, matchedBy: pairs.length > 0 ? 'amount' : 'none' };
}
