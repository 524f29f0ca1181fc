import type { BusinessDate } from '../../ids.ts';
import type { SettlementEntry } from '../../ledger/settlement/settlement-entry.ts';
import { toTotal } from '../../money.ts';
import type { Claim } from '../claim.ts';
import { NO_EVIDENCE } from '../classify.ts';
import { exceptionIdOf, type ExceptionClass, type ReconciliationException } from '../exception.ts';
import { groupBy } from '../group-by.ts';
import { ownerOf } from '../judgement.ts';
import { chargeback, feeDiffers, reserve } from './acquirer-items.ts';
import { feeDifferences } from './agreed-fees.ts';
import type { CardPayment } from './card-payment.ts';
import { ACQUIRER, type Of, nameOf, placesOf, rowClaim, said } from './settlement-words.ts';
import type { CardMatch, CardPair } from './match-cards.ts';
import { expectedOf } from './match-payouts.ts';
import type { PayoutSides, SettlementSides } from './settlement-day.ts';

/** More open payments of a store than this are one exception with their sum. */
const MAX_SINGLE = 50;
const KEPT = 20;

/**
 * What the third side makes known, as exceptions: what only one of till and acquirer has, other amounts, chargebacks, and
 * payouts that did not arrive or do not add up. None of them touches a cell of till and ledger.
 */
export function settlementExceptions(
  businessDate: BusinessDate,
  sides: SettlementSides,
  match: CardMatch,
  payouts: readonly PayoutSides[],
): ReconciliationException[] {
  const all: Of[] = [
    ...match.pairs.filter(({ payment }) => payment.businessDate === businessDate).flatMap(differing),
    ...openPayments(businessDate, sides, match.open),
    ...match.unknown.map(notAtTill),
    ...sides.entries
      .filter(({ kind, occurredOn }) => occurredOn === businessDate && kind.startsWith('chargeback'))
      .map(chargeback),
    ...sides.entries
      .filter(
        ({ kind, occurredOn, payoutDate }) =>
          kind === 'reserve' && (occurredOn ?? payoutDate) === businessDate,
      )
      .map(reserve),
    ...feeDifferences(businessDate, sides.entries, sides.agreedFees).map(feeDiffers),
    ...payouts.flatMap((payout) => payoutFaults(businessDate, sides, payout)),
  ];
  return all.map((one) => exceptionOf(businessDate, one));
}

function exceptionOf(businessDate: BusinessDate, of: Of): ReconciliationException {
  const { category, subject, about, transactionIds = [], claim } = of;
  return {
    exceptionId: exceptionIdOf(businessDate, of.storeId, category, subject, about),
    category,
    class: of.class,
    owner: ownerOf(category),
    storeId: of.storeId,
    businessDate,
    subject,
    detail: of.detail,
    amountMinor: toTotal(of.amountMinor),
    currency: of.currency,
    parts: [],
    evidence: {
      ...NO_EVIDENCE,
      transactionIds: transactionIds.slice(0, KEPT),
      omitted: Math.max(0, transactionIds.length - KEPT),
    },
    claim,
  };
}

const sumOf = (amounts: readonly number[]): bigint => amounts.reduce((sum, one) => sum + BigInt(one), 0n);

function differing({ payment, entries }: CardPair): Of[] {
  const acquirerMinor = sumOf(entries.map(({ grossMinor }) => grossMinor));
  if (acquirerMinor === BigInt(payment.amountMinor)) return [];
  const { currency, transactionId } = payment;
  return [
    {
      storeId: payment.storeId,
      category: 'card-amount-differs',
      class: 'adjustment required',
      subject: transactionId,
      about: 'card',
      detail: `The till took ${said(payment.amountMinor, currency)} by card, the acquirer has ${said(acquirerMinor, currency)} (${placesOf(entries)})`,
      amountMinor: BigInt(payment.amountMinor) - acquirerMinor,
      currency,
      transactionIds: [transactionId],
      claim: {
        kind: 'card',
        transactionIds: [transactionId],
        tillMinor: payment.amountMinor,
        acquirerMinor: toTotal(acquirerMinor),
      },
    },
  ];
}

