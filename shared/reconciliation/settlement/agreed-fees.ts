import type { AgreedFee } from '../../ledger/posting-profile.ts';
import type { SettlementEntry } from '../../ledger/settlement/settlement-entry.ts';
import type { BusinessDate } from '../../ids.ts';
import { divideRounded, type Currency } from '../../money.ts';
import { groupBy } from '../group-by.ts';

/** The payments of a date for which an acquirer took another fee than is agreed, in one currency. */
export interface FeeDifference {
  readonly acquirer: string;
  readonly currency: Currency;
  readonly entries: readonly SettlementEntry[];
  readonly feeMinor: bigint;
  readonly agreedMinor: bigint;
}

/** Fees that are taken in another currency than the payment's, or in rows of their own, have no rate to compare with. */
export function feeDifferences(
  businessDate: BusinessDate,
  entries: readonly SettlementEntry[],
  agreed: readonly AgreedFee[] = [],
): FeeDifference[] {
  const found = entries.flatMap((entry) => {
    if (entry.kind !== 'capture' || entry.occurredOn !== businessDate || entry.grossMinor <= 0) return [];
    const fee = agreed.find(
      ({ acquirer, currency }) =>
        acquirer === entry.acquirer && currency === entry.currency && currency === entry.netCurrency,
    );
    if (!fee) return [];
    const agreedMinor =
      divideRounded(BigInt(entry.grossMinor) * BigInt(fee.ratePpm), 1_000_000n) + BigInt(fee.fixedMinor);
    const offBy = BigInt(entry.feeMinor) - agreedMinor;
    const isWithin = offBy <= BigInt(fee.toleranceMinor) && -offBy <= BigInt(fee.toleranceMinor);
    return isWithin ? [] : [{ entry, agreedMinor }];
  });
  return [...groupBy(found, ({ entry }) => JSON.stringify([entry.acquirer, entry.currency]))].flatMap(
    ([, of]) => {
      const [first] = of;
      if (!first) return [];
      return [
        {
          acquirer: first.entry.acquirer,
          currency: first.entry.currency,
          entries: of.map(({ entry }) => entry),
          feeMinor: of.reduce((sum, { entry }) => sum + BigInt(entry.feeMinor), 0n),
          agreedMinor: of.reduce((sum, { agreedMinor }) => sum + agreedMinor, 0n),
        },
      ];
    },
  );
}
