import { z } from 'zod';
import { businessDateSchema } from '../../../ids.ts';
import { TENDER_TYPES } from '../../../pos/event.ts';
import { fieldNames, identifier } from '../dynamics-finance/config.ts';

/**
 * How Commerce headquarters is read: the file `dynamics-commerce.json` of the master data. Without the file headquarters is
 * not read at all, since not every ledger in Dynamics 365 has its stores there too.
 */

/** What of a receipt is read. */
export const RECEIPT_FIELDS = [
  'Company',
  'Store',
  'Terminal',
  'TransactionNumber',
  'ReceiptId',
  'Shift',
  'TransactionType',
  'Status',
  'ValidationStatus',
  'StatementId',
  'Currency',
  'GrossAmount',
  'PaymentAmount',
  'CreatedOffline',
  'BusinessDate',
] as const;
/** What of a payment line is read. */
export const PAYMENT_FIELDS = [
  'Company',
  'Store',
  'Terminal',
  'TransactionNumber',
  'TenderType',
  'Amount',
  'Status',
  'VoidStatus',
  'BusinessDate',
] as const;
/** What of a posted statement is read. */
export const STATEMENT_FIELDS = ['StatementId'] as const;
/** What of a statement's error is read. */
export const ERROR_FIELDS = ['StatementId', 'Message'] as const;

const collectionOf = <Field extends string>(fields: readonly Field[], what: string) =>
  z
    .strictObject({
      collection: identifier.optional().describe('Its collection, if not a usual one.'),
      fields: fieldNames(fields, what),
    })
    .prefault({});

export const dynamicsCommerceConfigSchema = z.strictObject({
  read: z.boolean().default(true).describe('false: headquarters is not read, as without the file.'),
  receipts: collectionOf(RECEIPT_FIELDS, 'a receipt').describe(
    'Receipts: RetailTransactionTableBIEntities or RetailTransactions, whichever shows validation and statement. RetailTransactionsAuditable can be named as well.',
  ),
  payments: collectionOf(PAYMENT_FIELDS, 'a payment line').describe(
    'Payment lines: RetailTransactionPaymentTransBIEntities or RetailTransactionAuditablePaymentLines, which have a business date. Without one of them the payment amount of the receipt counts.',
  ),
  statements: collectionOf(STATEMENT_FIELDS, 'a posted statement').describe(
    'Posted statements, such as RetailStatementJourBIEntities.',
  ),
  errors: collectionOf(ERROR_FIELDS, 'an error').describe(
    'Why statements were not posted, such as RetailEodTransactionErrorBIEntities.',
  ),
  companies: z
    .array(z.string().min(1).max(200))
    .max(100)
    .default([])
    .describe('Legal entities (dataAreaId) to read; empty for all of them.'),
  tenders: z
    .record(z.string().min(1).max(50), z.enum(TENDER_TYPES))
    .default({})
    .describe(
      'Payment methods of headquarters by their number, such as {"1": "cash", "3": "card"}. Where all of a receipt are named, each tender is compared; otherwise their sum.',
    ),
  firstDate: businessDateSchema.optional().describe('Business dates before this one are not read.'),
  lookBackDays: z
    .int()
    .min(1)
    .max(400)
    .default(30)
    .describe('Days before today in which receipts are looked for.'),
  recheckDays: z
    .int()
    .min(0)
    .max(100)
    .default(1)
    .describe(
      'Days before today whose receipts are read in full each hour. Older dates are read in full once a day, or at once when their number of receipts has changed.',
    ),
});
export type DynamicsCommerceConfig = z.infer<typeof dynamicsCommerceConfigSchema>;

export const NOT_READ: DynamicsCommerceConfig = dynamicsCommerceConfigSchema.parse({ read: false });
