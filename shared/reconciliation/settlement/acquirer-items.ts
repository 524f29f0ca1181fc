import type { SettlementEntry } from '../../ledger/settlement/settlement-entry.ts';
import { toTotal } from '../../money.ts';
import type { FeeDifference } from './agreed-fees.ts';
import { ACQUIRER, nameOf, placesOf, rowClaim, said, type Of } from './settlement-words.ts';

/** What an acquirer takes, holds back or gives back of its own accord. */

export function chargeback(entry: SettlementEntry): Of {
  const { acquirer, currency, grossMinor, feeMinor, netCurrency, merchantReference, kind, readAt } = entry;
  const isBack = kind === 'chargebackReversed';
  const fee = feeMinor === 0 ? '' : `, and ${said(feeMinor, netCurrency)} of fees`;
  const ours = merchantReference === '' ? '' : `, our reference ${merchantReference}`;
  return {
    storeId: ACQUIRER,
    category: 'chargeback',
    class: 'adjustment required',
    subject: nameOf(entry),
    about: `${acquirer} ${entry.text} ${readAt.part}:${readAt.row}`,
    detail: `${acquirer} ${isBack ? 'gave back' : 'took back'} ${said(Math.abs(grossMinor), currency)} of a payment${ours}${fee} (${placesOf([entry])})`,
    amountMinor: BigInt(-grossMinor),
    currency,
    claim: rowClaim(entry),
  };
}

export function reserve(entry: SettlementEntry): Of {
  const { acquirer, currency, grossMinor, text, readAt } = entry;
  return {
    storeId: ACQUIRER,
    category: 'acquirer-reserve',
    class: 'timing difference',
    subject: nameOf(entry),
    about: `${acquirer} ${text} ${readAt.part}:${readAt.row}`,
    detail: `${acquirer} ${grossMinor < 0 ? 'holds back' : 'releases'} ${said(Math.abs(grossMinor), currency)} (${text}, ${placesOf([entry])})`,
    amountMinor: BigInt(-grossMinor),
    currency,
    claim: rowClaim(entry),
  };
}

export function feeDiffers({ acquirer, currency, entries, feeMinor, agreedMinor }: FeeDifference): Of {
  const count = entries.length === 1 ? 'one payment' : `${entries.length} payments`;
  return {
    storeId: ACQUIRER,
    category: 'fee-differs',
    class: 'requires investigation',
    subject: `fees of ${acquirer}`,
    about: currency,
    detail: `${acquirer} took ${said(feeMinor, currency)} of fees for ${count}, and ${said(agreedMinor, currency)} is agreed (${placesOf(entries)})`,
    amountMinor: feeMinor - agreedMinor,
    currency,
    transactionIds: entries.map(nameOf),
    claim: {
      kind: 'fees',
      acquirer,
      currency,
      payments: entries.length,
      feeMinor: toTotal(feeMinor),
      agreedMinor: toTotal(agreedMinor),
    },
  };
}
