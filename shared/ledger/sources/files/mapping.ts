import { z } from 'zod';
import { currencySchema } from '../../../money.ts';
import { DATE_FORMS } from './date-text.ts';
import { DEFAULT_LAYOUT, LEDGER_COLUMNS, type Layout } from './layout.ts';

/**
 * A mapping document says how the files of one layout are to be read. The mappings are the file `ledger-mappings.json` of
 * the master data; a file is read by the first one whose `files` matches its name, and without any by what it shows itself.
 */
const name = z.string().min(1).max(200);
const column = z.union([name, z.int().min(1).max(1000)]);

export const ledgerMappingSchema = z
  .strictObject({
    name: z.string().min(1).max(100),
    /** File names in the container, with `*` for any characters, such as `gl/2026-*.csv`. */
    files: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[^*]*(\*[^*]*){0,5}$/, 'must have at most five *'),
    encoding: z.enum(['auto', 'utf-8', 'utf-16le', 'utf-16be', 'windows-1252']).default('auto'),
    delimiter: z.enum(['auto', 'comma', 'semicolon', 'tab', 'pipe']).default('auto'),
    /** The row of the header from 1, or 0 where there is none and all columns are numbers. */
    headerRow: z.int().min(0).max(30).optional(),
    /** Of a workbook; without it, it must have one sheet only. */
    sheet: name.optional(),
    /** Of a DMF package: the entity that holds the ledger, such as `General journal account entry`. */
    entity: name.optional(),
    columns: z.partialRecord(z.enum(LEDGER_COLUMNS), column.nullable()).default({}),
    constants: z
      .strictObject({
        currency: currencySchema.optional(),
        storeDimension: name.optional(),
        journalNumber: name.optional(),
      })
      .default({}),
    date: z.enum(DATE_FORMS).default('YYYY-MM-DD'),
    /** The mark before the decimals; without it the file has to show it. */
    decimalMark: z.enum(['.', ',']).optional(),
    /** Which side is positive in a signed column. */
    positive: z.enum(['debit', 'credit']).default('debit'),
    /** Whether a negative debit takes a debit back, as a correction of Dynamics 365 does. */
    reversals: z.boolean().default(false),
    account: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('auto') }),
        z.strictObject({ kind: z.literal('plain') }),
        z.strictObject({
          kind: z.literal('dimensions'),
          separator: z.string().length(1),
          segments: z
            .array(z.string().min(1).max(50))
            .min(1)
            .max(20)
            .refine((segments) => segments.filter((segment) => segment === 'MainAccount').length === 1, {
              error: 'must name MainAccount once',
            }),
        }),
      ])
      .default({ kind: 'auto' }),
    /** Rows that hold no posting, such as totals. */
    skipRows: z
      .array(z.strictObject({ column, startsWith: name }))
      .max(20)
      .default([]),
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

export const ledgerMappingsFileSchema = z.strictObject({ mappings: z.array(ledgerMappingSchema).max(200) });

const DELIMITERS = { auto: 'auto', comma: ',', semicolon: ';', tab: '\t', pipe: '|' } as const;

export function layoutOf(mapping: LedgerMapping | undefined): Layout {
  if (!mapping) return DEFAULT_LAYOUT;
  const { delimiter, headerRow, decimalMark, ...rest } = mapping;
  return { ...DEFAULT_LAYOUT, ...rest, delimiter: DELIMITERS[delimiter], headerRow, decimalMark };
}

/** The first mapping for a file's name. */
export function mappingFor(file: string, mappings: readonly LedgerMapping[]): LedgerMapping | undefined {
  return mappings.find(({ files }) => patternOf(files).test(file));
}

function patternOf(files: string): RegExp {
  const pieces = files.split('*').map((piece) => piece.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&'));
  return new RegExp(`^${pieces.join('.*')}$`, 'isu');
}
