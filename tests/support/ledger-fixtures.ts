import { businessDate, eventId, storeId, tillId, type BusinessDate } from '../../shared/ids.ts';
import { postingsOfTransaction } from '../../shared/ledger/expected-postings.ts';
import { postingProfileSchema, type PostingProfile } from '../../shared/ledger/posting-profile.ts';
import type { LedgerEntry } from '../../shared/ledger/posting.ts';
import { currency } from '../../shared/money.ts';
import type { TransactionEvent } from '../../shared/pos/event.ts';

/** A small chain's posting profile, transactions and ledger rows, for tests of reconciliation. */
export const PROFILE: PostingProfile = postingProfileSchema.parse({
  accounts: {
    revenue: { default: '401000', fee: '401900' },
    tax: { default: '261100', reduced: '261101' },
    tender: { default: '110900', cash: '110100', card: '110200' },
    giftCardLiability: '261500',
    deposits: '261600',
    tips: '261700',
    rounding: '690100',
    cashOverShort: '690200',
    paidIn: '690300',
    paidOut: '690400',
    safe: '110300',
  },
});

export const DATE: BusinessDate = businessDate('2026-03-02');
export const EUR = currency('EUR');

/** A sale of `netMinor` plus 19 % tax, paid in cash unless said otherwise. */
export function sale(
  id: string,
  netMinor: number,
  changes: Partial<TransactionEvent> & { tender?: 'cash' | 'card' } = {},
): TransactionEvent {
  const { tender = 'cash', ...others } = changes;
  const taxMinor = Math.round(netMinor * 0.19);
  const grossMinor = netMinor + taxMinor;
  return {
    schemaVersion: 1,
    eventId: eventId(`tillstream:${others.storeId ?? 'S1'}-${id}`),
    source: 'tillstream',
    storeId: storeId('S1'),
    tillId: tillId('T1'),
    occurredAt: '2026-03-02T10:00:00.000Z',
    businessDate: DATE,
    receivedAt: '2026-03-02T10:00:01.000Z',
    offline: false,
    training: false,
    traceparent: '00-00000000000000000000000000000001-0000000000000001-01',
    version: 1,
    kind: 'transaction',
    transactionId: id,
    status: 'completed',
    shiftId: 'SH1',
    currency: EUR,
    taxIncluded: false,
    lines: [
      {
        lineNumber: 1,
        type: 'sale',
        productCode: '4006381333931',
        quantityMilli: 1000,
        unit: 'each',
        regularUnitPriceMinor: Math.abs(netMinor),
        actualUnitPriceMinor: Math.abs(netMinor),
        extendedAmountMinor: netMinor,
        taxes: [{ code: 'standard', taxableMinor: netMinor, amountMinor: taxMinor }],
      },
    ],
    tenders: [{ type: tender, amountMinor: grossMinor }],
    totals: { netMinor, taxMinor, grossMinor },
    ...others,
  };
}

let nextLine = 2;

export function entry(changes: Partial<LedgerEntry> & { account: string; amountMinor: number }): LedgerEntry {
  return {
    journalNumber: 'J1',
    voucher: 'V1',
    accountingDate: DATE,
    storeDimension: 'S1',
    currency: EUR,
    documentNumber: '',
    readAt: { part: 'ledger.csv', row: nextLine++ },
    ...changes,
  };
}

/** The rows of a ledger that posts each transaction on its own, in a voucher of its own. */
export function postedEach(transaction: TransactionEvent, changes: Partial<LedgerEntry> = {}): LedgerEntry[] {
  return postingsOfTransaction(transaction, PROFILE).postings.map((posting) =>
    entry({
      voucher: `V-${transaction.transactionId}`,
      documentNumber: transaction.transactionId,
      storeDimension: transaction.storeId,
      ...posting,
      ...changes,
    }),
  );
}

/** The rows of a ledger that posts transactions in sum, as a Dynamics statement does. */
export function postedInSum(
  transactions: readonly TransactionEvent[],
  changes: Partial<LedgerEntry> = {},
): LedgerEntry[] {
  const sums = new Map<string, number>();
  for (const transaction of transactions) {
    for (const { account, amountMinor } of postingsOfTransaction(transaction, PROFILE).postings)
      sums.set(account, (sums.get(account) ?? 0) + amountMinor);
  }
  return [...sums].map(([account, amountMinor]) =>
    entry({ account, amountMinor, voucher: 'STMT-1', ...changes }),
  );
}
