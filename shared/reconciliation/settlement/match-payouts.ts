import type { BusinessDate } from '../../ids.ts';
import type { LedgerEntry } from '../../ledger/posting.ts';
import { payoutsOf, type Payout } from '../../ledger/settlement/payout.ts';
import type { SettlementEntry } from '../../ledger/settlement/settlement-entry.ts';
import { toTotal } from '../../money.ts';
import { addDays } from '../../time.ts';
import { isPayment, type CardMatch } from './match-cards.ts';
import type { PayoutSides, SettlementSides } from './settlement-day.ts';

/** So many days around a payout's date may its posting and its arrival have. */
const PAYOUT_DAYS = 3;

/** The payouts of a date, each with what tills, ledger and bank say of it. */
export function matchPayouts(
  businessDate: BusinessDate,
  { entries, bank }: SettlementSides,
  { pairs }: CardMatch,
): PayoutSides[] {
  const atTill = new Map(pairs.flatMap((pair) => pair.entries.map((entry) => [entry, pair] as const)));
  const used = new Set<LedgerEntry | SettlementEntry>();
  return payoutsOf(entries)
    .filter(({ payoutDate }) => payoutDate === businessDate)
    .map((payout) => {
      const rows = entries.filter((entry) => isOf(payout, entry) && isPayment(entry));
      const found = rows.filter((row) => atTill.has(row));
      const isComparable = ({ occurredOn }: SettlementEntry): boolean =>
        occurredOn !== undefined && occurredOn >= addDays(businessDate, -PAYOUT_DAYS);
      return {
        ...payout,
        tillMinor: toTotal(found.reduce((sum, row) => sum + BigInt(row.netMinor + row.feeMinor), 0n)),
        notAtTill: rows.filter((row) => !atTill.has(row) && isComparable(row)).length,
        notCompared: rows.filter((row) => !atTill.has(row) && !isComparable(row)).length,
        ledgerMinor: postedFor(payout, bank ?? [], used),
        bankMinor: arrivedFor(payout, entries, used),
      };
    });
}

const isOf = (payout: Pick<Payout, 'acquirer' | 'payoutId' | 'currency'>, entry: SettlementEntry): boolean =>
  entry.acquirer === payout.acquirer &&
  entry.payoutId === payout.payoutId &&
  entry.netCurrency === payout.currency;

/** What is to arrive: what the acquirer says that it paid, or, where its report does not say, what its rows add up to. */
export const expectedOf = ({ paidOutMinor, netMinor }: Pick<Payout, 'paidOutMinor' | 'netMinor'>): bigint =>
  BigInt(paidOutMinor ?? netMinor);

/** The last part of a payout's id names it too: `42` of `ChainPOS/42` is too short to be looked for. */
const MIN_NAME = 5;
const isNamedIn = ({ payoutId }: Payout, text: string): boolean =>
  payoutId.length >= MIN_NAME && text.includes(payoutId);

/** Postings that name the payout, otherwise one of its very amount. Each posting stands for one payout. */
function postedFor(payout: Payout, bank: readonly LedgerEntry[], used: Set<unknown>) {
  const free = bank.filter((entry) => entry.currency === payout.currency && !used.has(entry));
  const named = free.filter(({ documentNumber, voucher }) =>
    isNamedIn(payout, `${documentNumber} ${voucher}`),
  );
  const equal = free.filter(({ amountMinor }) => BigInt(amountMinor) === expectedOf(payout)).slice(0, 1);
  const found = named.length > 0 ? named : equal;
  for (const entry of found) used.add(entry);
  return found.length === 0
    ? undefined
    : toTotal(found.reduce((sum, { amountMinor }) => sum + BigInt(amountMinor), 0n));
}

function arrivedFor(payout: Payout, entries: readonly SettlementEntry[], used: Set<unknown>) {
  const { payoutDate } = payout;
  const free = entries.filter(
    (entry) =>
      entry.kind === 'bank' &&
      entry.currency === payout.currency &&
      !used.has(entry) &&
      isNear(entry, payoutDate),
  );
  const named = free.filter(({ text, merchantReference }) =>
    isNamedIn(payout, `${merchantReference} ${text}`),
  );
  const equal = free.filter(({ netMinor }) => BigInt(netMinor) === expectedOf(payout)).slice(0, 1);
  const found = named.length > 0 ? named : equal;
  for (const entry of found) used.add(entry);
  return found.length === 0
    ? undefined
    : toTotal(found.reduce((sum, { netMinor }) => sum + BigInt(netMinor), 0n));
}

function isNear({ payoutDate: bookedOn }: SettlementEntry, payoutDate: BusinessDate | undefined): boolean {
  if (bookedOn === undefined || payoutDate === undefined) return false;
  return bookedOn >= addDays(payoutDate, -PAYOUT_DAYS) && bookedOn <= addDays(payoutDate, PAYOUT_DAYS);
}
