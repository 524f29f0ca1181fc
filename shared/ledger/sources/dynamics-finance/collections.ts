import { resolveCollection, type ResolvedCollection } from '../../../odata/fields.ts';
import type { ODataMetadata } from '../../../odata/metadata.ts';
import type { DynamicsFinanceConfig, ENTRY_FIELDS, JOURNAL_FIELDS } from './config.ts';

export type EntryField = (typeof ENTRY_FIELDS)[number];
export type JournalField = (typeof JOURNAL_FIELDS)[number];

/** Where the postings are in this environment: with their journal in one row, or with the journal in a row of its own. */
export type LedgerCollections =
  | { readonly kind: 'flat'; readonly entries: ResolvedCollection<EntryField | JournalField> }
  | {
      readonly kind: 'joined';
      readonly entries: ResolvedCollection<EntryField>;
      readonly journals: ResolvedCollection<JournalField>;
    };

const CONFIGURED_IN = 'master-data/dynamics-finance.json';
const FLAT = ['GeneralJournalAccountEntries', 'GeneralJournalAccountEntryEntities'];
const LINES = ['GeneralJournalAccountEntryBiEntities'];
const JOURNALS = ['GeneralJournalEntryBiEntities', 'GeneralJournalEntries'];

/** Names by version and customisation; the first that there is counts. */
const ENTRY_NAMES: Readonly<Record<EntryField, readonly string[]>> = {
  RecId: ['GeneralJournalAccountEntryRecId', 'SourceKey', 'RecId', 'RecordId'],
  LedgerAccount: ['LedgerAccount', 'AccountDisplayValue', 'LedgerDimensionDisplayValue'],
  StoreDimension: [],
  DimensionValues: ['LedgerDimensionValuesJson'],
  TransactionCurrencyCode: ['TransactionCurrencyCode', 'CurrencyCode'],
  TransactionCurrencyAmount: ['TransactionCurrencyAmount', 'AmountInTransactionCurrency'],
  IsCredit: ['IsCredit'],
  IsCorrection: ['IsCorrection'],
  Journal: ['GeneralJournalEntry', 'GeneralJournalEntryRecId'],
};
const JOURNAL_NAMES: Readonly<Record<JournalField, readonly string[]>> = {
  JournalKey: ['SourceKey', 'GeneralJournalEntryRecId', 'RecId'],
  JournalNumber: ['JournalNumber'],
  Voucher: ['Voucher', 'SubledgerVoucher'],
  AccountingDate: ['AccountingDate'],
  DocumentNumber: ['DocumentNumber', 'DocumentNum'],
  PostingLayer: ['PostingLayer'],
  Company: ['dataAreaId', 'DataArea', 'SubledgerVoucherDataAreaId', 'LegalEntityId'],
};
const OPTIONAL: ReadonlySet<EntryField | JournalField> = new Set([
  'StoreDimension',
  'DimensionValues',
  'IsCredit',
  'IsCorrection',
  'DocumentNumber',
  'PostingLayer',
  'Company',
] as const);

/** @throws PermanentError `odata-collection` or `odata-field` */
export function ledgerCollections(metadata: ODataMetadata, config: DynamicsFinanceConfig): LedgerCollections {
  const { entries, journals, companies } = config;
  const names = entries.collection === undefined ? [...FLAT, ...LINES] : [entries.collection];
  const entryWish = {
    purpose: 'the postings of the general ledger',
    configuredIn: CONFIGURED_IN,
    names,
    fields: wishes(ENTRY_NAMES, entries.fields, {}),
  };
  const journalWishes = wishes(JOURNAL_NAMES, journals.fields, { Company: companies.length > 0 });
  const found = resolveCollection(metadata, { ...entryWish, fields: {} });
  const isFlat = journals.collection === undefined && hasDate(found, journals.fields.AccountingDate);
  if (isFlat) {
    const { JournalKey: _, ...ofJournal } = journalWishes;
    const { Journal: __, ...ofEntry } = entryWish.fields;
    const fields = { ...ofEntry, ...ofJournal } as typeof entryWish.fields & typeof journalWishes;
    return { kind: 'flat', entries: resolveCollection(metadata, { ...entryWish, fields }) };
  }
  return {
    kind: 'joined',
    entries: resolveCollection(metadata, entryWish),
    journals: resolveCollection(metadata, {
      purpose: 'the journals of the postings, which have no date themselves',
      configuredIn: CONFIGURED_IN,
      names: journals.collection === undefined ? JOURNALS : [journals.collection],
      fields: journalWishes,
    }),
  };
}

function hasDate({ type }: ResolvedCollection<never>, configured: string | undefined): boolean {
  const names = new Set([...type.properties.keys()].map((name) => name.toLowerCase()));
  return [configured ?? 'AccountingDate'].some((name) => names.has(name.toLowerCase()));
}

function wishes<Field extends EntryField | JournalField>(
  usual: Readonly<Record<Field, readonly string[]>>,
  configured: Partial<Record<Field, string>>,
  needed: Partial<Record<Field, boolean>>,
): Record<Field, { names: readonly string[]; optional: boolean }> {
  const all = Object.entries(usual) as [Field, readonly string[]][];
  return Object.fromEntries(
    all.map(([field, names]) => {
      const own = configured[field];
      // What somebody has named must be there: read without it, the ledger would be another one.
      const optional = own === undefined && needed[field] !== true && OPTIONAL.has(field);
      return [field, { names: own === undefined ? names : [own], optional }];
    }),
  ) as Record<Field, { names: readonly string[]; optional: boolean }>;
}
