import { z } from 'zod';
import { currencySchema } from '../../../money.ts';
import { DATE_FORMS } from './date-text.ts';
import {
  columnField,
  delimiterField,
  encodingField,
  fileNamesField,
  layoutNameField,
} from './form-fields.ts';
import { DEFAULT_LAYOUT, LEDGER_COLUMNS, type Layout } from './layout.ts';

/**
 * A mapping document says how the files of one layout are to be read. The mappings are the file `ledger-mappings.json` of
 * the master data; a file is read by the first one whose `files` matches its name, and without any by what it shows itself.
 */
const name = z.string().min(1).max(200);

export const constantsSchema = z.strictObject({
  currency: currencySchema.optional().describe('ISO 4217 code of every row.'),
  storeDimension: name.optional().describe('Store dimension of every row.'),
  journalNumber: name.optional().describe('Journal number of every row.'),
});

export const accountFormSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('auto').describe('Detected from the file.') }),
  z.strictObject({ kind: z.literal('plain').describe('The column holds only the main account.') }),
  z.strictObject({
    kind: z.literal('dimensions').describe('The column holds the account with its dimensions.'),
    separator: z.string().length(1).describe('Separator of the segments.'),
    segments: z
      .array(z.string().min(1).max(50))
      .min(1)
      .max(20)
      .refine((segments) => segments.filter((segment) => segment === 'MainAccount').length === 1, {
        error: 'must name MainAccount once',
      })
      .describe('Segment names in order; one is MainAccount.'),
  }),
]);

export const ledgerMappingSchema = z
  .strictObject({
    name: layoutNameField,
    files: fileNamesField.describe(
      'File names in the container, with * as a wildcard, such as gl/2026-*.csv.',
    ),
    encoding: encodingField,
    delimiter: delimiterField,
    headerRow: z
      .int()
      .min(0)
      .max(30)
      .optional()
      .describe('Row number of the header, from 1; 0 if there is none and all columns are given by number.'),
    sheet: name.optional().describe('Worksheet name; optional if the workbook has only one sheet.'),
    entity: name
      .optional()
      .describe('Entity of a DMF package that holds the ledger, such as General journal account entry.'),
    columns: z
      .partialRecord(
        z.enum(LEDGER_COLUMNS),
        columnField
          .nullable()
          .describe('Its name in the file, its number from 1, or null if the file has no such column.'),
      )
      .default({})
      .describe('Columns with a different name in the file.'),
    constants: constantsSchema
      .default({})
      .describe('Values that the file omits because they are the same in every row.'),
    date: z.enum(DATE_FORMS).default('YYYY-MM-DD').describe('Date format.'),
    decimalMark: z
      .enum(['.', ','])
      .optional()
      .describe('Decimal separator; if omitted, it must be clear from the file.'),
    positive: z
      .enum(['debit', 'credit'])
      .default('debit')
      .describe('Side that is positive in a signed amount column.'),
    reversals: z
      .boolean()
      .default(false)
      .describe('Whether a negative debit reverses a debit, like a Dynamics 365 correction.'),
    account: accountFormSchema.default({ kind: 'auto' }).describe('Content of the account column.'),
    skipRows: z
      .array(
        z.strictObject({
          column: columnField.describe('Name or number of the column.'),
          startsWith: name.describe('Start of its text.'),
        }),
      )
      .max(20)
      .default([])
      .describe('Rows to skip because they are not postings, such as totals.'),
  })
  .superRefine(({ headerRow, columns, skipRows }, context) => {
    if (headerRow !== 0) return;
    const named = [...Object.values(columns), ...skipRows.map((skipped) => skipped.column)];
    if (named.length === 0 || named.some((each) => typeof each === 'string'))
      context.addIssue({
        code: 'custom',
        path: ['columns'],
        message: 'must be numbers where there is no header',
      });
  });
export type LedgerMapping = z.infer<typeof ledgerMappingSchema>;

export const ledgerMappingsFileSchema = z.strictObject({
  mappings: z
    .array(ledgerMappingSchema)
    .max(200)
    .describe('All mappings; the first that matches a file name is used.'),
});

/** The separator that a mapping names. */
export const mappingDelimiter = (delimiter: keyof typeof DELIMITERS): Layout['delimiter'] =>
  DELIMITERS[delimiter];

const DELIMITERS = { auto: 'auto', comma: ',', semicolon: ';', tab: '\t', pipe: '|' } as const;

export function layoutOf(mapping: LedgerMapping | undefined): Layout {
  if (!mapping) return DEFAULT_LAYOUT;
  const { delimiter, headerRow, decimalMark, ...rest } = mapping;
  return { ...DEFAULT_LAYOUT, ...rest, delimiter: DELIMITERS[delimiter], headerRow, decimalMark };
}

/** The first mapping for a file's name. */
export function mappingFor(file: string, mappings: readonly LedgerMapping[]): LedgerMapping | undefined {
  return mappings.find(({ files }) => isMatchedBy(file, files));
}

/** Whether a file's name is meant by a pattern with * as a wildcard. */
export const isMatchedBy = (file: string, files: string): boolean => patternOf(files).test(file);

function patternOf(files: string): RegExp {
  const pieces = files.split('*').map((piece) => piece.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&'));
  return new RegExp(`^${pieces.join('.*')}$`, 'isu');
}
