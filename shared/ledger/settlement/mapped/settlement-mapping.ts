import { z } from 'zod';
import { currencySchema } from '../../../money.ts';
import { DATE_FORMS } from '../../sources/files/date-text.ts';
import {
  columnField,
  delimiterField,
  encodingField,
  fileNamesField,
  layoutNameField,
} from '../../sources/files/form-fields.ts';
import { SETTLEMENT_KINDS } from '../settlement-entry.ts';

export const SETTLEMENT_COLUMNS = [
  'Kind',
  'PayoutId',
  'PayoutDate',
  'Reference',
  'MerchantReference',
  'TransactionDate',
  'Currency',
  'GrossAmount',
  'FeeAmount',
  'NetAmount',
  'RowId',
] as const;

/**
 * How settlement reports of an acquirer are read for which there is no format of its own: the file
 * `settlement-mappings.json` of the master data.
 */
export const settlementMappingSchema = z
  .strictObject({
    name: layoutNameField,
    acquirer: z.string().min(1).max(50).describe('Name of the acquirer in reports.'),
    files: fileNamesField.describe(
      'File names below settlement/, with * as a wildcard, such as worldline/*.csv.',
    ),
    encoding: encodingField,
    delimiter: delimiterField,
    hasHeader: z
      .boolean()
      .default(true)
      .describe('Whether the file has a header; without, columns are numbers.'),
    columns: z
      .partialRecord(
        z.enum(SETTLEMENT_COLUMNS),
        columnField.describe('Its name in the file, or its number from 1.'),
      )
      .describe('Columns of the file. Currency, GrossAmount and TransactionDate are needed.'),
    kinds: z
      .record(z.string().min(1).max(100), z.enum(SETTLEMENT_KINDS))
      .default({})
      .describe('What each text of the column Kind is; a text that is not listed is an adjustment.'),
    unsigned: z
      .array(z.enum(SETTLEMENT_KINDS))
      .default([])
      .describe('Kinds whose amounts the file writes without their minus, such as refund and chargeback.'),
    currency: currencySchema
      .optional()
      .describe('ISO 4217 code of every row, if the file has no column for it.'),
    date: z.enum(DATE_FORMS).default('YYYY-MM-DD').describe('Date format.'),
    decimalMark: z.enum(['.', ',']).default('.').describe('Decimal separator.'),
  })
  .superRefine(({ columns, currency, hasHeader }, context) => {
    for (const name of ['GrossAmount', 'TransactionDate'] as const)
      if (columns[name] === undefined)
        context.addIssue({ code: 'custom', path: ['columns', name], message: 'is needed' });
    if (columns.Currency === undefined && currency === undefined)
      context.addIssue({ code: 'custom', path: ['columns', 'Currency'], message: 'or currency is needed' });
    if (!hasHeader && Object.values(columns).some((each) => typeof each === 'string'))
      context.addIssue({
        code: 'custom',
        path: ['columns'],
        message: 'must be numbers where there is no header',
      });
  });
export type SettlementMapping = z.infer<typeof settlementMappingSchema>;

export const settlementMappingsFileSchema = z.strictObject({
  mappings: z
    .array(settlementMappingSchema)
    .max(200)
    .describe('All mappings; the first that matches a file name is used.'),
});
