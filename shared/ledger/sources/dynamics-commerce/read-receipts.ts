import type { BusinessDate } from '../../../ids.ts';
import { currencySchema, parseAmount, type Currency } from '../../../money.ts';
import type { ODataClient, ODataRow } from '../../../odata/client.ts';
import { resolveCollection, type ResolvedCollection } from '../../../odata/fields.ts';
import type { ODataMetadata } from '../../../odata/metadata.ts';
import { onDate } from '../../../odata/query.ts';

/** A receipt as Commerce headquarters has it. Its number is not unique: two receipts of one number are two. */
export interface HeadquartersReceipt {
  /** Operating unit of the store. */
  readonly store: string;
  readonly terminal: string;
  readonly transactionNumber: string;
  readonly receiptId: string;
  readonly shift: string;
  /** As headquarters has it, such as `Sales`. */
  readonly type: string;
  /** Such as `Posted` or `Voided`; empty where it has none. */
  readonly status: string;
  /** `Successful`, `Error` or `None`; undefined where this version does not show it. */
  readonly validation: string | undefined;
  /** Empty where it is in none; undefined where this version does not show it. */
  readonly statementId: string | undefined;
  /** Undefined where it is no ISO 4217 code. */
  readonly currency: Currency | undefined;
  /** Gross, positive for a sale; undefined where headquarters has no amount that the currency can have. */
  readonly grossMinor: number | undefined;
  readonly isOffline: boolean;
}

const FIELDS = {
  store: ['OperatingUnitNumber', 'Store'],
  terminal: ['Terminal'],
  transactionNumber: ['TransactionNumber', 'TransactionId'],
  // Microsoft's own metadata spells it with two letters R.
  receiptId: ['RreceiptId', 'ReceiptId'],
  shift: ['Shift', 'BatchID', 'BatchId'],
  type: ['TransactionType'],
  status: ['TransactionStatus'],
  validation: ['ValidationStatus', 'TransactionValidationStatus'],
  statementId: ['StatementId', 'StatementNumber'],
  currency: ['Currency', 'CurrencyCode'],
  gross: ['GrossAmount'],
  offline: ['CreatedOffline'],
  businessDate: ['BusinessDate'],
} as const;
type Field = keyof typeof FIELDS;
const OPTIONAL: ReadonlySet<Field> = new Set([
  'receiptId',
  'shift',
  'status',
  'validation',
  'statementId',
  'offline',
]);

/** @throws PermanentError `odata-collection` or `odata-field` */
function receiptCollection(metadata: ODataMetadata): ResolvedCollection<Field> {
  return resolveCollection(metadata, {
    purpose: 'the receipts at Commerce headquarters',
    configuredIn: 'shared/ledger/sources/dynamics-commerce',
    names: ['RetailTransactions', 'RetailTransactionEntities'],
    fields: Object.fromEntries(
      Object.entries(FIELDS).map(([field, names]) => [
        field,
        { names, optional: OPTIONAL.has(field as Field) },
      ]),
    ) as unknown as Record<Field, { names: readonly string[]; optional: boolean }>,
  });
}

/**
 * The receipts of a business date, in the order of headquarters. Commerce stores sales with a negative gross amount.
 * @throws as `ODataClient` does
 */
export async function headquartersReceipts(
  client: ODataClient,
  businessDate: BusinessDate,
): Promise<HeadquartersReceipt[]> {
  const { collection, fields, type } = receiptCollection(await client.metadata());
  const date = fields.businessDate ?? '';
  const select = [...new Set(Object.values<string | undefined>(fields).filter((name) => name !== undefined))];
  const filter = onDate(date, type.properties.get(date) ?? '', businessDate);
  const receipts: HeadquartersReceipt[] = [];
  for await (const { rows } of client.pages({ collection, select, filter }))
    for (const row of rows) receipts.push(receiptOf(row, fields));
  return receipts;
}

function receiptOf(row: ODataRow, fields: Readonly<Record<Field, string | undefined>>): HeadquartersReceipt {
  const text = (field: Field): string => {
    const value = row[fields[field] ?? ''];
    return typeof value === 'string' ? value : '';
  };
  const optional = (field: Field): string | undefined =>
    fields[field] === undefined ? undefined : text(field);
  const currency = currencySchema.safeParse(text('currency').toUpperCase()).data;
  const gross = currency && parseAmount(text('gross'), currency);
  return {
    store: text('store'),
    terminal: text('terminal'),
    transactionNumber: text('transactionNumber'),
    receiptId: text('receiptId'),
    shift: text('shift'),
    type: text('type'),
    status: text('status'),
    validation: optional('validation'),
    statementId: optional('statementId'),
    currency,
    grossMinor: gross === undefined ? undefined : 0 - gross,
    isOffline: text('offline') === 'Yes',
  };
}
