import { z } from 'zod';
import { businessDateSchema } from '../../../ids.ts';
import { accountFormSchema, constantsSchema } from '../files/mapping.ts';

/**
 * How the ledger of a Dynamics 365 environment is read: the file `dynamics-finance.json` of the master data. Without the
 * file the defaults count, which fit an environment whose `LedgerAccount` shows by itself which part is the store.
 */
const name = z.string().min(1).max(200);
/** Names go into addresses and filters as they are. */
export const identifier = name.regex(/^[A-Za-z_]\w*$/, 'must be a name as $metadata has it');

/** What of a posting is read. */
export const ENTRY_FIELDS = [
  'RecId',
  'LedgerAccount',
  'StoreDimension',
  'DimensionValues',
  'TransactionCurrencyCode',
  'TransactionCurrencyAmount',
  'IsCredit',
  'IsCorrection',
  'Journal',
] as const;
/** What of its journal is read; some collections have it in the posting itself. */
export const JOURNAL_FIELDS = [
  'JournalKey',
  'JournalNumber',
  'Voucher',
  'AccountingDate',
  'DocumentNumber',
  'PostingLayer',
  'Company',
] as const;

export const fieldNames = <Field extends string>(fields: readonly Field[], what: string) =>
  z
    .partialRecord(z.enum(fields), identifier.describe('Its name in $metadata.'))
    .default({})
    .describe(`Fields of ${what} that have another name than the usual ones.`);

export const dynamicsFinanceConfigSchema = z.strictObject({
  entries: z
    .strictObject({
      collection: identifier.optional().describe('Collection of the postings, if not a usual one.'),
      fields: fieldNames(ENTRY_FIELDS, 'a posting'),
    })
    .prefault({})
    .describe('Postings, such as GeneralJournalAccountEntries or GeneralJournalAccountEntryBiEntities.'),
  journals: z
    .strictObject({
      collection: identifier.optional().describe('Collection of the journals, if not a usual one.'),
      fields: fieldNames(JOURNAL_FIELDS, 'a journal'),
    })
    .prefault({})
    .describe(
      'Journals, such as GeneralJournalEntryBiEntities, where the postings do not have date and voucher themselves.',
    ),
  companies: z
    .array(name)
    .max(100)
    .default([])
    .describe('Legal entities (dataAreaId) to read; empty for all of them.'),
  postingLayers: z
    .array(identifier)
    .max(10)
    .default(['Current'])
    .describe('Posting layers that count; empty for all of them.'),
  account: accountFormSchema.default({ kind: 'auto' }).describe('Content of LedgerAccount.'),
  storeDimensionName: name
    .default('Store')
    .describe('Name of the dimension that is the store, where the dimensions come as names and values.'),
  constants: constantsSchema.pick({ storeDimension: true }).default({}).describe('Values of every row.'),
  amounts: z
    .enum(['signed', 'absolute'])
    .default('signed')
    .describe(
      'signed: credits are negative, as Dynamics 365 stores them. absolute: IsCredit alone says the side.',
    ),
  firstDate: businessDateSchema.optional().describe('Accounting dates before this one are not read.'),
  lookBackDays: z
    .int()
    .min(1)
    .max(800)
    .default(60)
    .describe('Days before today in which new postings are looked for.'),
  recheckDays: z
    .int()
    .min(1)
    .max(100)
    .default(7)
    .describe(
      'Days before today whose rows are read in full each hour. Older dates are read in full once a day, or at once when their number of rows or their newest row has changed.',
    ),
});
export type DynamicsFinanceConfig = z.infer<typeof dynamicsFinanceConfigSchema>;

export const DEFAULT_CONFIG: DynamicsFinanceConfig = dynamicsFinanceConfigSchema.parse({});
