import type { BusinessDate } from '../../ids.ts';
import { toTotal, type Currency, type TotalMinor } from '../../money.ts';
import type { SettlementEntry } from './settlement-entry.ts';

/**
 * A payout, with what it is made of, in its own currency. Amounts are positive where they come to us:
 * captures + refunds + chargebacks + reserve + adjustments - fees = net.
 */
export interface Payout {
  readonly acquirer: string;
  readonly payoutId: string;
  readonly payoutDate: BusinessDate | undefined;
  readonly currency: Currency;
  readonly captureMinor: TotalMinor;
  readonly refundMinor: TotalMinor;
  /** Chargebacks less those that were won. */
  readonly chargebackMinor: TotalMinor;
  readonly reserveMinor: TotalMinor;
  readonly adjustmentMinor: TotalMinor;
  readonly feeMinor: TotalMinor;
  readonly netMinor: TotalMinor;
  /** What the acquirer says that it paid out; undefined where the report has no row of it. */
  readonly paidOutMinor: TotalMinor | undefined;
  readonly rows: number;
}

interface Sums {
  readonly first: SettlementEntry;
  payoutDate: BusinessDate | undefined;
  capture: bigint;
  refund: bigint;
  chargeback: bigint;
  reserve: bigint;
  adjustment: bigint;
  fee: bigint;
  paidOut: bigint | undefined;
  rows: number;
}

/** The payouts of a report. Rows that name none are left to the caller: they are of no payout yet. */
export function payoutsOf(entries: Iterable<SettlementEntry>): Payout[] {
  const payouts = new Map<string, Sums>();
  for (const entry of entries) {
    if (entry.payoutId === '' || entry.kind === 'bank') continue;
    const key = payoutKey(entry);
    let sums = payouts.get(key);
    if (!sums) {
      sums = newSums(entry);
      payouts.set(key, sums);
    }
    add(sums, entry);
  }
  return [...payouts].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, sums]) => payoutOf(sums));
}

const payoutKey = ({
  acquirer,
  payoutId,
  netCurrency,
}: Pick<SettlementEntry, 'acquirer' | 'payoutId' | 'netCurrency'>): string =>
  JSON.stringify([acquirer, payoutId, netCurrency]);

const newSums = (first: SettlementEntry): Sums => ({
  first,
  payoutDate: undefined,
  capture: 0n,
  refund: 0n,
  chargeback: 0n,
  reserve: 0n,
  adjustment: 0n,
  fee: 0n,
  paidOut: undefined,
  rows: 0,
});

function add(sums: Sums, { kind, netMinor, feeMinor, payoutDate }: SettlementEntry): void {
  // The payout's own row says when; until then any row of it does.
  if (payoutDate !== undefined && (kind === 'payout' || sums.payoutDate === undefined))
    sums.payoutDate = payoutDate;
  sums.rows += 1;
  const net = BigInt(netMinor);
  if (kind === 'payout') {
    sums.paidOut = (sums.paidOut ?? 0n) - net;
    return;
  }
  if (kind === 'fee') {
    sums.fee -= net;
    return;
  }
  const fee = BigInt(feeMinor);
  sums.fee += fee;
  // Between currencies, what a payment is worth in the payout's own is its net and its fee.
  const gross = net + fee;
  if (kind === 'capture') sums.capture += gross;
  else if (kind === 'refund') sums.refund += gross;
  else if (kind === 'chargeback' || kind === 'chargebackReversed') sums.chargeback += gross;
  else if (kind === 'reserve') sums.reserve += gross;
  else sums.adjustment += gross;
}

function payoutOf(sums: Sums): Payout {
  const { first, capture, refund, chargeback, reserve, adjustment, fee, paidOut } = sums;
  return {
    acquirer: first.acquirer,
    payoutId: first.payoutId,
    payoutDate: sums.payoutDate,
    currency: first.netCurrency,
    captureMinor: toTotal(capture),
    refundMinor: toTotal(refund),
    chargebackMinor: toTotal(chargeback),
    reserveMinor: toTotal(reserve),
    adjustmentMinor: toTotal(adjustment),
    feeMinor: toTotal(fee),
    netMinor: toTotal(capture + refund + chargeback + reserve + adjustment - fee),
    paidOutMinor: paidOut === undefined ? undefined : toTotal(paidOut),
    rows: sums.rows,
  };
}