/** Payments that the acquirer does not have: each, or in sum where it has nothing of a store. */
function openPayments(
  businessDate: BusinessDate,
  { payments, entries }: SettlementSides,
  open: readonly CardPayment[],
): Of[] {
  const isReportedBeyond = entries.some(
    ({ kind, occurredOn }) => kind === 'capture' && occurredOn !== undefined && occurredOn > businessDate,
  );
  const hasReport = entries.some(({ kind, occurredOn }) => kind === 'capture' && occurredOn === businessDate);
  const found: Of[] = [];
  for (const [, members] of groupBy(open, ({ storeId: store, currency }) =>
    JSON.stringify([store, currency]),
  )) {
    const [first] = members;
    if (!first) continue;
    const { storeId: store, currency } = first;
    const ofStore = payments.filter(
      (one) => one.businessDate === businessDate && one.storeId === store && one.currency === currency,
    );
    const isWhole = ofStore.length === members.length || members.length > MAX_SINGLE;
    const kind: ExceptionClass = isReportedBeyond ? 'requires investigation' : 'timing difference';
    const wait = isReportedBeyond ? '' : hasReport ? '' : '; its report of this date has not come yet';
    if (isWhole) {
      const ids = members.map(({ transactionId }) => transactionId);
      const sum = sumOf(members.map(({ amountMinor }) => amountMinor));
      found.push({
        storeId: store,
        category: 'card-not-settled',
        class: kind,
        subject: 'card payments',
        about: currency,
        detail: `The acquirer has none of ${members.length} card payments of ${said(sum, currency)}${wait}`,
        amountMinor: sum,
        currency,
        transactionIds: ids,
        claim: { kind: 'card', transactionIds: ids, tillMinor: toTotal(sum), acquirerMinor: 0 },
      });
      continue;
    }
    for (const { transactionId, amountMinor } of members)
      found.push({
        storeId: store,
        category: 'card-not-settled',
        class: kind,
        subject: transactionId,
        about: 'card',
        detail: `The acquirer has no payment of it; the till took ${said(amountMinor, currency)} by card${wait}`,
        amountMinor: BigInt(amountMinor),
        currency,
        transactionIds: [transactionId],
        claim: { kind: 'card', transactionIds: [transactionId], tillMinor: amountMinor, acquirerMinor: 0 },
      });
  }
  return found;
}

function notAtTill(entry: SettlementEntry): Of {
  const { acquirer, currency, grossMinor, merchantReference, text, readAt } = entry;
  const ours = merchantReference === '' ? '' : `, our reference ${merchantReference}`;
  return {
    storeId: ACQUIRER,
    category: 'card-not-at-till',
    class: 'requires investigation',
    subject: nameOf(entry),
    about: `${acquirer} ${text} ${readAt.part}:${readAt.row}`,
    detail: `${acquirer} has ${text} of ${said(grossMinor, currency)}${ours} (${placesOf([entry])}), and no till has it`,
    amountMinor: BigInt(-grossMinor),
    currency,
    claim: rowClaim(entry),
  };
}

function payoutFaults(
  businessDate: BusinessDate,
  { bank, entries }: SettlementSides,
  payout: PayoutSides,
): Of[] {
  const { acquirer, payoutId, currency, netMinor, paidOutMinor, ledgerMinor, bankMinor } = payout;
  const base = { storeId: ACQUIRER, subject: payoutId, currency, claim: payoutClaim(payout) };
  const expected = expectedOf(payout);
  const found: Of[] = [];
  if (paidOutMinor !== undefined && BigInt(paidOutMinor) !== BigInt(netMinor))
    found.push({
      ...base,
      category: 'payout-differs',
      class: 'requires investigation',
      about: `${acquirer} rows`,
      detail: `${acquirer} paid out ${said(BigInt(paidOutMinor), currency)}, but the rows of the payout add up to ${said(BigInt(netMinor), currency)}: rows are missing from its reports`,
      amountMinor: BigInt(netMinor) - BigInt(paidOutMinor),
    });
  const sides: [string, string, typeof ledgerMinor, boolean][] = [
    ['ledger', 'bank clearing has', ledgerMinor, bank !== undefined],
    ['bank', 'the bank statement has', bankMinor, entries.some(({ kind }) => kind === 'bank')],
  ];
  for (const [side, has, minor, isKnown] of sides) {
    if (!isKnown) continue;
    if (minor === undefined)
      found.push({ ...base, ...missing(businessDate, side, payout, expected, { bank, entries }) });
    else if (BigInt(minor) !== expected)
      found.push({
        ...base,
        category: 'payout-differs',
        class: 'adjustment required',
        about: `${acquirer} ${side}`,
        detail: `${acquirer} paid out ${said(expected, currency)}, ${has} ${said(BigInt(minor), currency)}`,
        amountMinor: expected - BigInt(minor),
      });
  }
  return found;
}

/** Not yet there, or missing: that depends on whether the other side is known beyond the date. */
function missing(
  businessDate: BusinessDate,
  side: string,
  { acquirer }: PayoutSides,
  expected: bigint,
  { bank = [], entries }: Pick<SettlementSides, 'bank' | 'entries'>,
) {
  const isLater =
    side === 'ledger'
      ? bank.some(({ accountingDate }) => accountingDate > businessDate)
      : entries.some(
          ({ kind, payoutDate }) => kind === 'bank' && payoutDate !== undefined && payoutDate > businessDate,
        );
  return {
    category: 'payout-missing' as const,
    class: (isLater ? 'requires investigation' : 'timing difference') as ExceptionClass,
    about: `${acquirer} ${side}`,
    detail:
      side === 'ledger'
        ? `The ledger has no posting of this payout of ${acquirer} on bank clearing`
        : `No bank statement has this payout of ${acquirer}`,
    amountMinor: expected,
  };
}

const payoutClaim = ({ acquirer, payoutId, currency, netMinor, paidOutMinor }: PayoutSides): Claim => ({
  kind: 'payout',
  acquirer,
  payoutId,
  currency,
  netMinor,
  paidOutMinor,
});
