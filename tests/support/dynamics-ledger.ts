import type { ServedCollection } from './odata-answer.ts';

/** A posting as a test gives it; the rest is the same in all. */
export interface ServedPosting {
  readonly recId: bigint;
  readonly date: string;
  readonly account: string;
  readonly amount: string;
  readonly voucher?: string;
  readonly document?: string;
  readonly company?: string;
  readonly layer?: string;
  readonly isCredit?: 'Yes' | 'No';
  readonly isCorrection?: 'Yes' | 'No';
  readonly currency?: string;
}

const sideOf = ({ amount, isCredit }: ServedPosting): string =>
  isCredit ?? (amount.startsWith('-') ? 'Yes' : 'No');

export const flatRow = (posting: ServedPosting): Record<string, string | null> => ({
  dataAreaId: posting.company ?? 'usrt',
  GeneralJournalAccountEntryRecId: String(posting.recId),
  JournalNumber: 'J1',
  Voucher: posting.voucher ?? 'V1',
  AccountingDate: `${posting.date}T12:00:00Z`,
  PostingLayer: posting.layer ?? 'Current',
  LedgerAccount: posting.account,
  TransactionCurrencyCode: posting.currency ?? 'EUR',
  TransactionCurrencyAmount: posting.amount,
  AccountingCurrencyAmount: posting.amount,
  Description: 'Erika Mustermann',
  IsCorrection: posting.isCorrection ?? 'No',
  IsCredit: sideOf(posting),
  DocumentNumber: posting.document ?? '',
});

/** The postings with their journals in one row. */
export function flatLedger(postings: readonly ServedPosting[]): ServedCollection {
  return {
    name: 'GeneralJournalAccountEntries',
    type: 'GeneralJournalAccountEntry',
    keys: ['dataAreaId', 'GeneralJournalAccountEntryRecId'],
    properties: {
      dataAreaId: 'Edm.String',
      GeneralJournalAccountEntryRecId: 'Edm.Int64',
      JournalNumber: 'Edm.String',
      Voucher: 'Edm.String',
      AccountingDate: 'Edm.DateTimeOffset',
      PostingLayer: 'CurrentOperationsTax',
      LedgerAccount: 'Edm.String',
      TransactionCurrencyCode: 'Edm.String',
      TransactionCurrencyAmount: 'Edm.Decimal',
      AccountingCurrencyAmount: 'Edm.Decimal',
      Description: 'Edm.String',
      IsCorrection: 'NoYes',
      IsCredit: 'NoYes',
      DocumentNumber: 'Edm.String',
    },
    ownCompany: 'dat',
    rows: postings.map(flatRow),
  };
}

/** The same as Microsoft's BI entities have it: postings without a date, and journals that have it. */
export function joinedLedger(postings: readonly ServedPosting[]): ServedCollection[] {
  const journals = new Map<string, { key: bigint; posting: ServedPosting }>();
  const keyOf = (posting: ServedPosting): string => `${posting.date} ${posting.voucher ?? 'V1'}`;
  for (const posting of postings)
    if (!journals.has(keyOf(posting)))
      journals.set(keyOf(posting), { key: 68_719_480_000n + 7n * BigInt(journals.size), posting });
  return [
    {
      name: 'GeneralJournalAccountEntryBiEntities',
      type: 'GeneralJournalAccountEntryBiEntity',
      keys: ['SourceKey'],
      properties: {
        SourceKey: 'Edm.Int64',
        SysRecVersion: 'Edm.Int32',
        GeneralJournalEntry: 'Edm.Int64',
        LedgerAccount: 'Edm.String',
        LedgerDimensionValuesJson: 'Edm.String',
        TransactionCurrencyCode: 'Edm.String',
        TransactionCurrencyAmount: 'Edm.Decimal',
        Text: 'Edm.String',
        IsCorrection: 'NoYes',
        IsCredit: 'NoYes',
      },
      rows: postings.map((posting) => {
        const [account = '', store = ''] = posting.account.split('|');
        return {
          SourceKey: String(posting.recId),
          SysRecVersion: '1',
          GeneralJournalEntry: String(journals.get(keyOf(posting))?.key),
          LedgerAccount: `${account}-${store}-`,
          LedgerDimensionValuesJson: JSON.stringify([{ MAINACCOUNT: account }, { STORE: store }]),
          TransactionCurrencyCode: posting.currency ?? 'EUR',
          TransactionCurrencyAmount: posting.amount,
          Text: 'Erika Mustermann',
          IsCorrection: posting.isCorrection ?? 'No',
          IsCredit: sideOf(posting),
        };
      }),
    },
    {
      name: 'GeneralJournalEntryBiEntities',
      type: 'GeneralJournalEntryBiEntity',
      keys: ['JournalNumber', 'FiscalCalendarYear', 'Ledger'],
      properties: {
        SourceKey: 'Edm.Int64',
        JournalNumber: 'Edm.String',
        AccountingDate: 'Edm.DateTimeOffset',
        SubledgerVoucher: 'Edm.String',
        SubledgerVoucherDataAreaId: 'Edm.String',
        DocumentNumber: 'Edm.String',
        PostingLayer: 'CurrentOperationsTax',
      },
      rows: [...journals.values()].map(({ key, posting }) => ({
        SourceKey: String(key),
        JournalNumber: 'J1',
        AccountingDate: `${posting.date}T12:00:00Z`,
        SubledgerVoucher: posting.voucher ?? 'V1',
        SubledgerVoucherDataAreaId: posting.company ?? 'usrt',
        DocumentNumber: posting.document ?? '',
        PostingLayer: posting.layer ?? 'Current',
      })),
    },
  ];
}
